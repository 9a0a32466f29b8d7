"""A database with an account, a number and work to do, for measuring."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.carrier import ACCOUNT, SENDER, TOKEN, number_of
from messaging.carriers.twilio import TwilioCarrier
from messaging.recipients import recipient_ids
from messaging.send import WayOut
from migrations.upgrade import upgrade
from models import clock
from models.account import Account
from models.agent import Agent
from models.base import table_of
from models.database import Database
from models.ids import new_id
from models.message import Direction, Kind, Message, Status
from models.phone_number import PhoneNumber
from models.reminder import Reminder, ReminderKind, ReminderState
from models.vault import Vault


@dataclass
class Bench:
    """What a measurement works with."""

    database: Database
    vault: Vault
    carrier: TwilioCarrier
    way_out: WayOut
    account: Account
    agent: Agent
    number: PhoneNumber


@asynccontextmanager
async def bench_house(carrier_url: str, public_url: str = "http://127.0.0.1:9") -> AsyncIterator[Bench]:
    """Make an empty database with one account and one number, in a folder that is removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        await upgrade(url)
        database, vault, carrier = Database(url), Vault("benchmark"), TwilioCarrier(carrier_url)
        way_out = WayOut(database, vault, lambda _: carrier, public_url=public_url)
        account = Account(name="Bench Dental", sending_hours=None)
        agent = Agent(account_id=account.id, name="desk")
        number = PhoneNumber(
            account_id=account.id,
            agent_id=agent.id,
            phone_number=SENDER,
            twilio_sid=ACCOUNT,
            twilio_token_encrypted=vault.encrypt(TOKEN),
        )
        async with database.write() as session:
            for row in (account, agent, number):
                session.add(row)
                await session.flush()
        try:
            yield Bench(database, vault, carrier, way_out, account, agent, number)
        finally:
            await carrier.close()
            await database.close()


async def queue_messages(bench: Bench, count: int) -> None:
    """Store `count` texts that are due now."""
    now = clock.now()
    async with bench.database.write() as session:
        ids = await recipient_ids(session, bench.account.id, {number_of(index) for index in range(count)})
        rows = [
            _row(bench, index, ids[number_of(index)])
            | {"created_at": now, "updated_at": now, "next_attempt_at": now}
            for index in range(count)
        ]
        connection = await session.connection()
        await connection.execute(table_of(Message).insert(), rows)


def _row(bench: Bench, index: int, recipient_id: str) -> dict[str, Any]:
    return {
        "id": new_id("msg"),
        "account_id": bench.account.id,
        "direction": Direction.OUTBOUND,
        "kind": Kind.API,
        "status": Status.QUEUED,
        "agent_id": bench.agent.id,
        "phone_number_id": bench.number.id,
        "recipient_id": recipient_id,
        "from_number": SENDER,
        "to_number": number_of(index),
        "body": f"Visit {index}. Reply YES or NO.",
        "segments": 1,
        "any_hour": False,
        "attempts": 0,
        "listings": 0,
        "media_count": 0,
        "metadata": {},
        "version": 1,
    }


async def plan_reminders(bench: Bench, instants: Sequence[datetime]) -> None:
    """Store a one-off reminder for each instant (UTC)."""
    now = clock.now()
    rows = [
        {
            "id": new_id("rem"),
            "account_id": bench.account.id,
            "kind": ReminderKind.ONCE,
            "state": ReminderState.ACTIVE,
            "agent_id": bench.agent.id,
            "phone_number_id": bench.number.id,
            "from_number": SENDER,
            "to_number": number_of(index),
            "message": f"Visit {index}. Reply YES or NO.",
            "send_at": at,
            "nominal_at": at,
            "next_run_at": at,
            "timezone": "UTC",
            "occurrences": 0,
            "only_if": [],
            "any_hour": True,
            "metadata": {},
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        for index, at in enumerate(instants)
    ]
    async with bench.database.write() as session:
        connection = await session.connection()
        await connection.execute(table_of(Reminder).insert(), rows)
