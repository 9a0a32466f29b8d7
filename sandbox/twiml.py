"""Reading the TwiML that an application answers an inbound text with."""

from typing import NamedTuple
from xml.etree import ElementTree


class Reply(NamedTuple):
    """A `<Message>` of a TwiML answer; an empty `to` means the person who texted."""

    to: str
    body: str
    media: tuple[str, ...]
    callback_url: str


class InvalidTwiml(ValueError):
    """The answer is not a TwiML document."""


def replies(document: bytes) -> list[Reply]:
    """The messages that a TwiML answer sends; `<Redirect>` and verbs of voice calls are passed over.

    Raises InvalidTwiml where Twilio would log error 12100 or 12200.
    """
    if not document.strip():
        return []
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise InvalidTwiml("a TwiML answer has no document type")
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as fault:
        raise InvalidTwiml(str(fault)) from None
    if root.tag != "Response":
        raise InvalidTwiml("a TwiML answer starts with <Response>")
    return [_reply(element) for element in root if element.tag in ("Message", "Sms")]


def _reply(element: ElementTree.Element) -> Reply:
    bodies = element.findall("Body")
    body = "".join(part.text or "" for part in bodies) if bodies else (element.text or "")
    return Reply(
        to=element.get("to", ""),
        body=body.strip(),
        media=tuple((part.text or "").strip() for part in element.findall("Media")),
        callback_url=element.get("statusCallback", ""),
    )
