"""Booking: one appointment or thousands, each new, or brought up to date by its external id."""

import asyncio
from collections.abc import Iterator, Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.changing import Outcome, change, change_by_external_id
from appointments.checking import Checked, check
from appointments.desk import Desk
from appointments.fields import Asked
from appointments.new_appointments import Booked, create, store
from models.account import Account
from models.appointment import Appointment
from models.errors import Fault, Invalid
from models.event import Actor

CHUNK = 500


async def book(session: AsyncSession, account_id: str, asked: Asked, *, by: Actor) -> Outcome:
    """Book an appointment; one with an `external_id` that is stored already is changed instead, if it differs.

    Raises Faults for what is wrong with the fields, NotFound, NotPermitted, and Conflict for a change that the
    state of a stored one forbids.
    """
    [outcome] = await book_all(session, account_id, [asked], by=by)
    if isinstance(outcome, Fault):
        raise outcome
    return outcome


async def put_by_external_id(
    session: AsyncSession,
    account_id: str,
    external_id: str,
    asked: Asked,
    *,
    by: Actor,
    expected_version: int | None = None,
) -> Outcome:
    """Book the appointment that another system calls `external_id`, or bring it up to date.

    With a version it must be known already. Raises like `book`, and Overtaken.
    """
    named = addressed(asked, external_id)
    if expected_version is None:
        return await book(session, account_id, named, by=by)
    return await change_by_external_id(
        session, account_id, external_id, named, by=by, expected_version=expected_version
    )


async def book_all(
    session: AsyncSession, account_id: str, items: Sequence[Asked], *, by: Actor
) -> list[Outcome | Fault]:
    """Book many appointments; return what became of each, in order. One that is wrong spoils no other."""
    account = await session.get_one(Account, account_id)
    outcomes: list[Outcome | Fault] = []
    for chunk in _chunks(items):
        outcomes += await _book_chunk(session, account, chunk, by=by)
        await asyncio.sleep(0)  # let others have their turn between chunks
    return outcomes


def addressed(asked: Asked, external_id: str) -> Asked:
    """Return what is asked with the external id of the request's address; another in the body is a fault."""
    faults = list(asked.faults)
    if asked.fields.get("external_id", external_id) != external_id:
        message = "external_id must be the one that the address names, or be left out."
        faults.append(Invalid("invalid_parameter", message, param="external_id"))
    return Asked({**asked.fields, "external_id": external_id}, faults)


def _chunks(items: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Cut a batch into pieces that name no external id twice, so that an item finds what an earlier one made."""
    chunk: list[Asked] = []
    seen: set[str] = set()
    for item in items:
        external_id = item.fields.get("external_id")
        if len(chunk) == CHUNK or external_id in seen or item.fields.get("replaces") in seen:
            yield chunk
            chunk, seen = [], set()
        chunk.append(item)
        if external_id is not None:
            seen.add(external_id)
    if chunk:
        yield chunk


async def _book_chunk(
    session: AsyncSession, account: Account, chunk: Sequence[Asked], *, by: Actor
) -> list[Outcome | Fault]:
    standing = await _standing(session, account.id, chunk)
    checked = [_check(item, account, standing) for item in chunk]
    sound = [one for one in checked if isinstance(one, Checked)]
    desk = await Desk.open(
        session,
        account,
        by=by,
        people=[one.contact for one in sound if one.contact is not None],
        contact_ids=[one.contact_id for one in sound if one.contact_id is not None],
        appointment_ids=[one.replaces for one in sound if one.replaces is not None],
        external_ids=[id for one in sound for id in (one.external_id, one.replaces) if id is not None],
    )
    results = [await _book(desk, one) for one in checked]
    stored = await store(desk, [result for result in results if isinstance(result, Booked)])
    return [
        Outcome(stored[result.row["id"]], result.contact, created=True) if isinstance(result, Booked) else result
        for result in results
    ]


async def _standing(session: AsyncSession, account_id: str, chunk: Sequence[Asked]) -> dict[str, Appointment]:
    """Return those that are stored already, by their external ids, to be read and not yet changed."""
    external_ids = [external_id for item in chunk if (external_id := item.fields.get("external_id"))]
    if not external_ids:
        return {}
    query = select(Appointment).where(
        Appointment.account_id == account_id, col(Appointment.external_id).in_(external_ids)
    )
    return {one.external_id: one for one in (await session.exec(query)).all() if one.external_id is not None}


def _check(item: Asked, account: Account, standing: dict[str, Appointment]) -> Checked | Fault:
    known = standing.get(item.fields.get("external_id") or "")
    try:
        return check(item, account_timezone=account.timezone, standing=known)
    except Fault as fault:
        return fault


async def _book(desk: Desk, checked: Checked | Fault) -> Booked | Outcome | Fault:
    if isinstance(checked, Fault):
        return checked
    known = desk.by_external_id.get(checked.external_id or "")
    try:
        return await create(desk, checked) if known is None else await change(desk, known, checked)
    except Fault as fault:
        return fault
