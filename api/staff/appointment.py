"""`/appointments/{id}`: one visit with its texts, its history and the reminders to come."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.staff import words
from api.staff.flags import Flag, flag_of
from api.staff.history import Line, lines_of
from api.staff.pages import page, wants_part
from api.staff.route import PageRoute
from api.staff.rows import Row, row_of
from api.staff.times import WallClock
from api.staff.visitor import SignedIn, Visitor
from appointments.day import Flagged, Listed, coming_texts, history, visit
from messaging.local_time import zone
from messaging.templates import render
from messaging.thread import thread
from messaging.visit_words import visit_values
from models.account import Account
from models.message import Direction, Message
from models.reminder import Reminder, ReminderState

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST_TEXTS = 100
MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the thread. theirs: the person wrote it. about: whether it is about this visit."""

    id: str
    theirs: bool
    body: str
    when: str
    delivery: str
    in_trouble: bool
    about: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder to come: when it leaves and what it will say, as things stand."""

    id: str
    when: str
    text: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class VisitView:
    """What the page of one visit shows, in the visit's own zone."""

    row: Row
    wall: WallClock
    date: str
    day: str
    relative: str | None
    phone: str | None
    flags: list[Flag]
    texts: list[Text]
    planned: list[Planned]
    history: list[Line]


@router.get("/appointments/{appointment_id}")
async def show_appointment(request: Request, visitor: SignedIn, appointment_id: str) -> Response:
    """Show a visit."""
    template = "appointment_part.html" if wants_part(request) else "appointment.html"
    return page(template, visitor=visitor, view=await visit_view(visitor, appointment_id))


async def visit_view(visitor: Visitor, appointment_id: str) -> VisitView:
    """Read one visit. Raises NotFound."""
    account = visitor.account
    async with visitor.services.database.read() as session:
        listed = await visit(session, account.id, appointment_id)
        number = listed.contact.phone_number
        messages = await thread(session, account.id, number, limit=MOST_TEXTS) if number else []
        reminders = await coming_texts(session, appointment_id)
        events = await history(session, appointment_id, limit=MOST_EVENTS)
    appointment, contact = listed.appointment, listed.contact
    wall = WallClock(appointment.timezone)
    day = wall.date_of(appointment.starts_at)
    return VisitView(
        row=row_of(listed, WallClock.of(account)),
        wall=wall,
        date=WallClock.of(account).date_of(appointment.starts_at).isoformat(),
        day=wall.day(day),
        relative=wall.relative(day),
        phone=words.phone(number) if number else None,
        flags=[
            flag_of(Flagged(item, appointment, contact, _said(item.message_id, messages)), wall)
            for item in listed.attention
        ],
        texts=[_text(message, appointment_id, wall) for message in messages],
        planned=[_planned(reminder, listed, account, wall) for reminder in reminders],
        history=lines_of(events, wall),
    )


def _said(message_id: str | None, messages: list[Message]) -> Message | None:
    return next((message for message in messages if message.id == message_id), None)


def _text(message: Message, appointment_id: str, wall: WallClock) -> Text:
    body = message.body
    if not body.strip() and message.media_count:
        body = "(a picture)" if message.media_count == 1 else f"({message.media_count} pictures)"
    return Text(
        id=message.id,
        theirs=message.direction == Direction.INBOUND,
        body=body,
        when=wall.moment(message.due_at or message.created_at),
        delivery=words.delivery(message),
        in_trouble=message.status in words.IN_TROUBLE,
        about=message.appointment_id == appointment_id,
    )


def _planned(reminder: Reminder, listed: Listed, account: Account, wall: WallClock) -> Planned:
    paused = reminder.state is ReminderState.PAUSED
    when = "paused" if paused or reminder.next_run_at is None else wall.moment(reminder.next_run_at)
    return Planned(reminder.id, when, _worded(reminder, listed, account), _condition(reminder))


def _worded(reminder: Reminder, listed: Listed, account: Account) -> str:
    """Return a reminder's text as it would leave now."""
    appointment, contact = listed.appointment, listed.contact
    values = visit_values(
        account_name=account.name,
        contact_name=contact.name,
        patient_name=appointment.patient_name,
        starts_at=appointment.starts_at,
        place=zone(appointment.timezone),
        contact_place=zone(contact.timezone) if contact.timezone else None,
        language=contact.language or "en",
        service=appointment.service,
        provider=appointment.provider,
        location=appointment.location,
        metadata={**appointment.custom, **reminder.custom},
    )
    return render(reminder.message, values).text


def _condition(reminder: Reminder) -> str | None:
    match sorted(reminder.only_if):
        case ["unconfirmed"]:
            return "only if they have not answered by then"
        case ["confirmed"]:
            return "only if they have confirmed by then"
        case _:
            return None
