"""Twilio: the only file that knows it. The sandbox is the same protocol at another address.

The SDK's async client is used for its authentication and its requests, but the raw answer is read here: the SDK
raises the same exception for a gateway's page and for Twilio's own error, and the difference decides whether a
text may be sent again.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from messaging.carriers.outcome import (
    Listed,
    ListingFailed,
    NotTaken,
    Outcome,
    Unanswered,
    Unreachable,
    WrongCredentials,
)
from messaging.carriers.twilio_answers import json_object, listed_message, read_answer

TWILIO_API_URL = "https://api.twilio.com"
ANSWER_SECONDS = 10
CONNECT_SECONDS = 3
PAGE_SIZE = 1000
MOST_PAGES = 200
LONGEST_VALIDITY = 36_000
# Idle connections are dropped before the carrier's gateway does: a text written to one that the other side has
# just closed has no answer and must be reconciled.
KEEP_ALIVE_SECONDS = 2


class Credentials(NamedTuple):
    """A carrier account: its SID and its auth token."""

    account_sid: str
    token: str


class TwilioCarrier:
    """A carrier that speaks Twilio's protocol, with one HTTP session for the life of the process."""

    def __init__(self, api_url: str = TWILIO_API_URL, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        """api_url: the base address, without the version. answer_seconds: how long an answer is waited for."""
        self.api_url = api_url.rstrip("/")
        self.answer_seconds = answer_seconds
        self._http: AsyncTwilioHttpClient | None = None
        self._clients: OrderedDict[Credentials, Client] = OrderedDict()

    async def create(
        self,
        credentials: Credentials,
        *,
        to: str,
        from_: str,
        body: str,
        status_callback: str,
        validity_seconds: int | None = None,
    ) -> Outcome:
        """Hand a text over, once. Never raises for what the network or the carrier does.

        validity_seconds: how long the carrier may hold it before it is too late (bounded by the carrier's limits).
        """
        form: dict[str, object] = {"To": to, "From": from_, "Body": body, "StatusCallback": status_callback}
        if validity_seconds is not None:
            form["ValidityPeriod"] = max(1, min(LONGEST_VALIDITY, validity_seconds))
        try:
            answer = await self._request(credentials, "POST", "Messages.json", data=form)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # Nothing was written before there was a connection.
            return NotTaken(code=None) if _never_connected(error) else Unanswered(type(error).__name__)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Unanswered(type(error).__name__)
        return read_answer(answer)

    async def list_messages(
        self,
        credentials: Credentials,
        *,
        since: datetime,
        to: str | None = None,
        from_: str | None = None,
    ) -> list[Listed]:
        """Return the carrier's messages made since an instant (UTC), read to the end of the list, newest first.

        The list is not filtered by `DateSent`, which is empty while a text is queued; reading stops where the
        messages are older than `since`. Raises ListingFailed.
        """
        found: list[Listed] = []
        params: dict[str, object] = {"PageSize": PAGE_SIZE}
        if to is not None:
            params["To"] = to
        if from_ is not None:
            params["From"] = from_
        path = "Messages.json"
        for _ in range(MOST_PAGES):
            page = await self._page(credentials, path, params)
            items = [listed_message(item) for item in page["messages"]]
            found += [item for item in items if to in (None, item.to_number) and from_ in (None, item.from_number)]
            following = self._next_path(page.get("next_page_uri"))
            oldest = min((item.created_at for item in items), default=since)
            if following is None or oldest < since - timedelta(hours=1):
                return found
            path, params = following, {}
        raise ListingFailed(f"the carrier's list goes on after {MOST_PAGES} pages")

    async def find_number(self, credentials: Credentials, phone_number: str) -> str | None:
        """Return the SID of a number of this account, or None. Raises WrongCredentials, Unreachable."""
        answer = await self._ask(
            credentials, "GET", "IncomingPhoneNumbers.json", params={"PhoneNumber": phone_number}
        )
        for item in answer.get("incoming_phone_numbers", []):
            if isinstance(item, dict) and item.get("phone_number") == phone_number:
                return str(item["sid"])
        return None

    async def point_webhook(self, credentials: Credentials, number_sid: str, url: str) -> None:
        """Make a number's inbound texts arrive at `url`. Raises WrongCredentials, Unreachable."""
        await self._ask(
            credentials,
            "POST",
            f"IncomingPhoneNumbers/{number_sid}.json",
            data={"SmsUrl": url, "SmsMethod": "POST"},
        )

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._http is not None:
            await self._http.close()
            self._http = None
        self._clients.clear()

    async def _ask(
        self,
        credentials: Credentials,
        method: str,
        path: str,
        *,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
    ) -> dict[str, Any]:
        try:
            answer = await self._request(credentials, method, path, params=params, data=data)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unreachable(f"the carrier did not answer ({type(error).__name__})") from error
        # Twilio answers 404 to an account that is not there, 401 to a wrong token.
        if answer.status_code in (401, 403, 404):
            raise WrongCredentials(f"the carrier answered {answer.status_code}")
        content = json_object(answer.text)
        if not 200 <= answer.status_code < 300 or content is None:
            raise Unreachable(f"the carrier answered {answer.status_code}")
        return content

    async def _page(self, credentials: Credentials, path: str, params: dict[str, object]) -> dict[str, Any]:
        try:
            answer = await self._request(credentials, "GET", path, params=params or None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ListingFailed(f"the carrier's list did not answer ({type(error).__name__})") from error
        content = json_object(answer.text)
        if answer.status_code != 200 or content is None or not isinstance(content.get("messages"), list):
            raise ListingFailed(f"the carrier's list answered {answer.status_code}")
        return content

    def _next_path(self, uri: object) -> str | None:
        """Return the part of a `next_page_uri` after the account's address."""
        if not isinstance(uri, str) or not uri:
            return None
        parts = urlsplit(uri)
        path = parts.path.split("/Accounts/", 1)[-1].split("/", 1)[-1]
        return f"{path}?{parts.query}" if parts.query else path

    async def _request(
        self,
        credentials: Credentials,
        method: str,
        path: str,
        *,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
    ) -> Response:
        client = self._client(credentials)
        url = f"{self.api_url}/2010-04-01/Accounts/{credentials.account_sid}/{path}"
        return await client.request_async(method, url, params=params, data=data)

    def _client(self, credentials: Credentials) -> Client:
        client = self._clients.get(credentials)
        if client is None:
            client = Client(credentials.account_sid, credentials.token, http_client=self._session())
            # TWILIO_EDGE and TWILIO_REGION of the environment would rewrite the address we were given.
            client.edge = client.region = None
            self._clients[credentials] = client
            if len(self._clients) > 1000:
                self._clients.popitem(last=False)
        return client

    def _session(self) -> AsyncTwilioHttpClient:
        if self._http is None:
            http = AsyncTwilioHttpClient(pool_connections=False)
            http.session = _TimedSession(  # type: ignore[assignment]  # the client asks no more of a session
                aiohttp.ClientSession(
                    timeout=aiohttp.ClientTimeout(total=self.answer_seconds, sock_connect=CONNECT_SECONDS),
                    connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
                )
            )
            self._http = http
        return self._http


def signature_is_right(token: str, url: str, form: dict[str, list[str]], signature: str) -> bool:
    """Tell whether a webhook was signed with this token, for exactly this address and form.

    Source: Twilio, "Webhooks security": HMAC-SHA1 over the address and the sorted parameters; the port may or
    may not be part of the address it signed.
    """
    return bool(RequestValidator(token).validate(url, _Form(form), signature))


class _TimedSession:
    """A session whose own time limits hold: the SDK's client asks each request to have none."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(self, method: str, url: str, **options: Any) -> aiohttp.ClientResponse:
        """Send a request, within the session's limits unless it names others."""
        if options.get("timeout") is None:
            options.pop("timeout", None)
        return await self._session.request(method, url, **options)

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()


class _Form(dict[str, list[str]]):
    """A form with repeated names, in the shape the SDK's validator asks for."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def _never_connected(error: aiohttp.ClientError | TimeoutError) -> bool:
    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
