"""What the gate decides about one text: it leaves, ends, or waits. Pure rules over a row, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from messaging.carriers.codes import TOO_LONG
from messaging.consent import OPT_OUT_CONFIRMATION
from messaging.first_text import is_automatic
from messaging.placing import next_allowed
from messaging.wording import Wording, word
from models.appointment import HOLDS_TEXTS, Visit
from models.contact import TAKES_NO_TEXTS
from models.message import Kind, Status
from models.recipient import HELD_LOOK

LONGEST_TEXT = 1600
SENDING_HOURS = "sending hours"
UNREACHABLE = "the contact's number cannot be reached by text"


@dataclass(frozen=True, slots=True)
class End:
    """The text does not leave: its last status, and why."""

    status: Status
    why: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The text may not leave before an instant (UTC), and why."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Go:
    """The text leaves now: with these words where it is a template, useful until an instant (UTC)."""

    wording: Wording | None
    expires_at: datetime | None


def judge(row: Mapping[str, Any], now: datetime, *, stopped: bool) -> Go | End | Later:
    """Decide about one text; `row` is what gate_reads.py read, `stopped` whether its recipient unsubscribed."""
    kind = row["kind"]
    if kind == Kind.CONSENT_REPLY:
        late = now > row["created_at"] + OPT_OUT_CONFIRMATION
        return End(Status.EXPIRED, "a confirmation of STOP leaves within five minutes") if late else Go(None, None)
    if stopped:
        return End(Status.BLOCKED, "the person unsubscribed")
    if row["number_deleted_at"] is not None:
        return End(Status.CANCELLED, "its number was deleted")
    if row["stopped_reason"] is not None:
        # Due still: nothing of a stopped number is claimed, and all of it leaves once its token is right again.
        return Later(now, "the carrier refused the number's credentials")
    expires_at = row["expires_at"]
    if is_of_a_visit(row):
        if (ended := _visit_forbids(row, now)) is not None:
            return ended
        expires_at = row["starts_at"]
    if is_automatic(row) and cannot_be_reached(row):
        return End(Status.CANCELLED, UNREACHABLE)
    if expires_at is not None and expires_at <= now:
        return End(Status.EXPIRED, "too late to be useful")
    if kind != Kind.REPLY and row["held_since"] is not None:
        return Later(now + HELD_LOOK, "the number may be somebody else's: held until staff clear it")
    if keeps_hours(row):
        allowed = next_allowed(row, now)
        if allowed > now:
            return Later(allowed, SENDING_HOURS)
    wording = word(row) if row["template"] is not None else None
    if wording is not None and len(wording.text) > LONGEST_TEXT:
        return End(Status.FAILED, "over 1600 characters once rendered", TOO_LONG)
    return Go(wording, expires_at)


def keeps_hours(row: Mapping[str, Any]) -> bool:
    """Tell whether a text leaves within sending hours only: it was asked for at an instant, and is no answer."""
    return row["due_at"] is not None and not row["any_hour"] and row["kind"] != Kind.REPLY


def is_of_a_visit(row: Mapping[str, Any]) -> bool:
    """Tell whether a text is about a visit and sent by itself, so that it goes with the visit."""
    return is_automatic(row) and row["appointment_id"] is not None


def _visit_forbids(row: Mapping[str, Any], now: datetime) -> End | None:
    if row["kind"] == Kind.CANCELLATION:
        if row["visit_status"] != Visit.CANCELLED:
            return End(Status.CANCELLED, "the appointment is on again")
        return End(Status.EXPIRED, "the visit would have started") if row["starts_at"] <= now else None
    if row["visit_status"] == Visit.CANCELLED:
        return End(Status.CANCELLED, "the appointment was cancelled")
    if row["starts_at"] <= now or row["visit_status"] != Visit.SCHEDULED:
        return End(Status.EXPIRED, "the visit has started")
    if row["kind"] != Kind.REMINDER:
        return None
    if row["confirmation"] in HOLDS_TEXTS:
        return End(Status.CANCELLED, f"the person answered: {row['confirmation'].replace('_', ' ')}")
    if not confirmation_fits(row["only_if"], row["confirmation"]):
        return End(Status.CANCELLED, f"sent only if {' or '.join(row['only_if'])}; it is {row['confirmation']}")
    return None


def cannot_be_reached(row: Mapping[str, Any]) -> bool:
    """Tell whether a text goes to its contact's own number, and that takes no texts."""
    return row.get("reachability") in TAKES_NO_TEXTS and row["to_number"] == row["contact_number"]


def confirmation_fits(only_if: Sequence[str] | None, confirmation: str) -> bool:
    """Tell whether a reminder with these conditions is for an appointment that stands so."""
    if not only_if:
        return True
    named = {"pending" if word == "unconfirmed" else word for word in only_if}
    return confirmation in named
