"""/v1/sms: sending a text now or later, and reading what was sent and received."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.answers import answer
from api.fields import Body, Duration, Instant, Metadata, PhoneNumber, Shown
from api.idempotency import recovered_by
from api.lists import ListOf, ListQuery, page
from api.openapi import errors
from api.route import Route
from api.unit import Unit, Work
from messaging.carriers.codes import OPTED_OUT, explain
from messaging.compose import TextRequest, compose, warnings_for
from messaging.local_time import Span
from messaging.recall import cancel_message, resend_message
from messaging.settle import Answer, settle_one
from messaging.shape import message_object, message_row
from messaging.texts import USEFUL_FOR
from messaging.timeline import message_with_timeline
from models.errors import CarrierRefused, NotPermitted
from models.message import Direction, Message, Status
from models.owned import owned

router = APIRouter(prefix="/v1/sms", tags=["Messages"], route_class=Route)

# A request waits this long for a place at the carrier; then its text is left to the engine.
PLACE_SECONDS = 5


class NewText(Body):
    """A text to send. `to_number` and `body` are other names of `to` and `message`. Braces are literal here."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    agent_id: str = Field(min_length=1, max_length=64)
    to: PhoneNumber = Field(validation_alias=AliasChoices("to", "to_number"))
    from_number: PhoneNumber
    message: str = Field(
        validation_alias=AliasChoices("message", "body"),
        # Checked after the agent and the number, in the order this API has always had; documented all the same.
        json_schema_extra={"minLength": 1, "maxLength": 1600},
    )
    send_at: Instant | None = None
    any_hour: bool = False
    expires_in: Duration | None = None
    metadata: Metadata = Field(default_factory=dict)


class SentText(BaseModel):
    """What became of a text at once."""

    object: Literal["message"]
    id: str
    message_id: str
    status: str
    to: str
    from_: str = Field(alias="from")
    segments: int
    resend_of: str = Field(default="", description="Only on a text that was sent again.")
    warnings: list[str] = Field(default=[], description="Only where there are any.")


class StatusAt(BaseModel):
    """A status a message had, and since when."""

    status: str
    at: Instant
    note: str | None


class MessageObject(Shown):
    """A text, sent or received."""

    object: Literal["message"]
    message_id: str
    direction: Literal["outbound", "inbound"]
    kind: str
    status: str
    from_: str = Field(alias="from")
    to: str
    message: str
    segments: int
    agent_id: str | None
    phone_number_id: str
    appointment_id: str | None
    contact_id: str | None
    reminder_id: str | None
    in_reply_to: str | None
    resend_of: str | None
    send_at: Instant | None
    expires_at: Instant | None
    attempts: int
    carrier_sid: str | None
    error_code: str | None
    error_message: str | None
    metadata: dict[str, Any]
    intent: str | None = Field(default=None, description="Of a text that arrived.")
    confidence: float | None = Field(default=None, description="Of a text that arrived, 0 to 1.")
    agent: str | None = Field(default=None, description="Who read a text that arrived: builtin or openai.")
    reason: str | None = Field(default=None, description="Why it was read so.")
    media_count: int = Field(default=0, description="Pictures that came with it.")
    timeline: list[StatusAt] = Field(default=[], description="Every status with its instant; on one message only.")
    answer_message_id: str | None = Field(default=None, description="Our answer to a text that arrived.")


class MessageQuery(ListQuery):
    """Which messages to list."""

    to: PhoneNumber | None = None
    from_number: PhoneNumber | None = None
    status: Status | None = None
    direction: Direction | None = None
    agent_id: str | None = Field(default=None, max_length=64)
    appointment_id: str | None = Field(default=None, max_length=64)
    since: Instant | None = Field(default=None, description="Made at or after this instant.")
    until: Instant | None = Field(default=None, description="Made before this instant.")


async def _recover(session: AsyncSession, message_id: str) -> Response | None:
    """Answer a repeat whose first request was cut off, from what became of its message."""
    message = await session.get(Message, message_id)
    if message is None or message.status is Status.SENDING:
        return None
    return _answer(message_row(message))


