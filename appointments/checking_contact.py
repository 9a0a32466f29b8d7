"""Checking what a caller says of a contact."""

from babel import Locale, UnknownLocaleError

from appointments.faults import Wrongs
from appointments.fields import ContactFields
from messaging import phone_numbers
from messaging.local_time import zone

LONGEST_ID = 255
LONGEST_NAME = 200


def checked_contact(fields: ContactFields, wrongs: Wrongs, *, new: bool) -> ContactFields:
    """Return the fields of a contact with their values made sense of; what is wrong is noted.

    new: it may be somebody not known yet, so it must say who.
    """
    checked = ContactFields()
    if new and not any(fields.get(name) for name in ("external_id", "name", "phone_number")):
        wrongs.add("name", "is required, or a phone_number or an external_id")
    if "external_id" in fields:
        checked["external_id"] = wrongs.text("external_id", fields["external_id"], LONGEST_ID)
    if "name" in fields:
        name = wrongs.text("name", fields["name"], LONGEST_NAME)
        checked["name"] = " ".join(name.split()) if name else None
    if "phone_number" in fields:
        checked["phone_number"] = _phone_number(fields["phone_number"], wrongs)
    if "timezone" in fields:
        checked["timezone"] = fields["timezone"]
        if (named := fields["timezone"]) is not None:
            wrongs.tried("timezone", lambda: zone(named), "invalid_timezone")
    if "language" in fields:
        checked["language"] = _language(fields["language"], wrongs)
    if "metadata" in fields:
        checked["metadata"] = fields["metadata"]
    return checked


def _phone_number(written: str | None, wrongs: Wrongs) -> str | None:
    if written is None or not written.strip():
        return None
    return wrongs.tried("phone_number", lambda: phone_numbers.parse(written.strip()), "invalid_phone_number")


def _language(written: str | None, wrongs: Wrongs) -> str | None:
    if written is None:
        return None
    try:
        if len(written) > 20:
            raise UnknownLocaleError(written[:20])
        Locale.parse(written, sep="-")
    except (ValueError, UnknownLocaleError):
        wrongs.add("language", "must be a language, such as en or es-MX")
        return None
    return written
