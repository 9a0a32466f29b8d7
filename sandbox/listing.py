"""The list of messages as Twilio pages and filters it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import inf
from typing import NamedTuple
from urllib.parse import urlencode

from sandbox.errors import TwilioError
from sandbox.messages import Message, Messages
from sandbox.shapes import JSON, message_json, messages_uri

_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent<=", "DateSent>", "DateSent>=")
"""Twilio's filters read `DateSent<=…` and `DateSent>=…`: the `=` is usually the query's own."""


class Page(NamedTuple):
    """Which stretch of the list is wanted. The token names a message: `PA` after it, `PB` before it."""

    size: int
    number: int
    token: str


def list_json(
    messages: Messages, account_sid: str, query: Mapping[str, str], visible: Callable[[Message], bool]
) -> JSON:
    """A page of an account's messages, newest first.

    A text without a DateSent (not sent yet) matches no filter on it. visible: leaves messages out.
    Raises TwilioError 20001 for a filter or page that cannot be read.
    """
    page = _page(query)
    wanted = _sent_filter(query)
    older = _sequence(messages, page.token, "PA")
    newer = _sequence(messages, page.token, "PB")
    found = messages.newest(
        account_sid,
        to=query.get("To") or None,
        from_=query.get("From") or None,
        wanted=lambda message: visible(message) and wanted(message),
        older_than=older,
        newer_than=newer,
        offset=0 if page.token else page.number * page.size,
        limit=page.size + 1,
    )
    # One more than asked for tells whether the list goes on; backwards it does, for we came from there.
    if newer is None:
        found, more = found[: page.size], len(found) > page.size
    else:
        found, more = found[-page.size :], True
    return _page_json(account_sid, query, page, found, more)


def _page_json(account_sid: str, query: Mapping[str, str], page: Page, found: list[Message], more: bool) -> JSON:
    def uri(number: int, token: str = "") -> str:
        fields = {name: query[name] for name in _FILTERS if name in query}
        fields |= {"PageSize": str(page.size), "Page": str(number)}
        if token:
            fields["PageToken"] = token
        return f"{messages_uri(account_sid)}?{urlencode(fields)}"

    start = page.number * page.size
    return {
        "first_page_uri": uri(0),
        "end": start + max(len(found) - 1, 0),
        "previous_page_uri": uri(page.number - 1, "PB" + found[0].sid) if page.number and found else None,
        "messages": [message_json(message) for message in found],
        "uri": uri(page.number, page.token),
        "page_size": page.size,
        "start": start,
        "next_page_uri": uri(page.number + 1, "PA" + found[-1].sid) if more and found else None,
        "page": page.number,
    }


def _page(query: Mapping[str, str]) -> Page:
    try:
        size = int(query.get("PageSize", "50"))
        number = int(query.get("Page", "0"))
    except ValueError:
        raise TwilioError(20001, "PageSize and Page must be numbers") from None
    if size < 1 or number < 0:
        raise TwilioError(20001, "PageSize must be 1 or more, and Page 0 or more")
    return Page(min(size, 1000), number, query.get("PageToken", ""))


def _sequence(messages: Messages, token: str, direction: str) -> int | None:
    if not token.startswith(direction):
        if token and token[:2] not in ("PA", "PB"):
            raise TwilioError(20001, "PageToken is none of this list's")
        return None
    message = messages.get(token[2:])
    if message is None:
        raise TwilioError(20001, "PageToken is none of this list's")
    return message.sequence


def _sent_filter(query: Mapping[str, str]) -> Callable[[Message], bool]:
    earliest, latest = -inf, inf
    for name in _FILTERS[2:]:
        if not query.get(name):
            continue
        start, end = _span(query[name])
        if not name.startswith("DateSent<"):
            earliest = max(earliest, start)
        if not name.startswith("DateSent>"):
            latest = min(latest, end - 1 if name == "DateSent" else start)
    if earliest == -inf and latest == inf:
        return lambda message: True
    return lambda message: message.sent is not None and earliest <= int(message.sent) <= latest


def _span(text: str) -> tuple[int, int]:
    """The seconds a `DateSent` covers: a day in UTC, or the one second of an instant."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioError(20001, "DateSent must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, in UTC") from None
    start = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return start, start + (86_400 if len(text) <= 10 else 1)
