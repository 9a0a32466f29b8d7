"""The state machine of messages, pair by pair."""

from itertools import product

import pytest

from models.message import ALLOWED, FINAL, REACHED_CARRIER, UNSENT, Status, may_become

# Written out a second time, as one reads it: from each status, where a message may go.
EXPECTED = {
    "scheduled": "queued sending cancelled blocked expired failed",
    "queued": "sending sent delivered undelivered cancelled blocked expired failed",
    "sending": "sent delivered undelivered unknown queued failed blocked",
    "unknown": "sent delivered undelivered queued failed blocked expired",
    "sent": "delivered undelivered",
    "delivered": "",
    "undelivered": "",
    "failed": "",
    "cancelled": "",
    "expired": "",
    "blocked": "",
    "received": "",
}


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_a_change_is_possible_exactly_if_it_is_in_the_table(before: Status, after: Status) -> None:
    assert (before in may_become(after)) == (after in EXPECTED[before].split())


def test_every_status_has_its_line() -> None:
    assert set(ALLOWED) == set(Status) == set(EXPECTED)


def test_a_final_status_is_never_left() -> None:
    assert set(FINAL) == {status for status, following in EXPECTED.items() if not following}


@pytest.mark.parametrize("status", REACHED_CARRIER)
def test_what_the_carrier_has_is_never_sent_again(status: Status) -> None:
    reachable = {status}
    while reachable != (wider := reachable.union(*(ALLOWED[one] for one in reachable))):
        reachable = wider
    assert reachable.isdisjoint({Status.SENDING, Status.UNKNOWN, *UNSENT})


@pytest.mark.parametrize("status", Status)
def test_only_what_is_unsent_can_be_cancelled(status: Status) -> None:
    assert (Status.CANCELLED in ALLOWED[status]) == (status in UNSENT)
