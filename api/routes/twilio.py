"""What Twilio calls: texts that arrive, and what became of those that left. Nothing without a right signature."""

from urllib.parse import parse_qs

from fastapi import APIRouter
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.errors import BodyTooLarge
from api.services import Services, services_of
from messaging.carriers.twilio import signature_is_right
from messaging.inbound import Arrival, receive
from messaging.status import take_callback
from models.errors import NotPermitted, Unavailable
from models.message import Message
from models.phone_number import PhoneNumber
from models.vault import UnreadableSecret

router = APIRouter(prefix="/webhooks/twilio", include_in_schema=False)

SIGNATURE = "X-Twilio-Signature"
LARGEST_FORM = 256 * 1024
# An empty document: nothing is answered here. The answer leaves by the way out.
NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@router.post("/sms/{phone_number_id}")
async def inbound(request: Request, phone_number_id: str) -> Response:
    """Take a text that arrived; answered once it is stored with what it says about consent."""
    services = services_of(request)
    form = await _form(request)
    async with services.database.read() as session:
        number = await session.get(PhoneNumber, phone_number_id)
    if number is None or number.deleted_at is not None:
        raise _forbidden()
    _check_signature(request, services, number, form)
    if _one(form, "AccountSid") != number.twilio_sid or _one(form, "To") != number.phone_number:
        raise _forbidden()
    sid, sender = _one(form, "MessageSid") or _one(form, "SmsSid"), _one(form, "From")
    if not sid or not sender:
        raise _forbidden()
    media = _one(form, "NumMedia")
    arrival = Arrival(
        sid=sid,
        from_number=sender,
        body=_one(form, "Body"),
        media_count=int(media) if media.isdecimal() and len(media) < 4 else 0,
        opt_out_type=_one(form, "OptOutType") or None,
    )
    await services.database.write_together(lambda session: receive(session, number, arrival))
    return Response(NO_ANSWER, media_type="text/xml")


@router.post("/status/{message_id}")
async def status(request: Request, message_id: str) -> Response:
    """Take a status callback of one of our messages."""
    services = services_of(request)
    form = await _form(request)
    async with services.database.read() as session:
        number = await _number_of(session, message_id)
    if number is None:
        raise _forbidden()
    _check_signature(request, services, number, form)
    sid, word = _one(form, "MessageSid") or _one(form, "SmsSid"), _one(form, "MessageStatus")
    if _one(form, "AccountSid") != number.twilio_sid or not sid:
        raise _forbidden()
    await services.database.write_together(
        lambda session: take_callback(
            session,
            message_id,
            sid=sid,
            carrier_status=word or _one(form, "SmsStatus"),
            error_code=_one(form, "ErrorCode") or None,
        )
    )
    return Response(status_code=204)


async def _number_of(session: AsyncSession, message_id: str) -> PhoneNumber | None:
    query = (
        select(PhoneNumber)
        .join(Message, col(Message.phone_number_id) == col(PhoneNumber.id))
        .where(Message.id == message_id)
    )
    return (await session.exec(query)).first()


async def _form(request: Request) -> dict[str, list[str]]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise BodyTooLarge(LARGEST_FORM)
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise _forbidden() from None


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0].replace("\x00", "")


def _check_signature(
    request: Request, services: Services, number: PhoneNumber, form: dict[str, list[str]]
) -> None:
    signature = request.headers.get(SIGNATURE, "")
    query = f"?{request.url.query}" if request.url.query else ""
    address = f"{services.public_url}{request.url.path}{query}"
    try:
        token = services.vault.decrypt(number.twilio_token_encrypted)
    except UnreadableSecret:
        # The carrier tries again, or its list is read later: with the right key nothing is lost.
        raise Unavailable("The number's token cannot be read with this SHOWUP_SECRET_KEY.") from None
    if not signature or not signature_is_right(token, address, form, signature):
        raise _forbidden()


def _forbidden() -> NotPermitted:
    return NotPermitted(
        "invalid_signature",
        f"This address is for the carrier: {SIGNATURE} is missing, wrong, or not for this number and address.",
    )
