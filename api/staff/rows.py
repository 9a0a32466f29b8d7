"""What a row of the day says of a visit, and what staff may do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.staff import words
from api.staff.times import WallClock
from api.staff.words import Badge
from appointments.day import LastText, Listed
from messaging.carriers.codes import code_entry
from models import clock
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Attention


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do with a visit. main: shown at once and not in the menu. asks: a question put first."""

    name: str
    label: str
    main: bool = False
    asks: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A visit in words. time: on its own clock; zone and here, the practice's time, only where clocks differ."""

    id: str
    time: str
    zone: str | None
    here: str | None
    minutes: int | None
    name: str
    texted: str | None
    details: str
    badge: Badge
    since: str
    said: str | None
    wish: str | None
    troubles: Sequence[str]
    items: Sequence[Attention]
    actions: Sequence[Action]

    @property
    def main_actions(self) -> list[Action]:
        """What is shown at once."""
        return [action for action in self.actions if action.main]

    @property
    def more_actions(self) -> list[Action]:
        """What the menu holds, that which asks first at its end."""
        return sorted((action for action in self.actions if not action.main), key=lambda action: bool(action.asks))

    @property
    def announcement(self) -> str:
        """What is read out when the row changes."""
        return f"{self.name}, {self.time}: {self.badge.words}"


def row_of(listed: Listed, wall: WallClock) -> Row:
    """Return the row of a visit, its instants on the practice's clock."""
    appointment = listed.appointment
    own = wall.own_time(appointment)
    return Row(
        id=appointment.id,
        time=own.time,
        zone=own.zone,
        here=own.here,
        minutes=appointment.duration_minutes,
        name=name_of(listed),
        texted=_texted(listed),
        details=" · ".join(
            part for part in (appointment.service, appointment.provider, appointment.location) if part
        ),
        badge=words.badge(appointment),
        since=_since(listed, wall),
        said=listed.said.body if listed.said is not None and listed.said.body.strip() else None,
        wish=_wish(appointment),
        troubles=_troubles(listed),
        items=listed.attention,
        actions=actions_for(appointment),
    )


def name_of(listed: Listed) -> str:
    """Return who comes: the patient, else the contact, else their number."""
    contact = listed.contact
    number = words.phone(contact.phone_number) if contact.phone_number else "Somebody without a name"
    return listed.appointment.patient_name or contact.name or number


def actions_for(appointment: Appointment) -> list[Action]:
    """Return what staff may do with a visit as it stands, the likeliest first."""
    match appointment.status:
        case Visit.SCHEDULED:
            return _actions_before(appointment)
        case Visit.ARRIVED:
            return [Action("complete", "Done", main=True), Action("reopen", "Has not arrived after all")]
        case Visit.COMPLETED:
            return [Action("reopen", "Is not over after all")]
        case Visit.NO_SHOW:
            return [Action("arrive", "Arrived after all", main=True), Action("reopen", "Is still expected")]
        case Visit.CANCELLED:
            return [Action("reopen", "Reopen", asks="Expect this visit again, and ask for a confirmation?")]


def _actions_before(appointment: Appointment) -> list[Action]:
    started = appointment.starts_at <= clock.now()
    confirmed = appointment.confirmation is Confirmation.CONFIRMED
    declined = appointment.confirmation is Confirmation.DECLINED
    actions = []
    if not confirmed:
        actions.append(Action("confirm", "Confirm", main=not started))
    actions.append(Action("arrive", "Arrived", main=confirmed or started))
    if started:
        actions.append(Action("no-show", "Did not come", main=True))
    if not declined:
        actions.append(Action("decline", "Cannot come", main=not confirmed and not started))
    actions.append(
        Action("cancel", "Cancel the visit", asks="Cancel this visit? Reminders still to come are stopped.")
    )
    return actions


def _texted(listed: Listed) -> str | None:
    """Return who gets the texts, where it is not the one who comes."""
    patient, contact = listed.appointment.patient_name, listed.contact.name
    return contact if patient is not None and contact is not None and patient != contact else None


def _since(listed: Listed, wall: WallClock) -> str:
    """Say who brought the visit where it stands, and when; or when the person was asked."""
    appointment = listed.appointment
    if appointment.status is not Visit.SCHEDULED:
        return _who_when(appointment.status_by, appointment.status_at, wall)
    if appointment.confirmation is not Confirmation.PENDING:
        return _who_when(appointment.confirmation_by, appointment.confirmation_at, wall)
    if listed.asked is None:
        return "no text sent yet"
    return f"last text {wall.moment(listed.asked.at)}, {words.SENT[listed.asked.status]}"


def _who_when(who: str | None, at: datetime | None, wall: WallClock) -> str:
    return ", ".join(part for part in (words.by(who), wall.moment(at) if at is not None else "") if part)


def _wish(appointment: Appointment) -> str | None:
    return appointment.requested_text if appointment.confirmation is Confirmation.RESCHEDULE_REQUESTED else None


def _troubles(listed: Listed) -> list[str]:
    """Say why texts do not reach the person, while it still matters."""
    if listed.appointment.status is not Visit.SCHEDULED:
        return []
    troubles = []
    contact = listed.contact
    if contact.phone_number is None:
        troubles.append("No phone number")
    elif contact.reachability in words.REACHABILITY:
        troubles.append(words.REACHABILITY[contact.reachability])
    if listed.unsubscribed and "Has stopped our texts" not in troubles:
        troubles.append("Has stopped our texts")
    if listed.held:
        troubles.append("Texts wait: wrong number")
    if listed.asked is not None and listed.asked.status in words.IN_TROUBLE:
        troubles.append(_failed(listed.asked))
    return troubles


def _failed(text: LastText) -> str:
    said = f"Last text {words.SENT[text.status]}"
    return f"{said}. {code_entry(text.error_code).meaning}" if text.error_code is not None else said
