"""The feed's order: no event is passed over, whatever the order of commits."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from models.change import Change, Feed
from models.event import Event, record
from tests.webhooks.office import Office
from tests.webhooks.receiver import Receiver
from webhooks.feed import Portion, read_feed
from webhooks.keeping import Keeping


async def read(
    office: Office, after: str | None = None, *, types: list[str] | None = None, limit: int = 100
) -> Portion:
    async with office.database.read() as session:
        return await read_feed(session, office.account.id, after=after, types=types, limit=limit)


def ids(portion: Portion) -> list[str]:
    return [entry.body["id"] for entry in portion.entries]


async def test_events_are_read_oldest_first_in_portions(office: Office) -> None:
    happened = [(await office.happen(about=f"appt_{number}")).id for number in range(5)]
    await office.number()
    first = await read(office, limit=2)
    assert (ids(first), first.has_more) == (happened[:2], True)
    second = await read(office, first.next, limit=2)
    third = await read(office, second.next, limit=2)
    assert (ids(second), ids(third), third.has_more) == (happened[2:4], happened[4:], False)
    fourth = await read(office, third.next)
    assert (ids(fourth), fourth.next) == ([], third.next)
    later = await office.happen()
    await office.number()
    assert ids(await read(office, fourth.next)) == [later.id]


async def test_types_are_filtered_and_internal_ones_are_not_there(office: Office) -> None:
    await office.happen("message.queued")
    await office.happen("appointment.created")
    wanted = await office.happen("appointment.confirmed")
    await office.number()
    assert ids(await read(office, types=["appointment.confirmed"])) == [wanted.id]
    assert len(ids(await read(office))) == 2


async def test_many_events_are_numbered_in_several_passes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.numbering.BATCH", 3)
    async with office.database.write() as session:
        for number in range(8):
            record(session, "appointment.created", account_id=office.account.id, payload={"id": f"appt_{number}"})
            record(session, "message.queued", account_id=office.account.id)
    await office.number()
    portion = await read(office)
    assert [entry.body["data"]["object"]["id"] for entry in portion.entries] == [f"appt_{n}" for n in range(8)]
    assert await office.numbering.run_due() == 0


@pytest.mark.postgresql
async def test_an_event_that_commits_late_is_not_passed_over(postgres_office: Office) -> None:
    office = postgres_office
    slow = office.database.open_write()
    async with slow:
        _ = await slow.begin()
        early = record(slow, "appointment.created", account_id=office.account.id, appointment_id="appt_1")
        await slow.flush()
        late = await office.happen(about="appt_2")
        assert early.sequence is not None
        assert late.sequence is not None
        assert early.sequence < late.sequence
        await office.number()
        seen = await read(office)
        assert ids(seen) == [late.id]
        another = await office.happen(about="appt_3")
        await office.number()
        await slow.commit()
    await office.number()
    assert ids(await read(office)) == [late.id, another.id, early.id]
    assert ids(await read(office, seen.next)) == [another.id, early.id]


@pytest.mark.postgresql
async def test_events_of_one_appointment_keep_their_order_whoever_began_first(postgres_office: Office) -> None:
    """The later event is of the transaction that began first: an order by transactions would turn them round."""
    office = postgres_office
    older = office.database.open_write()
    async with older:
        _ = await older.begin()
        record(older, "contact.unsubscribed", account_id=office.account.id)
        await older.flush()
        first = await office.happen("appointment.created")
        running = office.database.open_write()
        async with running:
            _ = await running.begin()
            record(running, "appointment.updated", account_id=office.account.id, appointment_id="appt_9")
            await running.flush()
            second = record(older, "appointment.confirmed", account_id=office.account.id, appointment_id="appt_1")
            await older.commit()
            await office.number()
            async with office.database.read() as session:
                query = (
                    select(Event.id)
                    .join(Change, Change.sequence == Event.sequence)  # type: ignore[arg-type]  # a column at run time
                    .where(Event.appointment_id == "appt_1")
                    .order_by(Change.position)  # type: ignore[arg-type]  # a column at run time
                )
                assert list((await session.exec(query)).all()) == [first.id, second.id]
            await running.commit()
    await office.number()
    assert len(ids(await read(office))) == 4


@pytest.mark.postgresql
async def test_many_writers_and_two_who_number_lose_nothing(office: Office, receiver: Receiver) -> None:
    await office.endpoint(receiver.url)
    other = type(office.numbering)(office.database, office.vault)
    done = asyncio.Event()
    read_ids: list[str] = []

    async def write(number: int) -> None:
        for turn in range(6):
            async with office.database.write() as session:
                record(session, "appointment.created", account_id=office.account.id, appointment_id=f"a{number}")
                await session.flush()
                await asyncio.sleep(0.001 * ((number * 7 + turn * 3) % 5))
                record(session, "appointment.updated", account_id=office.account.id, appointment_id=f"a{number}")

    async def number(numbering: object) -> None:
        while not done.is_set():
            await (office.numbering if numbering is None else other).run_due()
            await asyncio.sleep(0)

    async def follow() -> None:
        after: str | None = None
        while True:
            ended = done.is_set()
            portion = await read(office, after)
            read_ids.extend(ids(portion))
            after = portion.next
            if ended and not portion.entries:
                return
            await asyncio.sleep(0.002)

    async def all_of_it() -> None:
        await asyncio.gather(*(write(number) for number in range(5)))
        await office.number()
        done.set()

    await asyncio.gather(all_of_it(), number(None), number(other), follow())
    async with office.database.read() as session:
        stored = (await session.exec(select(Event))).all()
    assert len(stored) == 60
    assert sorted(read_ids) == sorted(event.id for event in stored)
    places = {id: place for place, id in enumerate(read_ids)}
    for about in range(5):
        mine = sorted((e for e in stored if e.appointment_id == f"a{about}"), key=lambda e: e.sequence or 0)
        assert [places[e.id] for e in mine] == sorted(places[e.id] for e in mine)
    assert len(await office.deliveries()) == 60


async def test_events_older_than_thirty_days_are_removed_from_the_feed_but_not_from_the_ledger(
    office: Office,
) -> None:
    old = await office.happen()
    await office.number()
    before = (await read(office, limit=1)).next
    start = "YzEuMA"
    assert ids(await read(office, start)) == [old.id]
    office.pass_time(timedelta(days=30, seconds=1))
    fresh = await office.happen()
    await office.number()
    await Keeping(office.database).run_due()
    assert ids(await read(office)) == [fresh.id]
    assert ids(await read(office, before)) == [fresh.id]
    with pytest.raises(Exception, match="older than the events") as expired:
        await read(office, start)
    assert getattr(expired.value, "code", None) == "cursor_expired"
    async with office.database.read() as session:
        assert await session.get(Event, old.sequence) is not None


async def test_a_quiet_account_that_asks_now_and_then_never_falls_out_of_what_is_kept(office: Office) -> None:
    after = (await read(office)).next
    for _ in range(4):
        async with office.database.write() as session:
            record(session, "appointment.created", account_id="acct_other")
        await office.number()
        after = (await read(office, after)).next
        office.pass_time(timedelta(days=20))
        await Keeping(office.database).run_due()
    assert ids(await read(office, after)) == []


async def test_positions_go_on_when_everything_was_removed(office: Office) -> None:
    await office.happen()
    await office.number()
    after = (await read(office)).next
    office.pass_time(timedelta(days=31))
    await Keeping(office.database).run_due()
    later = await office.happen()
    await office.number()
    assert ids(await read(office, after)) == [later.id]


@pytest.mark.parametrize(
    "cursor", ["", "x", "YzEuLTE", "YzEuMDA", "====", "é", "MTc3MjQ2MzYwMDAwMDAwMC54", "YzIuMQ"]
)
async def test_a_cursor_that_is_not_ours_is_refused(small_office: Office, cursor: str) -> None:
    with pytest.raises(Exception, match="after must be"):
        await read(small_office, cursor)


async def test_events_that_are_told_nobody_move_the_horizon_only_now_and_then(
    small_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = small_office
    monkeypatch.setattr("webhooks.numbering.FAR", 3)

    async def horizon() -> int:
        async with office.database.read() as session:
            return (await session.exec(select(Feed.horizon))).first() or 0

    for expected in (0, 0, 0, 4, 4):
        await office.happen("message.queued")
        await office.number()
        assert await horizon() == expected
    told = await office.happen()
    await office.number()
    assert (await horizon(), ids(await read(office))) == (6, [told.id])
