"""The ledger file: what it holds, that a kill spares it, and that the carrier goes on from it."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException

from sandbox import Account, LedgerUnreadable, Pace, SandboxCarrier
from sandbox.ledger import AccountOpened, Created, Finished, Ledger, NumberAssigned, Received, read
from tests.sandbox.application import Application
from tests.sandbox.conftest import HERS, HIS, OURS, twilio_client, until_final

SLOW = Pace(sent_after=3600, delivered_after=0)
FAST = Pace(sent_after=0, delivered_after=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def open_account(carrier: SandboxCarrier) -> Account:
    """An account with our number, always the same."""
    account = carrier.register_account("AC" + "1" * 32, "token")
    carrier.register_number(account.sid, OURS)
    return account


async def test_every_text_and_its_end_is_a_line(path: Path) -> None:
    async with SandboxCarrier(ledger=path, pace=FAST) as carrier:
        account = open_account(carrier)
        async with twilio_client(carrier, account.sid, account.token) as client:
            sent = await client.messages.create_async(
                to=HERS, from_=OURS, body="Line\nbreak 😀", status_callback="http://127.0.0.1:9/status"
            )
        await until_final(carrier, sent.sid)
        inbound = (await carrier.receive(HERS, OURS, "Stop")).message

    opened, assigned, created, finished, received = read(path)
    assert opened == AccountOpened(account.sid, "token")
    assert isinstance(assigned, NumberAssigned)
    assert assigned.phone_number == OURS
    assert isinstance(created, Created)
    assert (created.sid, created.to, created.from_, created.body, created.status_callback) == (
        sent.sid,
        HERS,
        OURS,
        "Line\nbreak 😀",
        "http://127.0.0.1:9/status",
    )
    assert isinstance(finished, Finished)
    assert (finished.sid, finished.status, finished.error_code) == (sent.sid, "delivered", None)
    assert isinstance(received, Received)
    assert (received.sid, received.from_, received.body, received.opt_out) == (inbound.sid, HERS, "Stop", "STOP")


async def test_only_its_owner_may_read_it(path: Path) -> None:
    async with SandboxCarrier(ledger=path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_carrier_goes_on_where_its_ledger_ends(path: Path) -> None:
    async with SandboxCarrier(ledger=path, pace=FAST) as carrier:
        account = open_account(carrier)
        carrier.faults.add("undelivered", code=30003, times=1)
        async with twilio_client(carrier, account.sid, account.token) as client:
            first = await client.messages.create_async(to=HIS, from_=OURS, body="Hello")
        await until_final(carrier, first.sid)
        stop = (await carrier.receive(HERS, OURS, "STOP")).message

    async with (
        SandboxCarrier(ledger=path, pace=FAST) as carrier,
        twilio_client(carrier, account.sid, account.token) as client,
    ):
        listed = await client.messages.list_async()
        assert [message.sid for message in listed] == [stop.sid, first.sid]
        assert (str(listed[1].status), listed[1].error_code) == ("undelivered", 30003)
        assert listed[1].date_created == first.date_created
        assert listed[1].date_sent is not None
        with pytest.raises(TwilioRestException) as refusal:
            await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
        assert refusal.value.code == 21610
        after = await client.messages.create_async(to=HIS, from_=OURS, body="Again")

    assert [entry.sid for entry in read(path) if isinstance(entry, Created)] == [first.sid, after.sid]


async def test_a_text_left_unfinished_is_finished_and_reported_by_the_next_run(path: Path) -> None:
    async with Application("token") as application:
        async with SandboxCarrier(ledger=path, pace=SLOW) as carrier:
            account = open_account(carrier)
            async with twilio_client(carrier, account.sid, account.token) as client:
                sent = await client.messages.create_async(
                    to=HERS, from_=OURS, body="Hello", status_callback=f"{application.url}/status"
                )

        async with SandboxCarrier(ledger=path, pace=FAST):
            posts = await application.wait_for_count(2)

    assert [post.form["MessageStatus"] for post in posts] == ["sent", "delivered"]
    assert {post.form["MessageSid"] for post in posts} == {sent.sid}
    assert all(post.signed for post in posts)


async def test_registering_what_is_known_adds_no_line(path: Path) -> None:
    for _ in range(3):
        async with SandboxCarrier(ledger=path) as carrier:
            open_account(carrier)
    assert len(read(path)) == 2

    async with SandboxCarrier(ledger=path) as carrier:
        carrier.register_account("AC" + "1" * 32, "rotated")
        carrier.register_number("AC" + "1" * 32, OURS, sms_url="http://127.0.0.1:9/sms")
    async with SandboxCarrier(ledger=path) as carrier:
        number = carrier.accounts.number(OURS)
        assert number is not None
        assert (number.account.token, number.sms_url) == ("rotated", "http://127.0.0.1:9/sms")


async def test_a_torn_last_line_is_no_line(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.write(AccountOpened("AC" + "1" * 32, "token"))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"type":"created","sid":"SM')

    assert len(read(path)) == 1
    async with SandboxCarrier(ledger=path) as carrier:
        carrier.register_account("AC" + "2" * 32, "other")

    assert path.read_bytes().startswith(whole + b'{"type":"account"')
    assert len(read(path)) == 2


@pytest.mark.parametrize(
    "line",
    ["not json", "[]", '{"type":"unheard"}', '{"type":"account","sid":"AC1"}', '{"sid":"AC1","token":"x"}'],
)
async def test_a_foreign_line_is_named(path: Path, line: str) -> None:
    sid = "AC" + "1" * 32
    path.write_text(f'{{"type":"account","sid":"{sid}","token":"x"}}\n{line}\n')

    with pytest.raises(LedgerUnreadable, match="line 2"):
        read(path)
    with pytest.raises(LedgerUnreadable, match="line 2"):
        SandboxCarrier(ledger=path)


async def test_a_text_of_an_account_that_never_was_is_refused(path: Path) -> None:
    entry = Received("SM1", "AC" + "1" * 32, HERS, OURS, "Hello", "2026-11-24T12:00:00.000000Z", [], None)
    with Ledger(path) as ledger:
        ledger.write(entry)

    with pytest.raises(LedgerUnreadable, match="no account"):
        SandboxCarrier(ledger=path)


async def test_a_contradiction_is_refused(path: Path) -> None:
    path.write_text('{"type":"account","sid":"AC1","token":"x"}\n')

    with pytest.raises(LedgerUnreadable, match="account SID"):
        SandboxCarrier(ledger=path)


async def test_a_disk_that_takes_half_a_line_keeps_none_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is refused as Twilio's own trouble, for it was not taken."""
    write = os.write
    async with SandboxCarrier(ledger=path, pace=FAST) as carrier:
        account = open_account(carrier)
        lines = read(path)
        async with twilio_client(carrier, account.sid, account.token) as client:
            monkeypatch.setattr("sandbox.ledger.os.write", lambda file, line: write(file, line[:20]))
            with pytest.raises(TwilioRestException) as refusal:
                await client.messages.create_async(to=HERS, from_=OURS, body="Hello")
            monkeypatch.undo()
            assert refusal.value.code == 20500
            assert path.read_bytes().endswith(b"\n")
            assert read(path) == lines
            assert len(carrier.messages) == 0
            await client.messages.create_async(to=HERS, from_=OURS, body="Hello")


async def test_what_was_answered_survives_a_kill(path: Path) -> None:
    program = textwrap.dedent("""
        import asyncio, sys
        from pathlib import Path
        from sandbox import Pace, run_forever

        def ready(carrier):
            account = carrier.register_account("AC" + "1" * 32, "token")
            carrier.register_number(account.sid, "+12125550100")
            print(carrier.url, flush=True)

        asyncio.run(run_forever(ledger=Path(sys.argv[1]), pace=Pace(sent_after=3600), ready=ready))
    """)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(path), stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        answered = []
        async with SandboxCarrier() as other, twilio_client(other, "AC" + "1" * 32, "token") as client:
            client.api.base_url = url
            for number in range(20):
                message = await client.messages.create_async(to=HERS, from_=OURS, body=f"Text {number}")
                answered.append(message.sid)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()

    assert [entry.sid for entry in read(path) if isinstance(entry, Created)] == answered
    async with SandboxCarrier(ledger=path) as carrier:
        assert [message.sid for message in carrier.messages] == answered
