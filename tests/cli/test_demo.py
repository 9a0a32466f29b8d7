"""The demo practice: made at the first start, found at the next, and what a newcomer is told."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from sqlmodel import col, func, select

from api.accounts import create_account
from api.staff.sign_in import look_up
from cli import welcome
from cli.database import prepare_database
from cli.demo import EMAIL, NAME
from cli.settings import Settings
from cli.wiring import House, build
from models import clock
from models.account import Account, ApiKey
from models.appointment import Appointment
from models.phone_number import PhoneNumber
from models.reminder import Reminder, ReminderState
from models.staff import StaffMember, StaffRole

URL = "http://127.0.0.1:8000"


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    """The rooms over the database of this folder, as `serve` opens them before it says welcome."""
    settings = Settings()
    await prepare_database(settings)
    built = build(settings, URL, "all")
    await built.sandbox.start_if_needed(built.database, URL)
    try:
        yield built
    finally:
        await built.engine.stop()
        await built.close()


async def said(built: House, capsys: pytest.CaptureFixture[str]) -> str:
    """What a start with --demo prints."""
    capsys.readouterr()
    await welcome.welcome_to_demo(built)
    return capsys.readouterr().out


async def counted(built: House, model: type[Appointment] | type[PhoneNumber] | type[Account]) -> int:
    """How many are stored."""
    async with built.database.read() as session:
        return (await session.exec(select(func.count()).select_from(model))).one()


async def test_the_first_start_prints_a_key_that_works_and_a_link(capsys: pytest.CaptureFixture[str]) -> None:
    async with house() as built:
        text = await said(built, capsys)
        assert text.startswith(f"Showup is at {URL}\n")
        token, key = re.search(r"/sign-in\?token=(\S+)", text), re.search(r"API key +(key_\w+):(\S+)\n", text)
        assert token is not None
        assert key is not None
        async with built.database.read() as session:
            member = await look_up(session, token[1])
            assert (member.email, member.role) == (EMAIL, StaffRole.ADMIN)
            assert (await session.get_one(ApiKey, key[1])).accepts(key[2])
            account = (await session.exec(select(Account))).one()
            assert (account.id, account.name) == (member.account_id, NAME)


async def test_a_text_that_asks_leaves_within_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    async with house() as built:
        assert "In half a minute Maria Lopez gets a text." in await said(built, capsys)
        async with built.database.read() as session:
            query = select(Reminder).where(Reminder.state == ReminderState.ACTIVE)
            first = (await session.exec(query.order_by(col(Reminder.next_run_at)))).first()
        assert first is not None
        assert first.next_run_at is not None
        assert first.next_run_at - clock.now() < timedelta(minutes=1)
        assert "YES" in first.message


async def test_a_later_start_finds_it_and_keeps_the_secret(capsys: pytest.CaptureFixture[str]) -> None:
    async with house() as built:
        first = await said(built, capsys)
        visits = await counted(built, Appointment)
    async with house() as built:
        second = await said(built, capsys)
        assert (await counted(built, Account), await counted(built, PhoneNumber)) == (1, 1)
        assert await counted(built, Appointment) == visits
    key = re.search(r"(key_\w+):(\S+)", first)
    assert key is not None
    assert key[1] in second
    assert key[2] not in second
    assert re.search(r"A new key +\S+ keys create --account acct_\w+\n", second)
    links = [re.findall(r"token=(\S+)", text) for text in (first, second)]
    assert links[0] != links[1]
    assert "gets a text" not in second


async def test_days_later_there_is_a_day_to_look_at_again(capsys: pytest.CaptureFixture[str]) -> None:
    async with house() as built:
        await said(built, capsys)
        visits = await counted(built, Appointment)
        with freeze_time(clock.now() + timedelta(days=4), real_asyncio=True):
            assert "Maria Lopez gets a text" in await said(built, capsys)
        assert await counted(built, Appointment) == 2 * visits


async def test_a_database_with_other_accounts_gets_no_demo(capsys: pytest.CaptureFixture[str]) -> None:
    async with house() as built:
        async with built.database.write() as session:
            await create_account(session, "Riverside Dental")
        text = await said(built, capsys)
        assert text.startswith(f"Showup is at {URL}\n")
        assert "staff invite EMAIL --account ID" in text
        assert await counted(built, PhoneNumber) == 0


async def test_a_first_start_that_was_killed_is_completed(capsys: pytest.CaptureFixture[str]) -> None:
    async with house() as built:
        async with built.database.write() as session:
            account, _, _ = await create_account(session, NAME)
            session.add(StaffMember(account_id=account.id, email=EMAIL))
        assert "Maria Lopez gets a text" in await said(built, capsys)
        assert (await counted(built, Account), await counted(built, PhoneNumber)) == (1, 1)


async def test_a_sandbox_that_remembers_an_earlier_demo_gives_another_number(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    async with house() as built:
        await said(built, capsys)
    for file in folder.glob("showup.db*"):
        if not file.name.endswith((".key", ".jsonl")):
            file.unlink()
    async with house() as built:
        assert "Maria Lopez gets a text" in await said(built, capsys)
        async with built.database.read() as session:
            assert (await session.exec(select(PhoneNumber.phone_number))).one() == "+12125550160"


def test_the_command_is_named_as_it_was_called(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    program = folder / ".venv" / "bin" / "showup"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [str(program)])
    assert welcome.command() == ".venv/bin/showup"
    monkeypatch.setenv("PATH", str(program.parent))
    assert welcome.command() == "showup"
    monkeypatch.chdir("/")
    monkeypatch.setenv("PATH", "")
    assert welcome.command() == str(program)[1:]
