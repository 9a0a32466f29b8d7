"""The texts of an appointment as they are stored: relative reminder jobs, and what they have sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.default_plan import in_language
from appointments.lines import Line
from appointments.stopping import is_of_the_plan
from models.message import UNSENT, Message, Status
from models.reminder import Reminder, ReminderKind, ReminderState


@dataclass(frozen=True, slots=True)
class Told:
    """A text made from a reminder: where it stands, and the start it named (UTC)."""

    status: Status
    named_start: datetime | None


@dataclass(slots=True)
class StoredLine:
    """One line of an appointment's plan: its reminder jobs, oldest first, and the texts made from each.

    A job that made a text keeps it; if the visit moves, another job of the line is made for the new time.
    to_other: the number it goes to, where that is not the contact's own.
    """

    line: Line
    to_other: str | None = None
    reminders: list[Reminder] = field(default_factory=list)
    texts: dict[str, list[Told]] = field(default_factory=dict)

    @property
    def fresh(self) -> list[Reminder]:
        """The jobs that have made no text yet, and so may be given another time."""
        return [reminder for reminder in self.reminders if reminder.id not in self.texts]

    @property
    def waits(self) -> bool:
        """Whether a job of it has yet to make its text."""
        return any(job.state in (ReminderState.ACTIVE, ReminderState.PAUSED) for job in self.fresh)

    def is_told(self, starts_at: datetime) -> bool:
        """Tell whether a text of this line about a visit at this time left, may still leave, or came to grief."""
        return any(
            text.status is not Status.CANCELLED and text.named_start in (None, starts_at)
            for texts in self.texts.values()
            for text in texts
        )

    def has_left(self, starts_at: datetime) -> bool:
        """Tell whether a text of this line about a visit at this time is no longer in our hands."""
        return any(
            text.status not in (*UNSENT, Status.CANCELLED) and text.named_start in (None, starts_at)
            for texts in self.texts.values()
            for text in texts
        )

    @property
    def queued(self) -> list[Reminder]:
        """The jobs of which a text has not left yet."""
        return [
            reminder
            for reminder in self.reminders
            if any(text.status in UNSENT for text in self.texts.get(reminder.id, ()))
        ]


async def stored_lines(
    session: AsyncSession, appointment_ids: Sequence[str], *, lock: bool = False
) -> dict[str, list[StoredLine]]:
    """Return the plan of each appointment as it is stored; lines in order of their making.

    lock: hold the jobs until the transaction ends, so that none fires meanwhile.
    """
    query = (
        select(Reminder)
        .where(
            col(Reminder.appointment_id).in_(appointment_ids),
            Reminder.kind == ReminderKind.RELATIVE,
        )
        .order_by(col(Reminder.created_at), col(Reminder.id))
        .execution_options(populate_existing=True)
    )
    reminders = (await session.exec(query.with_for_update(key_share=True) if lock else query)).all()
    standing = [reminder for reminder in reminders if is_of_the_plan(reminder)]
    texts = await _texts_of(session, standing)
    plans: dict[str, dict[tuple[Line, str | None], StoredLine]] = {id: {} for id in appointment_ids}
    for reminder in standing:
        assert reminder.appointment_id is not None
        line = in_language(Line.of(reminder), None)
        to_other = None if reminder.to_contact else reminder.to_number
        stored = plans[reminder.appointment_id].setdefault((line, to_other), StoredLine(line, to_other))
        stored.reminders.append(reminder)
        if reminder.id in texts:
            stored.texts[reminder.id] = texts[reminder.id]
    return {id: list(lines.values()) for id, lines in plans.items()}


async def _texts_of(session: AsyncSession, reminders: Iterable[Reminder]) -> dict[str, list[Told]]:
    ids = [reminder.id for reminder in reminders]
    texts: dict[str, list[Told]] = defaultdict(list)
    if not ids:
        return texts
    query = select(Message.reminder_id, Message.status, Message.named_start).where(
        col(Message.reminder_id).in_(ids)
    )
    for reminder_id, status, named_start in (await session.exec(query)).all():
        assert reminder_id is not None
        texts[reminder_id].append(Told(Status(status), named_start))
    return texts
