"""Posting one event to one address: ten seconds, no redirects, and little of the answer is read."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from webhooks.addresses import CheckedResolver, PrivateAddress, is_private, literal_address

LIMIT_SECONDS = 10.0
# Of an answer only its status matters; reading a little of it lets the connection be used again.
MOST_READ = 4096
CONNECTIONS = 200
USER_AGENT = "Showup-Webhooks/1"


@dataclass(frozen=True)
class Outcome:
    """What came of a post: the answer's status, if there was one, and in words what went wrong, if anything."""

    status: int | None = None
    error: str | None = None

    @property
    def delivered(self) -> bool:
        """Tell whether the receiver took it."""
        return self.error is None


class Poster:
    """Posts to receivers over connections that are kept. `allow_private`: also to addresses of this network."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self.allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post a JSON body; never raises for what a receiver does."""
        target = URL(url)
        address = literal_address(target)
        if not self.allow_private and address is not None and is_private(address):
            return Outcome(error="the address is private")
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                return await self._answer(target, content, headers)
        except TimeoutError:
            return Outcome(error=f"no answer within {LIMIT_SECONDS:.0f} s")
        except aiohttp.ClientConnectorError as error:
            return Outcome(error=_connection_error(error))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Outcome(error=f"the connection failed ({type(error).__name__})")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _answer(self, url: URL, content: bytes, headers: Mapping[str, str]) -> Outcome:
        given = {"Content-Type": "application/json", "User-Agent": USER_AGENT, **headers}
        async with self._opened().post(url, data=content, headers=given, allow_redirects=False) as response:
            await response.content.read(MOST_READ)
            if 200 <= response.status < 300:
                return Outcome(response.status)
            if 300 <= response.status < 400:
                return Outcome(response.status, f"answered {response.status}; redirects are not followed")
            return Outcome(response.status, f"answered {response.status}")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=CheckedResolver(allow_private=self.allow_private),
                    use_dns_cache=False,
                    limit=CONNECTIONS,
                ),
                timeout=aiohttp.ClientTimeout(total=LIMIT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                # What is compressed could be anything when it is not.
                auto_decompress=False,
            )
        return self._session


def _connection_error(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    if isinstance(cause, PrivateAddress):
        return "the address is private"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the name of the host cannot be looked up"
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError):
        return "the receiver's certificate is not accepted"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    return f"the connection failed ({type(cause).__name__})"
