"""The page's words for what is stored: plain ones, that a receptionist would use."""

from collections.abc import Mapping
from dataclasses import dataclass

from appointments.day import Tally
from messaging.carriers.codes import explain
from models.appointment import Appointment, Confirmation, Visit
from models.attention import Reason
from models.contact import Reachability
from models.message import Direction, Message, Status


@dataclass(frozen=True, slots=True)
class Badge:
    """Where a visit stands: words, a mark for those who do not see colours, and the name of its colour."""

    words: str
    mark: str
    tone: str


CONFIRMATIONS: Mapping[Confirmation, Badge] = {
    Confirmation.PENDING: Badge("No answer yet", "…", "waiting"),
    Confirmation.CONFIRMED: Badge("Confirmed", "✓", "good"),
    Confirmation.DECLINED: Badge("Cannot come", "✕", "bad"),
    Confirmation.RESCHEDULE_REQUESTED: Badge("Wants another time", "↻", "change"),
    Confirmation.UNREACHABLE: Badge("Cannot be reached", "!", "bad"),
}
VISITS: Mapping[Visit, Badge] = {
    Visit.ARRIVED: Badge("Arrived", "→", "here"),
    Visit.COMPLETED: Badge("Done", "✓", "over"),
    Visit.CANCELLED: Badge("Cancelled", "–", "over"),
    Visit.NO_SHOW: Badge("Did not come", "✕", "over"),
}

COUNTED: Mapping[Confirmation, str] = {
    Confirmation.CONFIRMED: "confirmed",
    Confirmation.PENDING: "no answer yet",
    Confirmation.DECLINED: "cannot come",
    Confirmation.RESCHEDULE_REQUESTED: "want another time",
    Confirmation.UNREACHABLE: "cannot be reached",
}

REASONS: Mapping[Reason, str] = {
    Reason.UNCLEAR_REPLY: "The reply was not understood.",
    Reason.QUESTION: "There is a question that only you can answer.",
    Reason.RESCHEDULE_REQUESTED: "Wants another time.",
    Reason.CHANGED_MIND: "Changed their mind and comes after all.",
    Reason.MAY_WANT_TO_CANCEL: "May want to cancel the visit: the word they sent also stops our texts.",
    Reason.LATE_REPLY: "Replied after the visit had begun, or was over.",
    Reason.REPLY_AFTER_RELEASE: "Said yes after the time had been given up.",
    Reason.OUTSIDE_REPLY_WINDOW: "Wrote outside the hours in which texts are answered.",
    Reason.RUNNING_LATE: "Will be late.",
    Reason.WRONG_NUMBER: "Says this is the wrong number. Texts to it wait until you correct the number.",
    Reason.UNREACHABLE: "Texts do not reach them. Call, or ask for another number.",
    Reason.CONFIRMATION_OVERDUE: "Has not answered in time.",
    Reason.OPTED_OUT: "Has stopped our texts.",
    Reason.MAY_WANT_TO_OPT_OUT: "May want no more texts.",
    Reason.EMERGENCY_WORDS: "The text speaks of an emergency. Call them now.",
    Reason.AGENT_FAILED: "The text was answered by the simple rules, since the agent did not work.",
    Reason.REMINDER_SKIPPED: "A reminder was not sent.",
    Reason.CARRIER_TROUBLE: "The phone company has a problem with your number.",
    Reason.WEBHOOK_DISABLED: "Your other system has taken no news from us for three days; it gets none now.",
}

REACHABILITY: Mapping[Reachability, str] = {
    Reachability.NO_PHONE: "No phone number",
    Reachability.INVALID_NUMBER: "Not a valid phone number",
    Reachability.LANDLINE: "Landline: takes no texts",
    Reachability.UNREACHABLE: "Phone cannot be reached",
    Reachability.WRONG_NUMBER: "Wrong number",
    Reachability.UNSUBSCRIBED: "Has stopped our texts",
}

SENT: Mapping[Status, str] = {
    Status.SCHEDULED: "planned",
    Status.QUEUED: "waiting to be sent",
    Status.SENDING: "being sent",
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.UNDELIVERED: "not delivered",
    Status.FAILED: "could not be sent",
    Status.UNKNOWN: "perhaps sent: the phone company has not answered",
    Status.CANCELLED: "withdrawn before it was sent",
    Status.EXPIRED: "not sent: it was too late for it",
    Status.BLOCKED: "not sent: they have stopped our texts",
    Status.RECEIVED: "received",
}
IN_TROUBLE = frozenset({Status.UNDELIVERED, Status.FAILED, Status.EXPIRED, Status.BLOCKED, Status.UNKNOWN})

INTENTS: Mapping[str, str] = {
    "confirm": "Yes, comes",
    "decline": "No, cannot come",
    "reschedule": "Wants another time",
    "question": "A question",
    "running_late": "Will be late",
    "thanks": "Thanks",
    "wrong_number": "Wrong number",
    "opt_out": "Wants no more texts",
    "opt_in": "Wants texts again",
    "help": "Asks for help",
    "other": "Not understood",
}


def badge(appointment: Appointment) -> Badge:
    """Return where a visit stands: what became of it, else what the person has said."""
    return VISITS.get(appointment.status) or CONFIRMATIONS[appointment.confirmation]


def by(who: str | None) -> str:
    """Say who did something, from `confirmation_by` and its like."""
    if who is None:
        return ""
    kind, _, name = who.partition(":")
    return {
        "reply": "by text",
        "api": "by another system",
        "agent": "by the agent",
        "staff": f"by {name}" if name else "by staff",
    }.get(kind, "")


def delivery(message: Message) -> str:
    """Say how a text fared, with what to do where it did not arrive."""
    if message.direction == Direction.INBOUND:
        return INTENTS.get(message.intent or "", SENT[Status.RECEIVED])
    why = explain(message.error_code) if message.status in IN_TROUBLE else None
    return f"{SENT[message.status]}. {why}" if why else SENT[message.status]


def people(number: int) -> str:
    """Say how many visits there are."""
    return "1 visit" if number == 1 else f"{number} visits"


def summary(tally: Tally) -> str:
    """Say in short where a day stands: "5 visits, 3 confirmed"."""
    return f"{people(tally.expected)}, {tally.confirmations.get(Confirmation.CONFIRMED, 0)} confirmed"


def phone(number: str) -> str:
    """Return an E.164 number with spaces, as people read it: "+1 212 555 0123"."""
    if number.startswith("+1") and len(number) == 12:
        return f"+1 {number[2:5]} {number[5:8]} {number[8:]}"
    return number
