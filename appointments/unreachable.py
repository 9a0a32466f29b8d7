"""Visits of people whose number takes no texts: their confirmation becomes `unreachable`, and staff are told.

What a carrier's code proves is written on the contact by the room that hears it; this source of due work carries
it to the visits, also to one that is booked later.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from appointments.confirming import mark_unreachable
from appointments.locking import lock_appointment
from models import clock
from models.appointment import Appointment, Confirmation, Visit
from models.contact import TAKES_NO_TEXTS, Contact, Reachability
from models.database import Database

BATCH = 100

_MEANINGS = {
    Reachability.INVALID_NUMBER: "The contact's number is no phone number.",
    Reachability.LANDLINE: "The contact's number is a landline, or takes no texts.",
    Reachability.UNREACHABLE: "The contact's number is not in service, or its phone has been off for days.",
}


class Unreachable:
    """The source of visits whose person cannot be reached by text."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def earliest(self) -> datetime | None:
        """Return now, where there is such a visit, else None."""
        async with self._database.read() as session:
            found = (await session.exec(_waiting().limit(1))).first()
        return None if found is None else clock.now()

    async def run_due(self) -> int:
        """Mark one batch of visits; return how many were looked at."""
        async with self._database.read() as session:
            ids = (await session.exec(_waiting().limit(BATCH))).all()
        for id in ids:
            async with self._database.write() as session:
                await _mark(session, id)
        return len(ids)


def _waiting() -> SelectOfScalar[str]:
    return (
        select(Appointment.id)
        .join(Contact, col(Contact.id) == col(Appointment.contact_id))
        .where(
            col(Contact.reachability).in_(TAKES_NO_TEXTS),
            Appointment.status == Visit.SCHEDULED,
            Appointment.confirmation == Confirmation.PENDING,
            col(Appointment.starts_at) > clock.now(),
        )
    )


async def _mark(session: AsyncSession, appointment_id: str) -> None:
    seen = await session.get_one(Appointment, appointment_id)
    locked = await lock_appointment(session, seen.account_id, appointment_id)
    if locked.contact.reachability in TAKES_NO_TEXTS and locked.appointment.starts_at > clock.now():
        note = _MEANINGS[locked.contact.reachability]
        await mark_unreachable(session, seen.account_id, appointment_id, note=note)
