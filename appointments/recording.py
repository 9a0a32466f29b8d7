"""Writing an appointment's change down: its version grows, and one event says what it was and what it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.shape import appointment_object
from models import clock
from models.appointment import Appointment
from models.attention import Attention
from models.base import table_of
from models.database import signal
from models.event import Actor, Event, record
from models.ids import new_id

_events = table_of(Event)

Snapshot = dict[str, Any]

# These change with every change and say nothing of it.
_SILENT = ("updated_at", "version", "attention")


async def open_items_of(session: AsyncSession, appointment_ids: Sequence[str]) -> dict[str, list[Attention]]:
    """Return the open items of the needs-attention list of each appointment, oldest first."""
    items: dict[str, list[Attention]] = {id: [] for id in appointment_ids}
    query = (
        select(Attention)
        .where(col(Attention.appointment_id).in_(appointment_ids), col(Attention.resolved_at).is_(None))
        .order_by(col(Attention.opened_at), col(Attention.id))
    )
    for item in (await session.exec(query)).all():
        assert item.appointment_id is not None
        items[item.appointment_id].append(item)
    return items


def snapshot(appointment: Appointment) -> Snapshot:
    """Return what is shown of an appointment now, to be compared with what it becomes."""
    return appointment_object(appointment, attention=())


def previous_of(before: Snapshot, appointment: Appointment) -> Snapshot:
    """Return the fields that changed since `before`, as they were."""
    after = snapshot(appointment)
    return {name: value for name, value in before.items() if name not in _SILENT and after[name] != value}


async def record_change(
    session: AsyncSession,
    type: str,
    appointment: Appointment,
    before: Snapshot,
    *,
    by: Actor,
    note: str | None = None,
) -> None:
    """Store a changed appointment and its event `appointment.TYPE`, which carries what differs from `before`."""
    appointment.touch()
    session.add(appointment)
    await session.flush()
    items = await open_items_of(session, [appointment.id])
    record(
        session,
        f"appointment.{type}",
        account_id=appointment.account_id,
        by=by,
        appointment_id=appointment.id,
        contact_id=appointment.contact_id,
        payload=appointment_object(appointment, attention=items[appointment.id]),
        previous=previous_of(before, appointment),
        note=note,
    )
    signal(session, "events")


async def record_created(
    session: AsyncSession,
    appointments: Sequence[Appointment],
    items: Mapping[str, Sequence[Attention]],
    *,
    by: Actor,
) -> None:
    """Add an event `appointment.created` for each of these, in their order; `items` are their open items."""
    now = clock.now()
    await session.flush()
    await session.exec(
        _events.insert(),
        params=[
            {
                "id": new_id("evt"),
                "account_id": appointment.account_id,
                "type": "appointment.created",
                "created_at": now,
                "actor_type": by.type,
                "actor_id": by.id,
                "appointment_id": appointment.id,
                "contact_id": appointment.contact_id,
                "payload": appointment_object(appointment, attention=items.get(appointment.id, ())),
            }
            for appointment in appointments
        ],
    )
    signal(session, "events")
