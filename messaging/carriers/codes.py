"""Twilio's error codes worth telling apart: what each means, and what the person reading should do.

Source: Twilio's list of error and warning codes. `reachability` is what a code proves about the person's number
at once; faults of the sender prove nothing about the person. `staff` asks that somebody looks.
"""

from dataclasses import dataclass

from models.contact import Reachability

WRONG_CREDENTIALS = "20003"
OPTED_OUT = "21610"
NOT_REGISTERED = "30034"
PHONE_OFF = "30003"
TOO_LONG = "message_too_long"


@dataclass(frozen=True)
class CarrierCode:
    """What a code means, what to do, and what it proves."""

    meaning: str
    advice: str
    reachability: Reachability | None = None
    staff: bool = False


_UNKNOWN = CarrierCode(
    "The carrier refused or lost this text.", "Look the code up in the carrier's list of error codes."
)

CODES: dict[str, CarrierCode] = {
    "20003": CarrierCode(
        "The carrier does not accept this number's account SID and token.",
        "Enter the right token with PATCH /v1/phone-numbers; sending then goes on by itself.",
        staff=True,
    ),
    "20404": CarrierCode("The carrier does not know this account.", "Check the account SID.", staff=True),
    "20429": CarrierCode("The carrier takes no more requests just now.", "Nothing: it is tried again."),
    "20500": CarrierCode("The carrier has trouble of its own.", "Nothing: it is tried again."),
    "20503": CarrierCode("The carrier is not available.", "Nothing: it is tried again."),
    "21211": CarrierCode(
        "This is not a phone number.", "Ask the person for the right one.", Reachability.INVALID_NUMBER
    ),
    "21217": CarrierCode(
        "This is not a phone number.", "Ask the person for the right one.", Reachability.INVALID_NUMBER
    ),
    "21408": CarrierCode(
        "The carrier's account may not text this country.",
        "Enable the country in the carrier's geographic permissions.",
        staff=True,
    ),
    "21602": CarrierCode("The text is empty.", "Give it words."),
    "21606": CarrierCode(
        "This sender is not the account's, or cannot send texts.", "Import a number of this account.", staff=True
    ),
    "21610": CarrierCode("The person has opted out at the carrier.", "Nothing may be sent until they text START."),
    "21611": CarrierCode("The sender's queue at the carrier is full.", "Nothing: it is tried again in minutes."),
    "21612": CarrierCode(
        "The carrier cannot send from this number to that one.", "Send from another number.", staff=True
    ),
    "21614": CarrierCode(
        "This number cannot take texts; it is probably a landline.",
        "Call, or ask for a mobile number.",
        Reachability.LANDLINE,
    ),
    "21617": CarrierCode("The text is over 1600 characters.", "Shorten it."),
    "21635": CarrierCode("This number is a landline.", "Call, or ask for a mobile number.", Reachability.LANDLINE),
    "21659": CarrierCode("This sender is not a number of the account.", "Import a number of it.", staff=True),
    "21660": CarrierCode("The sender belongs to another carrier account.", "Check the account SID.", staff=True),
    "30001": CarrierCode(
        "The carrier's queue overflowed before the text left.", "Send more slowly; resend it if it still matters."
    ),
    "30002": CarrierCode("The carrier has suspended the account.", "Speak with the carrier.", staff=True),
    "30003": CarrierCode(
        "The phone is off or out of reach.", "Nothing yet: it may be on again; call if it matters today."
    ),
    "30004": CarrierCode("The person or their carrier blocks this sender.", "Call the person."),
    "30005": CarrierCode(
        "The number is not in service.", "Ask the person for the right one.", Reachability.UNREACHABLE
    ),
    "30006": CarrierCode(
        "The number is a landline or cannot be reached by text.",
        "Call, or ask for a mobile number.",
        Reachability.LANDLINE,
    ),
    "30007": CarrierCode(
        "A carrier filtered the text as unwanted.",
        "Change its wording; check the sender's registration.",
        staff=True,
    ),
    "30008": CarrierCode("The carrier lost the text and does not say why.", "Resend it if it still matters."),
    "30034": CarrierCode(
        "This US number is not registered for A2P 10DLC.",
        "Register it with the carrier, then set a2p_registered to true.",
        staff=True,
    ),
    "30036": CarrierCode("The text was too late to be useful and was dropped.", "Nothing."),
    TOO_LONG: CarrierCode("The text is over 1600 characters once its variables are filled.", "Shorten it."),
}


def explain(code: str | None) -> str | None:
    """Return what a code means and what to do, in two sentences."""
    if code is None:
        return None
    entry = CODES.get(code, _UNKNOWN)
    return f"{entry.meaning} {entry.advice}"


def code_entry(code: str | None) -> CarrierCode:
    """Return the table's entry of a code; one that is not in it proves nothing."""
    return CODES.get(code or "", _UNKNOWN)
