"""Lists: pages, cursors, counts, filters."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api import lists
from models import clock
from models.account import Account
from models.agent import Agent
from tests.api.service import Service

AGENTS = "/v1/agents"
START = datetime(2026, 3, 12, 15, tzinfo=UTC)


async def make_agents(service: Service, count: int, *, together: int = 1) -> list[str]:
    """Store agents, `together` of them at each instant; return their names, newest first."""
    async with service.database.write() as session:
        for number in range(count):
            at = START + timedelta(seconds=number // together)
            agent = Agent(account_id=service.account.id, name=f"{number:03}", created_at=at, updated_at=at)
            session.add(agent)
    return [f"{number:03}" for number in reversed(range(count))]


def names(page: dict[str, Any]) -> list[str]:
    return [one["name"] for one in page["data"]]


async def pages(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    found = [(await client.get(f"{AGENTS}?{query}")).json()]
    while (after := found[-1]["next"]) is not None:
        found.append((await client.get(f"{AGENTS}?{query}&after={after}")).json())
    return found


async def test_an_empty_list_has_no_next(client: httpx.AsyncClient) -> None:
    assert (await client.get(AGENTS)).json() == {"data": [], "count": 0, "next": None}


async def test_a_page_has_25_newest_first_and_counts_all(stored_service: Service) -> None:
    expected = await make_agents(stored_service, 30)
    page = (await stored_service.client.get(AGENTS)).json()
    assert names(page) == expected[:25]
    assert page["count"] == 30
    assert "count_is_minimum" not in page


@pytest.mark.parametrize("limit", [1, 3, 10, 100])
async def test_cursors_lead_through_everything_once_and_in_order(stored_service: Service, limit: int) -> None:
    expected = await make_agents(stored_service, 10)
    found = await pages(stored_service.client, f"limit={limit}")
    assert [name for page in found for name in names(page)] == expected
    assert {page["count"] for page in found} == {10}


async def test_rows_of_one_instant_are_told_apart_by_their_ids(stored_service: Service) -> None:
    await make_agents(stored_service, 12, together=4)
    found = await pages(stored_service.client, "limit=3")
    rows = [row for page in found for row in page["data"]]
    assert len({row["id"] for row in rows}) == len(rows) == 12
    order = [(row["created_at"], row["id"]) for row in rows]
    assert order == sorted(order, reverse=True)


async def test_what_is_made_meanwhile_shifts_no_page(stored_service: Service) -> None:
    expected = await make_agents(stored_service, 4)
    first = (await stored_service.client.get(f"{AGENTS}?limit=2")).json()
    await stored_service.client.post(AGENTS, json={"name": "new"})
    second = (await stored_service.client.get(f"{AGENTS}?limit=2&after={first['next']}")).json()
    assert names(first) + names(second) == expected


async def test_an_offset_passes_over_rows(stored_service: Service) -> None:
    expected = await make_agents(stored_service, 5)
    page = (await stored_service.client.get(f"{AGENTS}?limit=2&offset=3")).json()
    assert (names(page), page["count"], page["next"]) == (expected[3:], 5, None)
    assert names((await stored_service.client.get(f"{AGENTS}?offset=10000")).json()) == []


async def test_updated_since_includes_its_own_instant(stored_service: Service) -> None:
    await make_agents(stored_service, 5)
    page = (await stored_service.client.get(f"{AGENTS}?updated_since=2026-03-12T15:00:03Z")).json()
    assert (names(page), page["count"]) == (["004", "003"], 2)
    same = await stored_service.client.get(AGENTS, params={"updated_since": "2026-03-12T11:00:03-04:00"})
    assert names(same.json()) == ["004", "003"]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=101", "limit=ten", "offset=10001", "offset=-1"])
async def test_a_bound_that_is_passed_is_400(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"{AGENTS}?{query}")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == query.partition("=")[0]


async def test_a_cursor_that_is_not_ours_is_400(service: Service) -> None:
    ours = lists.cursor(clock.now(), "agent_0mwum02ehht028dv0nup")
    changed = ("A" if ours[0] != "A" else "B") + ours[1:]
    for cursor in (
        "x",
        "====",
        "%20",
        ours[:-4] + "!",
        ours + "=",
        changed,
        "a" * 200,
        lists.cursor(START, "';--"),
    ):
        response = await service.client.get(AGENTS, params={"after": cursor})
        assert response.status_code == 400, cursor
        assert response.json()["error"]["param"] == "after"


def test_a_cursor_comes_back_as_it_was() -> None:
    for at in (START, datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)):
        assert lists.read_cursor(lists.cursor(at, "att_0mwum02ehht028dv0nup")) == (at, "att_0mwum02ehht028dv0nup")


async def test_a_count_past_the_most_says_that_it_is_a_minimum(
    stored_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 5)
    await make_agents(stored_service, 5)
    assert "count_is_minimum" not in (await stored_service.client.get(AGENTS)).json()
    await stored_service.client.post(AGENTS, json={"name": "one more"})
    page = (await stored_service.client.get(f"{AGENTS}?limit=2")).json()
    assert (page["count"], page["count_is_minimum"]) == (5, True)


def test_counts_are_exact_up_to_100_000() -> None:
    assert lists.MOST_COUNTED == 100_000


async def test_a_list_holds_only_its_own_account_s(service: Service) -> None:
    await make_agents(service, 3)
    async with service.database.write() as session:
        stranger = Account(name="Another")
        session.add(stranger)
        await session.flush()
        session.add(Agent(account_id=stranger.id, name="theirs"))
    page = (await service.client.get(AGENTS)).json()
    assert ("theirs" not in names(page), page["count"]) == (True, 3)
