"""What reminder jobs are checked against: the account, its senders, the visits they hang on, who unsubscribed.

Read once for a whole batch, so that no job costs a query of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.locking import lock_appointments, lock_numbers
from appointments.senders import Senders
from models.account import Account
from models.appointment import Appointment, Visit
from models.base import table_of
from models.contact import Contact
from models.errors import Conflict, Invalid, NotFound
from models.phone_number import PhoneNumber
from models.recipient import EVERY_SENDER, Consent, ConsentState, Recipient
from models.reminder import ReminderKind
from scheduler.job_checking import CheckedJob

_recipients, _consents = table_of(Recipient), table_of(Consent)
# How many values one IN may hold.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Link:
    """The appointment a job hangs on, and who is texted about it."""

    appointment: Appointment
    contact: Contact


@dataclass(frozen=True, slots=True)
class Address:
    """Where a job's texts go and come from, and on whose clock they are asked for."""

    to_number: str
    number: PhoneNumber
    agent_id: str
    timezone: str
    link: Link | None


@dataclass(frozen=True, slots=True)
class JobContext:
    """What some jobs are checked against. `stopped`: pairs of number and sender that may not be texted."""

    account: Account
    senders: Senders
    links: dict[str, Link]
    stopped: set[tuple[str, str]] = field(default_factory=set)

    def address(self, job: CheckedJob) -> Address:
        """Return a job's address. Raises NotFound, NotPermitted, Conflict and Invalid."""
        link = self._link(job)
        number = self._sender(job, link)
        to_number = job.to or (link.contact.phone_number if link else None)
        if not to_number:
            raise Invalid(
                "invalid_parameter",
                "to is required: the appointment's contact has no phone number.",
                param="to",
            )
        if job.kind is ReminderKind.RELATIVE and link is not None:
            timezone = link.appointment.timezone
            if job.timezone not in (None, timezone):
                raise Invalid(
                    "invalid_schedule",
                    f"timezone must be left out with before: the appointment's own counts, {timezone}.",
                    param="timezone",
                )
        else:
            timezone = job.timezone or self.account.timezone
        return Address(to_number, number, job.agent_id or number.agent_id, timezone, link)

    def is_stopped(self, address: Address) -> bool:
        """Tell whether the person has unsubscribed from this sender, or from all of the account's."""
        to_number = address.to_number
        return (to_number, EVERY_SENDER) in self.stopped or (
            to_number,
            address.number.phone_number,
        ) in self.stopped

    def _link(self, job: CheckedJob) -> Link | None:
        if job.appointment_id is None:
            return None
        link = self.links.get(job.appointment_id)
        if link is None:
            raise NotFound("appointment", job.appointment_id, param="appointment_id")
        if link.appointment.status == Visit.CANCELLED:
            raise Conflict(
                "appointment_already_cancelled",
                "The appointment was cancelled: nothing is texted about it any more.",
                param="appointment_id",
            )
        return link

    def _sender(self, job: CheckedJob, link: Link | None) -> PhoneNumber:
        if job.from_number is None and link is not None:
            # The appointment's own sender, unless another agent is asked for.
            number = self.senders.of_id(link.appointment.phone_number_id)
            if number is not None and job.agent_id in (None, number.agent_id):
                return number
        agent_id = job.agent_id or (link.appointment.agent_id if link and job.from_number is None else None)
        chosen = self.senders.choose(agent_id=agent_id, from_number=job.from_number)
        if chosen is None:
            raise Invalid(
                "invalid_parameter",
                "The account has no phone number to text from: import one with POST /v1/phone-numbers.",
                param="from_number",
            )
        return chosen


async def read_context(
    session: AsyncSession,
    account_id: str,
    jobs: Sequence[CheckedJob],
    *,
    numbers: Collection[str] = (),
    lock: bool = True,
) -> JobContext:
    """Read what these jobs are checked against.

    lock: hold their appointments, see `lock_links`, with `numbers`.
    """
    account = await session.get_one(Account, account_id)
    links = await read_links(session, account_id, {job.appointment_id for job in jobs if job.appointment_id})
    if lock:
        await lock_links(session, account_id, links, numbers=numbers)
    to = {
        job.to or links[job.appointment_id or ""].contact.phone_number for job in jobs if _has_number(job, links)
    }
    return JobContext(
        account=account,
        senders=await Senders.of(session, account_id),
        links=links,
        stopped=await _stopped(session, account_id, {number for number in to if number}),
    )


async def lock_links(
    session: AsyncSession, account_id: str, links: Mapping[str, Link], *, numbers: Collection[str] = ()
) -> None:
    """Hold appointments, and first the numbers of those texted about them, until the transaction ends.

    So no visit moves or is cancelled meanwhile. numbers: others to hold with them.
    """
    await lock_numbers(session, account_id, {*numbers, *(link.contact.phone_number for link in links.values())})
    for ids in _chunks(links):
        await lock_appointments(session, ids)


def _has_number(job: CheckedJob, links: dict[str, Link]) -> bool:
    return job.to is not None or job.appointment_id in links


async def read_links(session: AsyncSession, account_id: str, appointment_ids: Collection[str]) -> dict[str, Link]:
    """Return those of the appointments that are the account's, by id."""
    links: dict[str, Link] = {}
    for ids in _chunks(appointment_ids):
        query = (
            select_rows(Appointment, Contact)
            .join(Contact, col(Contact.id) == col(Appointment.contact_id))
            .where(Appointment.account_id == account_id, col(Appointment.id).in_(ids))
        )
        for appointment, contact in (await session.exec(query)).all():
            links[appointment.id] = Link(appointment, contact)
    return links


async def _stopped(session: AsyncSession, account_id: str, numbers: Collection[str]) -> set[tuple[str, str]]:
    stopped: set[tuple[str, str]] = set()
    for some in _chunks(numbers):
        query = (
            select(_recipients.c.phone_number, _consents.c.sender)
            .join(_consents, _consents.c.recipient_id == _recipients.c.id)
            .where(
                _recipients.c.account_id == account_id,
                _recipients.c.phone_number.in_(some),
                _consents.c.state == ConsentState.UNSUBSCRIBED,
            )
        )
        stopped.update((number, sender) for number, sender in (await session.execute(query)).all())
    return stopped


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