@router.post("", status_code=201, response_model=SentText, responses=errors(404, 502))
@recovered_by(_recover)
async def send_text(work: Work, body: NewText) -> Response:
    """Send a text now, or at `send_at`."""
    asked = TextRequest(
        agent_id=body.agent_id,
        to_number=body.to,
        from_number=body.from_number,
        body=body.message,
        send_at=body.send_at,
        any_hour=body.any_hour,
        useful_for=Span.parse(body.expires_in).length if body.expires_in else USEFUL_FOR,
        metadata=body.metadata,
    )
    if asked.send_at is not None:
        message = await compose(await work.session(), work.account_id, asked, by=work.actor)
        return _answer(message_row(message))
    return await _send_now(work, lambda session: compose(session, work.account_id, asked, by=work.actor))


@router.get("", response_model=ListOf[MessageObject])
async def list_messages(work: Work, asked: Annotated[MessageQuery, Query()]) -> Response:
    """List messages of both directions, newest first."""
    query = select(Message).where(Message.account_id == work.account_id)
    equal = {
        Message.to_number: asked.to,
        Message.from_number: asked.from_number,
        Message.status: asked.status,
        Message.direction: asked.direction,
        Message.agent_id: asked.agent_id,
        Message.appointment_id: asked.appointment_id,
    }
    for column, value in equal.items():
        if value is not None:
            query = query.where(col(column) == value)
    if asked.since is not None:
        query = query.where(Message.created_at >= asked.since)
    if asked.until is not None:
        query = query.where(Message.created_at < asked.until)
    session = await work.session()
    return answer(await page(session, query, asked, lambda message: message_object(message_row(message))))


@router.get("/{message_id}", response_model=MessageObject, responses=errors(404))
async def get_message(work: Work, message_id: str) -> Response:
    """Return a message with its timeline."""
    session = await work.session()
    message = await owned(session, Message, message_id, account_id=work.account_id, kind="message")
    return answer(await message_with_timeline(session, message))


@router.post("/{message_id}/cancel", response_model=MessageObject, responses=errors(404))
async def cancel_text(work: Work, message_id: str) -> Response:
    """Cancel a text that has not left."""
    session = await work.session()
    message = await cancel_message(session, work.account_id, message_id, by=work.actor)
    return answer(await message_with_timeline(session, message))


@router.post("/{message_id}/resend", status_code=201, response_model=SentText, responses=errors(404, 502))
@recovered_by(_recover)
async def resend_text(work: Work, message_id: str) -> Response:
    """Send a text that ended once more, as a new text."""
    return await _send_now(
        work, lambda session: resend_message(session, work.account_id, message_id, by=work.actor)
    )


async def _send_now(work: Unit, store: Any) -> Response:
    """Store a text, let it through the gate, hand it to the carrier and answer with what came of it."""
    way_out = work.services.way_out
    has_place = await _place(way_out.places.take)
    try:
        session = await work.session()
        message: Message = await store(session)
        departure = await way_out.pass_one(session, message.id) if has_place else None
        if departure is None:
            await session.refresh(message)
            return _answer(message_row(message))
        await work.commit(message_id=message.id)
        outcome = await way_out.hand_over(departure)
    finally:
        if has_place:
            way_out.places.give_back(1)
    session = await work.session()
    row = await settle_one(session, Answer(message.id, outcome))
    if row["status"] in (Status.FAILED, Status.BLOCKED):
        # What is raised below undoes the transaction; what the carrier said must stand.
        await work.commit(message_id=message.id)
    return _answer(row)


async def _place(take: Any) -> bool:
    try:
        async with asyncio.timeout(PLACE_SECONDS):
            await take()
    except TimeoutError:
        return False
    return True


def _answer(row: dict[str, Any]) -> Response:
    """Answer with what became of a text. Raises NotPermitted, CarrierRefused for one that was refused for good."""
    status, code = row["status"], row["error_code"]
    if status == Status.BLOCKED and code == OPTED_OUT:
        raise NotPermitted(
            "recipient_unsubscribed", f"{row['to_number']} has opted out at the carrier.", param="to"
        )
    if status == Status.FAILED:
        raise CarrierRefused(
            "carrier_rejected",
            f"The carrier refused the text ({code}). {explain(code)}",
            carrier_code=code,
            message_id=row["id"],
        )
    shown: dict[str, Any] = {
        "object": "message",
        "id": row["id"],
        "message_id": row["id"],
        "status": status,
        "to": row["to_number"],
        "from": row["from_number"],
        "segments": row["segments"],
    }
    if row["resend_of"] is not None:
        shown["resend_of"] = row["resend_of"]
    if warnings := warnings_for(row["body"]):
        shown["warnings"] = warnings
    return answer(shown, 201)
