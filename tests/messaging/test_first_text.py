"""The first automatic text from a sender to a number says who texts and how to stop."""

from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory

from messaging.first_text import lacking
from models import clock as wall
from models.message import Kind
from tests.messaging.clinic import HERS, HIS, Clinic

FOOTER = "Dr. Lee: Reply STOP to opt out."


@pytest.fixture
async def introducing(clinic: Clinic) -> Clinic:
    """A clinic whose first texts introduce it, as every new account's do."""
    await clinic.set(clinic.account, first_text_footer=True)
    return clinic


async def remind(clinic: Clinic, message: str = "Time for your pill.", to: str = HERS, **columns: object) -> None:
    """Let a reminder fire and leave."""
    await clinic.remind(message=message, to_number=to, nominal_at=wall.now(), any_hour=True, **columns)
    await clinic.fire()


async def test_only_the_first_automatic_text_says_who_texts_and_how_to_stop(introducing: Clinic) -> None:
    await remind(introducing)
    await remind(introducing, "Time for your walk.")
    assert introducing.texts() == [f"Time for your pill.\n{FOOTER}", "Time for your walk."]
    [first, _] = await introducing.messages()
    assert first.body == introducing.texts()[0]


async def test_two_that_leave_together_introduce_once(introducing: Clinic) -> None:
    for message in ("One.", "Two."):
        await introducing.remind(message=message, nominal_at=wall.now(), any_hour=True)
    await introducing.fire()
    assert sorted(len(text) for text in introducing.texts()) == [4, 4 + 1 + len(FOOTER)]


async def test_each_sender_and_each_number_is_introduced(introducing: Clinic) -> None:
    other = await introducing.add_number("+12125550101")
    await remind(introducing)
    await remind(introducing, phone_number_id=other.id, from_number=other.phone_number)
    await remind(introducing, to=HIS)
    assert all(FOOTER in text for text in introducing.texts() + introducing.texts(HIS))


async def test_a_reminder_of_a_visit_is_rendered_and_introduced(
    introducing: Clinic, clock: FrozenDateTimeFactory
) -> None:
    visit = await introducing.ask(clock)
    [text] = introducing.texts()
    assert text == f"See you Tuesday, March 3. Reply YES or NO.\n{FOOTER}"
    [message] = await introducing.messages()
    assert message.named_start == visit.starts_at


async def test_what_a_program_asks_for_is_not_automatic_and_introduces_nobody(introducing: Clinic) -> None:
    await introducing.queue("By hand.", kind=Kind.API)
    await introducing.send()
    await remind(introducing)
    assert introducing.texts() == ["By hand.", f"Time for your pill.\n{FOOTER}"]


async def test_one_that_the_carrier_never_took_introduced_nobody(
    introducing: Clinic, clock: FrozenDateTimeFactory
) -> None:
    await introducing.queue("Too late.", kind=Kind.REMINDER, useful_for=timedelta(0))
    await introducing.send()
    assert introducing.texts() == []
    await remind(introducing)
    assert introducing.texts() == [f"Time for your pill.\n{FOOTER}"]


async def test_an_account_may_do_without(clinic: Clinic) -> None:
    await remind(clinic)
    assert clinic.texts() == ["Time for your pill."]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Dr. Lee: see you. Reply STOP to end.", None, ""),
        ("dr.  lee: see you.", None, "Reply STOP to opt out."),
        ("See you. Text Stop to end.", "en", "Dr. Lee"),
        ("Do not stop your pills.", "en", FOOTER),
        ("Hasta luego.", "es-MX", "Dr. Lee: Responda STOP para no recibir mensajes."),
        ("A bientôt.", "fr", "Dr. Lee: Répondez STOP pour ne plus en recevoir."),
        ("Ciao.", "it", FOOTER),
    ],
)
def test_only_what_is_lacking_is_added(text: str, language: str | None, expected: str) -> None:
    assert lacking(text, account_name="Dr. Lee", language=language) == expected
