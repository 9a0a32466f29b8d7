"""The main job in the real process: booked, reminded, answered, confirmed, shown - also through a kill."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.practice import Practice, until

ASK = "Hello {{contact.first_name}}, see you at {{appointment.time}}. Reply YES or NO."
ANA, BEA, CAM, DAN = (f"+1212555012{digit}" for digit in range(4))


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """A practice whose service runs; each test has a patient of its own and leaves it running."""
    with Practice(tmp_path_factory.mktemp("practice")) as practice:
        practice.start()
        practice.open()
        yield practice


def test_a_reminder_goes_out_on_time_yes_comes_back_and_the_visit_is_confirmed(practice: Practice) -> None:
    visit = practice.book(ANA, reminder_in=1, message=ASK)
    assert visit["confirmation"] == "pending"
    [reminder] = until(lambda: practice.delivered(ANA), lambda texts: len(texts) == 1)
    assert reminder.startswith("Hello Ana, see you at ")

    practice.answer(ANA, "YES")
    shown = until(
        lambda: practice.get(f"/v1/appointments/{visit['id']}"), lambda shown: shown["confirmation"] == "confirmed"
    )
    assert (shown["confirmation_by"], shown["status"]) == ("reply", "scheduled")
    texts = until(lambda: practice.delivered(ANA), lambda texts: len(texts) == 2)
    assert "is confirmed" in texts[1]
    assert [direction for direction, _, _ in practice.screen(ANA)] == ["outbound-api", "inbound", "outbound-api"]

    assert visit["id"] in [one["id"] for one in practice.get("/v1/appointments?confirmation=confirmed")["data"]]
    [arrived] = practice.get(f"/v1/sms?direction=inbound&appointment_id={visit['id']}")["data"]
    assert arrived["intent"] == "confirm"


def test_what_came_due_while_the_service_was_killed_is_sent_once_after_it_starts(practice: Practice) -> None:
    practice.book(BEA, reminder_in=1, message=ASK)
    practice.kill()
    time.sleep(1.2)
    practice.start()
    until(lambda: practice.delivered(BEA), lambda texts: len(texts) == 1)
    practice.send(BEA, "The day goes on")
    texts = until(lambda: practice.delivered(BEA), lambda texts: "The day goes on" in texts)
    assert len(texts) == 2


def test_an_answer_that_came_just_before_a_kill_is_read_and_answered(practice: Practice) -> None:
    visit = practice.book(CAM, reminder_in=0.5, message=ASK)
    until(lambda: practice.delivered(CAM), lambda texts: len(texts) == 1)
    practice.answer(CAM, "YES")
    practice.kill()
    practice.start()
    until(
        lambda: practice.get(f"/v1/appointments/{visit['id']}"), lambda shown: shown["confirmation"] == "confirmed"
    )
    texts = until(lambda: practice.delivered(CAM), lambda texts: len(texts) == 2)
    assert "is confirmed" in texts[1]


def test_asked_to_end_it_finishes_the_text_in_its_hand(practice: Practice) -> None:
    practice.break_carrier(kind="hang", seconds=1.5, accept="at_once", times=1, to=DAN)
    sent: list[dict[str, Any]] = []
    sending = threading.Thread(target=lambda: sent.append(practice.send(DAN, "One last text")))
    sending.start()
    until(lambda: practice.screen(DAN), lambda screen: len(screen) == 1)
    ended = practice.stop()
    sending.join()
    assert ended.code == 0
    practice.start()
    [answer] = sent
    assert answer["status"] in ("sent", "delivered")
    assert practice.get(f"/v1/sms/{answer['message_id']}")["status"] in ("sent", "delivered")
    assert len(practice.screen(DAN)) == 1
