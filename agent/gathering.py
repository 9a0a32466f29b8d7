"""Gathering what an agent may know of one thread: the sender's own visits, the last texts, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agent.situation import AgentSettings, Situation, ThreadMessage, Visit
from messaging.inbound import last_text_to
from messaging.phone_numbers import is_short_code, region
from messaging.wording import fill
from models import clock
from models.account import Account
from models.agent import Agent
from models.appointment import Appointment
from models.appointment import Visit as VisitStatus
from models.contact import Contact
from models.message import REACHED_CARRIER, Direction, Kind, Message
from models.phone_number import PhoneNumber

MOST_VISITS = 20
MOST_HISTORY = 10


@dataclass(frozen=True)
class Thread:
    """One thread as it stands: what arrived, on which number, and all that bears on its meaning.

    messages: the texts to be answered together, oldest first. last_text: our text that they answer.
    """

    messages: Sequence[Message]
    account: Account
    number: PhoneNumber
    agent: Agent
    contact: Contact | None
    last_text: Message | None
    situation: Situation

    @property
    def newest(self) -> Message:
        """The text that the decision stands on."""
        return self.messages[-1]


async def gather(session: AsyncSession, messages: Sequence[Message]) -> Thread:
    """Return the thread of some unread texts of one recipient to one number, oldest first."""
    newest = messages[-1]
    account = await session.get_one(Account, newest.account_id)
    number = await session.get_one(PhoneNumber, newest.phone_number_id)
    agent = await session.get_one(Agent, number.agent_id)
    contact = await session.get(Contact, newest.contact_id) if newest.contact_id else None
    name = contact.name if contact else None
    last_text = await last_text_to(
        session, newest.recipient_id, number.phone_number, before=messages[0].created_at
    )
    history = await _history(session, messages[0])
    visits = await _visits(session, newest, last_text)
    situation = Situation(
        now=clock.now(),
        text="\n".join(message.body for message in messages),
        language=(contact.language if contact else None) or agent.language,
        contact_name=name,
        contact_timezone=contact.timezone if contact else None,
        region=None if is_short_code(newest.from_number) else _region(newest.from_number),
        account_name=account.name,
        visits=tuple(visits),
        about=_about(last_text, visits),
        about_starts_at=last_text.named_start if last_text else None,
        listed=tuple((last_text.listed or ()) if last_text else ()),
        asked=_asked(history),
        answered_text=last_text.body if last_text else None,
        history=tuple(
            ThreadMessage(one.direction.value, one.body, one.created_at, one.appointment_id) for one in history
        ),
        agent=AgentSettings(
            name=agent.name,
            system_prompt=agent.system_prompt,
            temperature=agent.temperature,
            llm_model=agent.llm_model,
            fallback_message=fill(agent.fallback_message, account_name=account.name, contact_name=name),
            help_message=fill(agent.help_message, account_name=account.name, contact_name=name),
        ),
    )
    return Thread(messages, account, number, agent, contact, last_text, situation)


def _region(number: str) -> str | None:
    return region(number) if number.startswith("+") else None


def _about(last_text: Message | None, visits: Sequence[Visit]) -> str | None:
    """Return the visit our last text was about, if it is the sender's own."""
    if last_text is None or last_text.appointment_id is None:
        return None
    return next((visit.id for visit in visits if visit.id == last_text.appointment_id), None)


async def _history(session: AsyncSession, first: Message) -> list[Message]:
    """Return the thread's last texts before this one, oldest first; of ours only those that left."""
    ours = (first.to_number, first.from_number)
    query = (
        select(Message)
        .where(
            Message.recipient_id == first.recipient_id,
            col(Message.from_number).in_(ours),
            col(Message.to_number).in_(ours),
            or_(Message.direction == Direction.INBOUND, col(Message.status).in_(REACHED_CARRIER)),
            Message.created_at <= first.created_at,
            Message.id != first.id,
        )
        .order_by(col(Message.created_at).desc(), col(Message.id).desc())
        .limit(MOST_HISTORY)
    )
    return list(reversed((await session.exec(query)).all()))


def _asked(history: Sequence[Message]) -> tuple[str, ...]:
    """Return the visits that our texts since the person's last one were about, each in a text of its own."""
    asked: list[str] = []
    for message in reversed(history):
        if message.direction is Direction.INBOUND:
            break
        if message.kind is Kind.REMINDER and message.appointment_id is not None:
            asked.append(message.appointment_id)
    return tuple(dict.fromkeys(reversed(asked)))


async def _visits(session: AsyncSession, message: Message, last_text: Message | None) -> list[Visit]:
    """Return the open visits of everybody with this phone, and the one our text was about, whatever its state."""
    about = last_text.appointment_id if last_text else None
    query = (
        select(Appointment)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .where(
            Appointment.account_id == message.account_id,
            Contact.phone_number == message.from_number,
            col(Contact.deleted_at).is_(None),
            or_(
                Appointment.id == about,
                (col(Appointment.status) == VisitStatus.SCHEDULED) & (col(Appointment.starts_at) > clock.now()),
            ),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
        .limit(MOST_VISITS)
    )
    found = (await session.exec(query)).all()
    names = await _names(session, found)
    return [_visit(appointment, names[appointment.contact_id]) for appointment in found]


async def _names(session: AsyncSession, appointments: Sequence[Appointment]) -> dict[str, str | None]:
    wanted = {appointment.contact_id for appointment in appointments}
    query = select(Contact.id, Contact.name).where(col(Contact.id).in_(wanted))
    return dict((await session.exec(query)).all())


def _visit(appointment: Appointment, contact_name: str | None) -> Visit:
    return Visit(
        id=appointment.id,
        starts_at=appointment.starts_at,
        timezone=appointment.timezone,
        duration_minutes=appointment.duration_minutes,
        service=appointment.service,
        provider=appointment.provider,
        location=appointment.location,
        patient_name=appointment.patient_name or contact_name,
        confirmation=appointment.confirmation,
        status=appointment.status,
        released=appointment.status is VisitStatus.CANCELLED and appointment.status_by == "agent",
        metadata={name: str(value) for name, value in appointment.custom.items()},
    )


def quiet_since(messages: Sequence[Message]) -> datetime:
    """Return when the thread was last written to (UTC)."""
    return max(message.created_at for message in messages)
