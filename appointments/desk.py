"""The desk: what bookings and changes need to know, read and locked once, for one appointment or hundreds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.contact_book import ContactBook
from appointments.correcting import cancelled_lately
from appointments.fields import ContactFields
from appointments.locking import lock_appointments
from appointments.plan_book import PlanBook
from appointments.plan_rows import StoredLine, stored_lines
from appointments.senders import Senders
from models.account import Account
from models.appointment import Appointment
from models.contact import Contact
from models.correction import Correction
from models.errors import NotFound
from models.event import Actor


@dataclass(slots=True)
class Desk:
    """One account's senders and plans, the people meant, and the appointments to be changed, all locked."""

    session: AsyncSession
    account: Account
    by: Actor
    senders: Senders
    plans: PlanBook
    book: ContactBook
    appointments: dict[str, Appointment]
    by_external_id: dict[str, Appointment]
    _plans: dict[str, list[StoredLine]] | None = None
    _cancelled: list[tuple[Correction, Appointment]] | None = None

    @classmethod
    async def open(
        cls,
        session: AsyncSession,
        account: Account,
        *,
        by: Actor,
        people: Sequence[ContactFields],
        contact_ids: Iterable[str] = (),
        appointment_ids: Iterable[str] = (),
        external_ids: Iterable[str] = (),
    ) -> "Desk":
        """Lock first the numbers of those meant and of those the appointments are with, then the appointments."""
        await session.flush()
        ids, externals = list(appointment_ids), list(external_ids)
        standing = await find_standing(session, account.id, ids, externals)
        book = await ContactBook.open(
            session, account.id, people, ids=[*contact_ids, *(contact_id for _, contact_id in standing)]
        )
        # Read again under the locks: what was not there a moment ago may be there now.
        standing = await find_standing(session, account.id, ids, externals)
        locked = await lock_appointments(session, [id for id, _ in standing]) if standing else []
        return cls(
            session=session,
            account=account,
            by=by,
            senders=await Senders.of(session, account.id),
            plans=await PlanBook.of(session, account.id),
            book=book,
            appointments={one.id: one for one in locked},
            by_external_id={one.external_id: one for one in locked if one.external_id is not None},
        )

    async def plan_of(self, appointment: Appointment) -> list[StoredLine]:
        """Return the texts of an appointment as they stood when the desk first looked; read for all at once."""
        if self._plans is None:
            self._plans = await stored_lines(self.session, list(self.appointments))
        return self._plans[appointment.id]

    async def cancelled_lately(self, contact_id: str, patient_name: str | None) -> Correction | None:
        """Return what is to be told of a visit of the same person that was cancelled, and nothing replaced yet."""
        if self._cancelled is None:
            self._cancelled = list(await cancelled_lately(self.session, self.account.id))
        for correction, appointment in self._cancelled:
            whose = (appointment.contact_id, appointment.patient_name)
            if correction.replaced_by is None and not correction.released and whose == (contact_id, patient_name):
                return correction
        return None

    def forget_cancelled(self) -> None:
        """Look anew for visits that were cancelled: one was just now."""
        self._cancelled = None

    def replaced(self, named: str) -> Appointment:
        """Return the appointment that another one replaces, by its id or external id. Raises NotFound."""
        found = self.appointments.get(named) or self.by_external_id.get(named)
        if found is None:
            raise NotFound("appointment", named, param="replaces")
        return found

    async def contact_of(self, appointment: Appointment) -> Contact:
        """Return whom an appointment is with, also somebody whose data was erased."""
        found = self.book.known(appointment.contact_id)
        return found if found is not None else await self.session.get_one(Contact, appointment.contact_id)


async def find_standing(
    session: AsyncSession, account_id: str, ids: Sequence[str], external_ids: Sequence[str]
) -> Sequence[tuple[str, str]]:
    """Return the (appointment id, contact id) of those that are stored, without a lock."""
    if not ids and not external_ids:
        return []
    query = select(Appointment.id, Appointment.contact_id).where(
        Appointment.account_id == account_id,
        or_(col(Appointment.id).in_(ids), col(Appointment.external_id).in_(external_ids)),
    )
    return (await session.exec(query)).all()
