"""The list of messages: filters, order and pages, read with Twilio's own client."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from sandbox import Account, Message, SandboxCarrier
from tests.sandbox.conftest import HERS, HIS, OURS

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

Store = Callable[..., Message]


@pytest.fixture
def store(carrier: SandboxCarrier, account: Account) -> Store:
    """Puts a message into the carrier at an instant, without sending anything."""

    def store(to: str = HERS, from_: str = OURS, sent: datetime | None = NOON, body: str = "Hello") -> Message:
        message = Message(
            sid=f"SM{len(carrier.messages):032x}",
            account_sid=account.sid,
            direction="outbound-api",
            from_=from_,
            to=to,
            body=body,
            segments=1,
            created=NOON.timestamp(),
            status="queued" if sent is None else "delivered",
        )
        message.sent = None if sent is None else sent.timestamp()
        carrier.messages.add(message)
        return message

    return store


async def test_the_newest_message_comes_first(client: Client, store: Store) -> None:
    sids = [store().sid for _ in range(3)]

    assert [message.sid for message in await client.messages.list_async()] == sids[::-1]


async def test_to_and_from_filter_and_inbound_is_listed_too(
    client: Client, carrier: SandboxCarrier, store: Store
) -> None:
    to_her, to_him = store(to=HERS), store(to=HIS)
    from_her = (await carrier.receive(HERS, OURS, "YES")).message

    async def sids(to: object = values.unset, from_: object = values.unset) -> list[str | None]:
        return [message.sid for message in await client.messages.list_async(to=to, from_=from_)]

    assert await sids(to=HERS) == [to_her.sid]
    assert await sids(from_=OURS) == [to_him.sid, to_her.sid]
    assert await sids(from_=HERS, to=OURS) == [from_her.sid]
    assert await sids(from_=OURS, to=HIS) == [to_him.sid]
    assert await sids(to="+12125550177") == []


async def test_pages_follow_each_other_without_gap_or_repeat_while_messages_arrive(
    client: Client, store: Store
) -> None:
    sids = [store().sid for _ in range(7)]

    page = await client.messages.page_async(page_size=3, to=HERS)
    first = [message.sid for message in page]
    store()
    second_page = await page.next_page_async()
    assert second_page is not None
    second = [message.sid for message in second_page]
    last_page = await second_page.next_page_async()
    assert last_page is not None

    assert first + second + [message.sid for message in last_page] == sids[::-1]
    assert await last_page.next_page_async() is None


async def test_a_page_knows_the_one_before(client: Client, store: Store) -> None:
    for _ in range(7):
        store()
    first = await client.messages.page_async(page_size=3)
    second = await first.next_page_async()
    third = await second.next_page_async() if second else None
    assert third is not None
    back = await third.previous_page_async()
    assert back is not None
    front = await back.previous_page_async()
    assert front is not None

    again = await client.messages.page_async(page_size=3)
    assert [message.sid for message in front] == [message.sid for message in again]
    assert await again.previous_page_async() is None


async def test_a_limit_reads_over_pages(client: Client, store: Store) -> None:
    for _ in range(12):
        store()

    assert len(await client.messages.list_async(limit=11, page_size=5)) == 11
    assert len(await client.messages.list_async(page_size=5)) == 12


async def test_a_page_by_number_needs_no_token(client: Client, store: Store) -> None:
    sids = [store().sid for _ in range(5)]

    page = await client.messages.page_async(page_number=1, page_size=2)

    assert [message.sid for message in page] == [sids[2], sids[1]]


async def test_date_sent_filters_are_days_in_utc_or_instants(client: Client, store: Store) -> None:
    eve = store(sent=NOON - timedelta(hours=12, seconds=1))
    noon = store(sent=NOON)
    morrow = store(sent=NOON + timedelta(hours=12))

    async def sids(
        on: object = values.unset, to: object = values.unset, since: object = values.unset
    ) -> list[str | None]:
        found = await client.messages.list_async(date_sent=on, date_sent_before=to, date_sent_after=since)
        return [message.sid for message in found]

    assert await sids(on="2026-11-24") == [noon.sid]
    assert await sids(on=NOON) == [noon.sid]
    assert await sids(since=NOON) == [morrow.sid, noon.sid]
    assert await sids(to=NOON) == [noon.sid, eve.sid]
    assert await sids(since=NOON + timedelta(seconds=1)) == [morrow.sid]
    assert await sids(since="2026-11-24", to="2026-11-25") == [morrow.sid, noon.sid]


async def test_a_text_that_was_not_sent_yet_matches_no_date(client: Client, store: Store) -> None:
    queued = store(sent=None)

    assert await client.messages.list_async(date_sent_after=NOON - timedelta(days=365)) == []
    assert [message.sid for message in await client.messages.list_async()] == [queued.sid]


@pytest.mark.parametrize(
    "filters", [{"date_sent": "yesterday"}, {"page_token": "PASM0"}, {"page_token": "x"}, {"page_size": "many"}]
)
async def test_a_list_that_cannot_be_read_is_refused(client: Client, filters: dict[str, str]) -> None:
    with pytest.raises(TwilioException):
        await client.messages.page_async(**filters)


async def test_another_accounts_messages_are_not_listed(
    client: Client, carrier: SandboxCarrier, store: Store
) -> None:
    other = carrier.register_account()
    carrier.register_number(other.sid, "+12125550101")
    theirs = (await carrier.receive(HERS, "+12125550101", "Hello")).message
    ours = store(to=HERS)

    assert [message.sid for message in await client.messages.list_async()] == [ours.sid]
    assert await client.messages.list_async(from_=HERS) == []
    assert carrier.messages.get(theirs.sid) is not None
