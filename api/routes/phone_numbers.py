"""/v1/phone-numbers: the senders of an account's texts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints, model_validator
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.answers import answer
from api.fields import Body, Id, PhoneNumber, Shown, absent, refusal
from api.idempotency import recovered_by
from api.lists import ListOf, ListQuery, page
from api.openapi import errors
from api.route import AdminRoute
from api.unit import Unit, Work
from api.versions import ExpectedVersion, require_version
from messaging import numbers
from messaging.carriers.twilio import Credentials
from models import ids, phone_number
from models.agent import Agent
from models.errors import Fault, Invalid
from models.owned import owned
from models.phone_number import Carrier

router = APIRouter(prefix="/v1/phone-numbers", tags=["Phone numbers"], route_class=AdminRoute)

AccountSid = Annotated[str, StringConstraints(pattern=r"^AC[0-9A-Za-z]{8,62}$")]
Token = Annotated[str, StringConstraints(pattern=r"^[!-~]{16,64}$")]
PerSecond = Annotated[float, Field(gt=0, le=1000)]


class NewNumber(Body):
    """A number to import. The sandbox's need neither SID nor token."""

    phone_number: PhoneNumber
    agent_id: Id
    carrier: Literal["twilio", "sandbox"] = "twilio"
    twilio_sid: AccountSid | None = None
    twilio_token: Token | None = Field(default=None, description="Stored encrypted, never shown again.")
    a2p_registered: bool | None = Field(default=None, description="Null: not known.")
    max_per_second: PerSecond | None = None

    @model_validator(mode="after")
    def _has_credentials(self) -> "NewNumber":
        given = {"twilio_sid": self.twilio_sid, "twilio_token": self.twilio_token}
        for name, value in given.items():
            if self.carrier == "twilio" and value is None:
                raise refusal("invalid_parameter", "is required", name)
            if self.carrier == "sandbox" and value is not None:
                raise refusal("invalid_parameter", "must be left out with the carrier sandbox", name)
        return self


class NumberChanges(Body):
    """What to change; what is absent stays."""

    agent_id: Id = absent()
    twilio_token: Token = absent()
    a2p_registered: bool | None = None
    max_per_second: PerSecond | None = None


class NumberObject(Shown):
    """A number. `stopped_reason` is set where the carrier refused the credentials."""

    object: Literal["phone_number"]
    phone_number_id: str
    phone_number: str
    carrier: Literal["twilio", "sandbox"]
    twilio_sid: str
    agent_id: str
    a2p_registered: bool | None
    max_per_second: float | None
    stopped_reason: str | None


class NumberQuery(ListQuery):
    """Which numbers to list."""

    phone_number: PhoneNumber | None = None
    agent_id: Id | None = None


async def _recover(session: AsyncSession, number_id: str) -> Response | None:
    """Answer a repeat whose first request was cut off after it took the number."""
    number = await session.get(phone_number.PhoneNumber, number_id)
    return None if number is None or number.deleted_at else answer(numbers.number_object(number), 201)


@router.post("", status_code=201, response_model=NumberObject, responses=errors(404, 502))
@recovered_by(_recover)
async def import_number(work: Work, body: NewNumber) -> Response:
    """Import a number: check that it is the Twilio account's, take it, and point its texts here."""
    number = phone_number.PhoneNumber(
        id=ids.new_id("num"),
        account_id=work.account_id,
        agent_id=body.agent_id,
        phone_number=body.phone_number,
        carrier=Carrier(body.carrier),
        twilio_sid=body.twilio_sid or "",
        twilio_token_encrypted="",
        a2p_registered=body.a2p_registered,
        max_per_second=body.max_per_second,
    )
    async with work.services.database.read() as session:
        await owned(session, Agent, body.agent_id, account_id=work.account_id, kind="agent", param="agent_id")
        await numbers.require_free(session, work.account_id, number.phone_number, number.carrier)
    if number.carrier is Carrier.SANDBOX:
        await _take_sandbox_number(work, number)
    else:
        assert body.twilio_token is not None
        await _take_twilio_number(work, number, Credentials(number.twilio_sid, body.twilio_token))
    return answer(numbers.number_object(number), 201)


