"""One signed request from the carrier to an application."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from yarl import URL

from sandbox.signature import HEADER, sign

log = logging.getLogger(__name__)

TIMEOUT: Final = 15.0
"""Seconds Twilio waits for an application's answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application answered."""

    status: int
    body: bytes


class Webhooks:
    """Sends signed forms to applications, over one pool of connections."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: ClientSession | None = None

    def open(self) -> None:
        """Make the pool, in the running event loop."""
        self._session = ClientSession(
            connector=TCPConnector(limit=self._connections),
            timeout=ClientTimeout(total=TIMEOUT),
            headers={"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"},
            cookie_jar=DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, url: str, fields: Mapping[str, str], token: str, method: str = "POST") -> Answer | None:
        """Send a signed form and give the answer, or None if there was none.

        A failed connection is tried once more, with the same `I-Twilio-Idempotency-Token`, as Twilio
        does; a timeout is not. Redirects are not followed.
        """
        url = _as_requested(url)
        if method == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
            fields = {}
        headers = {
            HEADER: sign(token, url, fields),
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        body = urlencode(fields).encode() if method == "POST" else None
        try:
            try:
                return await self._once(method, url, body, headers)
            except ClientConnectionError:
                return await self._once(method, url, body, headers)
        except (ClientError, InvalidURL, TimeoutError) as trouble:
            log.warning("no answer from the application's webhook: %s", type(trouble).__name__)
            return None

    async def _once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        # encoded=True: the application must see, to the letter, the address that was signed
        target = URL(url, encoded=True)
        if self._session is None:
            raise RuntimeError("the sandbox carrier is not running")
        async with self._session.request(
            method, target, data=body, headers=headers, allow_redirects=False
        ) as response:
            answer = await response.read()
            if response.status >= 400:
                log.warning("the application answered its webhook with %d", response.status)
            return Answer(response.status, answer)


def _as_requested(url: str) -> str:
    """The URL as the application sees it asked for: with a path, without a fragment or a bare `?`."""
    scheme, host, path, query, _ = urlsplit(url)
    return urlunsplit((scheme, host, path or "/", query, ""))
