"""Where webhooks may go: not into our own network, whatever a name says and when."""

import socket

import pytest
from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from models.errors import Invalid
from tests.webhooks.receiver import Receiver
from webhooks.addresses import check_url, is_private
from webhooks.post import Poster

NAMES = {
    "public.example": ["93.184.215.14"],
    "private.example": ["10.0.0.5"],
    "both.example": ["93.184.215.14", "127.0.0.1"],
    "loopback6.example": ["::1"],
    "metadata.example": ["169.254.169.254"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The names that can be looked up."""
    known = {name: list(addresses) for name, addresses in NAMES.items()}

    async def resolve(
        self: ThreadedResolver, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host not in known:
            raise socket.gaierror("no such name")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in known[host]
        ]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    return known


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_addresses_that_are_not_of_the_public_internet_are_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_public_internet_are_not(address: str) -> None:
    assert not is_private(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:8000/hook",
        "https://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
        "https://private.example/hook",
        "https://both.example/hook",
        "https://loopback6.example/",
        "http://2130706433/",
        "http://127.1/",
        "ftp://public.example/",
        "public.example/hook",
        "https://",
        "https:///hook",
        "https://public.example:99999/",
        "https://public.example:0/",
        "https://us er.example/",
        "https://user:secret@public.example/",
        "https://public.example/#there",
        "https://xn--0.example/\n",
        "javascript:alert(1)",
    ],
)
async def test_an_address_that_may_not_be_is_refused_at_save(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await check_url(url, allow_private=False)
    assert (refused.value.code, refused.value.param) == ("invalid_parameter", "url")
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "url",
    [
        "https://public.example/hook",
        "http://public.example:8080/a?b=c",
        "https://not-yet.example/",
        "https://8.8.8.8/",
    ],
)
async def test_a_public_address_is_taken_also_one_whose_name_is_not_known_yet(url: str) -> None:
    await check_url(url, allow_private=False)


async def test_private_addresses_are_taken_where_the_settings_allow_them() -> None:
    await check_url("http://127.0.0.1:9/", allow_private=True)
    with pytest.raises(Invalid):
        await check_url("ftp://127.0.0.1/", allow_private=True)


@pytest.mark.parametrize("name", ["private.example", "both.example", "metadata.example"])
async def test_a_name_that_became_private_after_it_was_saved_gets_nothing(
    name: str, names: dict[str, list[str]], receiver: Receiver
) -> None:
    addresses, names[name] = names[name], ["93.184.215.14"]
    await check_url(f"http://{name}/", allow_private=False)
    names[name] = addresses
    poster = Poster()
    try:
        outcome = await poster.post(f"http://{name}/hook", b"{}", {})
    finally:
        await poster.close()
    assert (outcome.status, outcome.error) == (None, "the address is private")


async def test_a_name_of_the_loopback_reaches_nothing(names: dict[str, list[str]], receiver: Receiver) -> None:
    port = receiver.url.rpartition(":")[2]
    names["rebound.example"] = ["127.0.0.1"]
    strict, free = Poster(), Poster(allow_private=True)
    try:
        assert not (await strict.post(f"http://rebound.example:{port}", b"{}", {})).delivered
        assert not (await strict.post(receiver.url, b"{}", {})).delivered
        assert receiver.posted == []
        assert (await free.post(f"http://rebound.example:{port}", b"{}", {})).delivered
    finally:
        await strict.close()
        await free.close()
    assert len(receiver.posted) == 1


async def test_a_name_that_cannot_be_looked_up_is_said_so() -> None:
    poster = Poster()
    try:
        outcome = await poster.post("http://nowhere.example/", b"{}", {})
    finally:
        await poster.close()
    assert outcome.error == "the name of the host cannot be looked up"