@router.get("", response_model=ListOf[NumberObject])
async def list_numbers(work: Work, asked: Annotated[NumberQuery, Query()]) -> Response:
    """List the numbers, newest first."""
    table = phone_number.PhoneNumber
    query = select(table).where(table.account_id == work.account_id, col(table.deleted_at).is_(None))
    if asked.phone_number is not None:
        query = query.where(table.phone_number == asked.phone_number)
    if asked.agent_id is not None:
        query = query.where(table.agent_id == asked.agent_id)
    return answer(await page(await work.session(), query, asked, numbers.number_object))


@router.get("/{phone_number_id}", response_model=NumberObject)
async def get_number(work: Work, phone_number_id: str) -> Response:
    """Return a number."""
    number = await _number(work, await work.session(), phone_number_id)
    return answer(numbers.number_object(number))


@router.patch("/{phone_number_id}", response_model=NumberObject, responses=errors(502))
async def change_number(
    work: Work, phone_number_id: str, body: NumberChanges, expected: ExpectedVersion
) -> Response:
    """Change a number's agent, limits or token; a new token is checked with Twilio first."""
    changes = body.given()
    token = changes.pop("twilio_token", None)
    if token is not None:
        await _check_token(work, phone_number_id, token)
    session = await work.session()
    number = await _number(work, session, phone_number_id, lock=True)
    require_version(expected, number.version)
    if "agent_id" in changes:
        agent_id = changes["agent_id"]
        await owned(session, Agent, agent_id, account_id=work.account_id, kind="agent", param="agent_id")
    encrypted = None if token is None else work.services.vault.encrypt(token)
    numbers.change_number(session, number, changes, token_encrypted=encrypted)
    if token is not None:
        await numbers.carrier_trouble_is_over(session, number, by=work.actor)
    return answer(numbers.number_object(number))


@router.delete("/{phone_number_id}", response_model=NumberObject)
async def delete_number(work: Work, phone_number_id: str, expected: ExpectedVersion) -> Response:
    """Remove a number that no unfinished reminder has. It stays yours at Twilio."""
    session = await work.session()
    number = await _number(work, session, phone_number_id, lock=True)
    require_version(expected, number.version)
    await numbers.delete_number(session, number)
    return answer(numbers.number_object(number))


async def _number(work: Unit, session: AsyncSession, id: str, *, lock: bool = False) -> phone_number.PhoneNumber:
    return await owned(
        session, phone_number.PhoneNumber, id, account_id=work.account_id, kind="phone_number", lock=lock
    )


async def _take_twilio_number(work: Unit, number: phone_number.PhoneNumber, credentials: Credentials) -> None:
    services = work.services
    carrier = services.carrier_of(Carrier.TWILIO)
    number.carrier_number_sid = await numbers.find_at_carrier(carrier, credentials, number.phone_number)
    number.twilio_token_encrypted = services.vault.encrypt(credentials.token)
    await numbers.import_number(await work.session(), number)
    await work.commit(message_id=number.id)
    try:
        await numbers.point_here(carrier, credentials, number, services.public_url)
    except Fault:
        session = await work.session()
        await numbers.delete_number(session, await _number(work, session, number.id, lock=True))
        await work.release()
        await work.commit()
        raise


async def _take_sandbox_number(work: Unit, number: phone_number.PhoneNumber) -> None:
    services = work.services
    if services.sandbox is None:
        raise Invalid("invalid_parameter", "There is no sandbox carrier in this service.", param="carrier")
    address = numbers.webhook_address(services.public_url, number.id)
    number.twilio_sid, token, number.carrier_number_sid = await services.sandbox.register(
        work.account_id, number.phone_number, address
    )
    number.twilio_token_encrypted = services.vault.encrypt(token)
    await numbers.import_number(await work.session(), number)


async def _check_token(work: Unit, phone_number_id: str, token: str) -> None:
    services = work.services
    async with services.database.read() as session:
        number = await _number(work, session, phone_number_id)
    if number.carrier is Carrier.SANDBOX:
        raise Invalid("invalid_parameter", "A sandbox number has no token to change.", param="twilio_token")
    credentials = Credentials(number.twilio_sid, token)
    carrier = services.carrier_of(Carrier.TWILIO)
    number.carrier_number_sid = await numbers.find_at_carrier(carrier, credentials, number.phone_number)
    await numbers.point_here(carrier, credentials, number, services.public_url)
