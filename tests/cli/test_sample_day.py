"""The sample day makes sense at whatever hour, and on whatever day, it is made."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from api.accounts import create_account
from cli.sample_day import HOME, NEXT, NOTICE, SOON, add_sample_day, asked_start, local_zone
from messaging.agents import create_agent
from models.account import Account
from models.appointment import Appointment, Confirmation, Visit
from models.database import Database
from models.event import SYSTEM
from models.phone_number import Carrier, PhoneNumber
from models.reminder import Reminder, ReminderState

NEW_YORK = ZoneInfo(HOME)


async def day_at(url: str, local: str) -> tuple[list[Appointment], list[Reminder]]:
    """The visits of a sample day made at this time in New York, by their start, and the texts to come."""
    database = Database(url)
    with freeze_time(datetime.fromisoformat(local).replace(tzinfo=NEW_YORK).astimezone(UTC), real_asyncio=True):
        async with database.write() as session:
            account, _, _ = await create_account(session, "Riverside Dental", HOME)
            agent = await create_agent(session, account.id, {"name": "Desk"})
            session.add(
                PhoneNumber(
                    account_id=account.id,
                    agent_id=agent.id,
                    phone_number="+12125550100",
                    carrier=Carrier.SANDBOX,
                    twilio_sid="AC1",
                    twilio_token_encrypted="none",
                )
            )
            await session.flush()
            assert await add_sample_day(session, account, by=SYSTEM) == "Maria Lopez"
    async with database.read() as session:
        visits = (await session.exec(select(Appointment))).all()
        texts = (await session.exec(select(Reminder).where(Reminder.state == ReminderState.ACTIVE))).all()
    await database.close()
    return sorted(visits, key=lambda visit: visit.starts_at), list(texts)


@pytest.mark.parametrize(
    "local",
    ["2026-11-24T00:01", "2026-11-24T07:00", "2026-11-24T10:10", "2026-11-24T13:59", "2026-11-24T23:58"],
)
async def test_every_visit_stands_where_it_would_at_this_hour(migrated_sqlite_url: str, local: str) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=NEW_YORK)
    visits, texts = await day_at(migrated_sqlite_url, local)
    for visit in visits:
        assert visit.duration_minutes is not None
        if visit.starts_at > now:
            assert visit.status is Visit.SCHEDULED
        elif visit.starts_at + timedelta(minutes=visit.duration_minutes) > now:
            assert visit.status is Visit.ARRIVED
        else:
            assert visit.status in (Visit.COMPLETED, Visit.NO_SHOW)
    local_starts = [visit.starts_at.astimezone(NEW_YORK) for visit in visits]
    assert {start.date() - now.date() for start in local_starts} == {timedelta(0), timedelta(days=1)}
    assert all(time(8) <= start.time() <= time(18) for start in local_starts)
    # What is to come is varied at every hour, and nothing leaves before the first text but what is asked for.
    to_come = Counter(visit.confirmation for visit in visits if visit.starts_at > now)
    assert {Confirmation.PENDING, Confirmation.CONFIRMED, Confirmation.DECLINED} <= set(to_come)
    first, second, *_ = sorted(text.next_run_at for text in texts if text.next_run_at is not None)
    assert timedelta(0) <= first - (now + SOON) < timedelta(seconds=2)
    assert timedelta(0) <= second - (now + NEXT) < timedelta(seconds=2)


async def test_a_second_day_knows_the_people_of_the_first(migrated_sqlite_url: str) -> None:
    visits, _ = await day_at(migrated_sqlite_url, "2026-11-24T10:10")
    database = Database(migrated_sqlite_url)
    with freeze_time("2026-11-27T15:00:00Z", real_asyncio=True):
        async with database.write() as session:
            account = await session.get_one(Account, visits[0].account_id)
            await add_sample_day(session, account, by=SYSTEM)
    async with database.read() as session:
        both = (await session.exec(select(Appointment))).all()
    await database.close()
    assert len(both) == 2 * len(visits)
    assert len({visit.contact_id for visit in both}) == len({visit.contact_id for visit in visits})


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1)),
    st.sampled_from(
        [
            "America/New_York",
            "Europe/Berlin",
            "Asia/Kathmandu",
            "Pacific/Apia",
            "Africa/Cairo",
        ]
    ),
)
def test_a_visit_that_asks_is_soon_but_leaves_time_to_answer(now: datetime, place: str) -> None:
    instant, zone = now.replace(tzinfo=UTC), ZoneInfo(place)
    start = asked_start(instant, zone)
    local = start.astimezone(zone)
    assert NOTICE <= start - instant <= timedelta(hours=36)
    assert local.minute in (0, 30)
    assert time(9) <= local.time() <= time(17)


@pytest.mark.parametrize(
    ("zone", "taken"),
    [("Europe/Berlin", "Europe/Berlin"), (":Asia/Tokyo", "Asia/Tokyo"), ("UTC", None), ("Nowhere", None)],
)
def test_the_day_is_on_the_readers_own_clock(
    monkeypatch: pytest.MonkeyPatch, zone: str, taken: str | None
) -> None:
    monkeypatch.setenv("TZ", zone)
    monkeypatch.setattr("cli.sample_day._linked_zone", lambda: "")
    assert local_zone() == (taken or HOME)
