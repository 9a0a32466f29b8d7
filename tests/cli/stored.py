"""A sound practice in a database, for the checks to find what is then broken in it."""

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlmodel import SQLModel

from models import clock
from models.account import Account
from models.agent import Agent
from models.appointment import Appointment
from models.contact import Contact
from models.database import Database
from models.message import Direction, Kind, Message, Status
from models.phone_number import Carrier, PhoneNumber
from models.recipient import ConsentChange, ConsentSource, ConsentState, Recipient
from models.reminder import Reminder, ReminderKind, ReminderState
from models.vault import Vault
from tests.cli.conftest import Command
from tests.cli.process import Ended

KEY = "a key of a test"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HERS = "+12125550123"
OURS = "+12125550100"


@dataclass(frozen=True)
class Stored:
    """A database with one of everything the checks look at."""

    url: str

    @classmethod
    async def make(cls, url: str, *, texts: int = 0) -> "Stored":
        """Store it; texts: so many more of them."""
        database = Database(url)
        async with database.write() as session:
            for row in _rows(texts):
                session.add(row)
                await session.flush()
        await database.close()
        return cls(url)

    def elsewhere(self, url: str) -> "Stored":
        """The same in another database, with the same key."""
        return replace(self, url=url)

    def execute(self, *statements: str) -> None:
        """Do something to the database that no room would; instants in it are UTC."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)) as file:
                for statement in statements:
                    file.execute(statement)
            return
        with psycopg.connect(self.url, autocommit=True, options="-c timezone=UTC") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @asynccontextmanager
    async def holding_open(self, statement: str) -> AsyncIterator[None]:
        """Commit something, and keep the database open as the service does."""
        database = Database(self.url)
        async with database.read() as reading:
            await reading.execute(text("SELECT count(*) FROM accounts"))
            async with database.write() as session:
                await session.execute(text(statement))
            yield
        await database.close()

    async def check(self, showup: Command) -> Ended:
        """Run `db check` on it."""
        return await self.run(showup, "db", "check")

    async def run(self, showup: Command, *arguments: str) -> Ended:
        """Run a command on it."""
        settings = {"SHOWUP_DATABASE_URL": self.url, "SHOWUP_SECRET_KEY": KEY}
        return await asyncio.to_thread(lambda: showup(*arguments, **settings))

    async def restore(self, program: Path, archive: Path, url: str) -> None:
        """Restore an archive into an empty database."""
        command = [str(program), "--no-owner", "--exit-on-error", f"--dbname={url}", str(archive)]
        await asyncio.to_thread(lambda: subprocess.run(command, check=True))


def _rows(texts: int) -> list[SQLModel]:
    start = clock.now() + timedelta(days=1)
    reminder: dict[str, Any] = {
        "account_id": "acct_1",
        "agent_id": "agent_1",
        "phone_number_id": "num_ours",
        "from_number": OURS,
        "to_number": HERS,
        "message": "See you soon.",
        "timezone": "America/New_York",
    }
    message: dict[str, Any] = {
        "account_id": "acct_1",
        "direction": Direction.OUTBOUND,
        "status": Status.DELIVERED,
        "phone_number_id": "num_ours",
        "recipient_id": "rcp_hers",
        "from_number": OURS,
        "to_number": HERS,
        "body": "See you soon.",
        "attempts": 1,
        "attempt_started_at": NOON - timedelta(hours=1),
    }
    return [
        Account(id="acct_1", name="Riverside Dental", timezone="America/New_York"),
        Agent(id="agent_1", account_id="acct_1", name="Desk"),
        PhoneNumber(
            id="num_ours",
            account_id="acct_1",
            agent_id="agent_1",
            phone_number=OURS,
            carrier=Carrier.SANDBOX,
            twilio_sid="AC1",
            twilio_token_encrypted=Vault(KEY).encrypt("token"),
        ),
        Contact(id="con_hers", account_id="acct_1", name="Maria", phone_number=HERS),
        Recipient(id="rcp_hers", account_id="acct_1", phone_number=HERS),
        Appointment(
            id="appt_coming",
            account_id="acct_1",
            contact_id="con_hers",
            starts_at=start,
            timezone="America/New_York",
        ),
        Reminder(
            id="rem_fired",
            kind=ReminderKind.ONCE,
            state=ReminderState.FINISHED,
            occurrences=1,
            nominal_at=NOON - timedelta(hours=1),
            **reminder,
        ),
        Reminder(
            id="rem_missed",
            kind=ReminderKind.ONCE,
            state=ReminderState.FINISHED,
            why="not sent: 90 minutes late, more than its grace allows",
            **reminder,
        ),
        Reminder(
            id="rem_coming",
            kind=ReminderKind.RELATIVE,
            appointment_id="appt_coming",
            nominal_at=start - timedelta(hours=2),
            next_run_at=start - timedelta(hours=2),
            **reminder,
        ),
        Message(
            id="msg_sent",
            kind=Kind.REMINDER,
            reminder_id="rem_fired",
            occurrence=NOON - timedelta(hours=1),
            carrier_sid="SM1",
            **message,
        ),
        Message(id="msg_before_stop", kind=Kind.API, carrier_sid="SM2", **message),
        *(Message(id=f"msg_{n}", kind=Kind.API, carrier_sid=f"SM1{n}", **message) for n in range(texts)),
        ConsentChange(
            id="chg_stop",
            account_id="acct_1",
            recipient_id="rcp_hers",
            state=ConsentState.UNSUBSCRIBED,
            source=ConsentSource.KEYWORD,
            at=NOON,
        ),
        # The one text that may follow a STOP is its confirmation.
        Message(
            id="msg_confirmation",
            kind=Kind.CONSENT_REPLY,
            carrier_sid="SM3",
            **(message | {"attempt_started_at": NOON + timedelta(seconds=1)}),
        ),
    ]
