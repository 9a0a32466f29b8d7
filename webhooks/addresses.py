"""Where webhooks may go: addresses of the public internet, unless the settings allow private ones.

A name is looked up when it is saved, and again at every new connection, which then goes to the addresses that were
checked: a name that changes its mind in between (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from models.errors import Invalid

LONGEST_URL = 2000
LOOKUP_SECONDS = 3.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PrivateAddress(OSError):
    """An address that webhooks may not go to."""


class CheckedResolver(AbstractResolver):
    """Looks names up and lets no private address through."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._lookup = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return a name's addresses. Raises PrivateAddress where any of them is private, OSError without one."""
        found = await self._lookup.resolve(host, port, family)
        if not self._allow_private and any(is_private(one["host"]) for one in found):
            raise PrivateAddress(f"{host} is at a private address")
        return found

    async def close(self) -> None:
        """Nothing is held."""


def is_private(address: str) -> bool:
    """Tell whether an IP address is not one of the public internet, also inside an address that embeds it."""
    return _is_private(ipaddress.ip_address(address.partition("%")[0]))


def literal_address(url: URL) -> str | None:
    """Return the IP address that a URL names itself, or None where it names a host."""
    try:
        return str(ipaddress.ip_address((url.raw_host or "").partition("%")[0]))
    except ValueError:
        return None


async def check_url(text: str, *, allow_private: bool, param: str = "url") -> None:
    """Check an address that events shall be posted to. Raises Invalid, which names `param`.

    A name that cannot be looked up now is taken: it may be put into service later, and is checked again then.
    """
    url = _read(text, param)
    if allow_private:
        return
    address = literal_address(url)
    found = [address] if address is not None else await _lookup(url)
    if any(is_private(one) for one in found):
        raise _refused(
            param,
            "must not lead to a private, loopback or link-local address; for development,"
            " SHOWUP_WEBHOOK_ALLOW_PRIVATE=true allows it",
        )


def _read(text: str, param: str) -> URL:
    wanted = "must be a web address, such as https://example.com/showup"
    if len(text) > LONGEST_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise _refused(param, wanted)
    try:
        url = URL(text)
        usable = url.scheme in ("http", "https") and bool(url.host) and bool(url.port)
    except ValueError:
        raise _refused(param, wanted) from None
    if not usable:
        raise _refused(param, wanted)
    if url.raw_user is not None or url.raw_password is not None or url.raw_fragment:
        raise _refused(param, "must have no user name, no password and no fragment: deliveries are signed instead")
    host = url.raw_host or ""
    if literal_address(url) is None and host.replace(".", "").isdecimal():
        raise _refused(param, wanted)
    return url


async def _lookup(url: URL) -> list[str]:
    resolver = ThreadedResolver()
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            found = await resolver.resolve(url.raw_host or "", url.port or 0, socket.AF_UNSPEC)
    except (OSError, UnicodeError):
        return []
    return [one["host"] for one in found]


def _is_private(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_private(inner)
        if address.teredo is not None:
            return True
    return not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified


def _refused(param: str, message: str) -> Invalid:
    return Invalid("invalid_parameter", f"{param} {message}.", param=param)
