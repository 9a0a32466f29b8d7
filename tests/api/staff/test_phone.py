"""The sandbox's phone: what was texted, and answering it as the person who got it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from sqlmodel import col, select

from models.message import Direction, Message, Status
from sandbox import SandboxCarrier
from tests.api.service import Service, running
from tests.api.staff.practice import Practice

PERSON = "+12125550123"
TOKEN = "0" * 32


@dataclass(frozen=True)
class Place:
    """Where a sandbox carrier is controlled, and with which token."""

    url: str
    control_token: str


@dataclass
class Played:
    """A practice whose number is on a sandbox carrier."""

    practice: Practice
    carrier: SandboxCarrier

    async def text(self, body: str, to: str = PERSON) -> None:
        """Send a text from the practice's number, as the way out would."""
        number = self.practice.number
        address = f"{self.carrier.url}/2010-04-01/Accounts/{number.twilio_sid}/Messages.json"
        credentials = aiohttp.encode_basic_auth(number.twilio_sid, TOKEN)
        form = {"To": to, "From": number.phone_number, "Body": body}
        async with (
            aiohttp.ClientSession(headers={"Authorization": credentials}) as session,
            session.post(address, data=form) as answer,
        ):
            assert answer.status == 201


@pytest.fixture
async def played(tuesday_at_ten: None, migrated_sqlite_url: str) -> AsyncIterator[Played]:
    """A practice, its number registered at a sandbox carrier that posts what arrives to it."""
    async with SandboxCarrier() as carrier:
        place = Place(carrier.url, carrier.control_token)
        async with running(migrated_sqlite_url, sandbox=place) as service:
            yield await play(service, carrier)


async def play(service: Service, carrier: SandboxCarrier) -> Played:
    """Register the number of a new practice at a carrier that posts what arrives to it."""
    practice = await Practice.open(service)
    number = practice.number
    carrier.register_account(number.twilio_sid, TOKEN)
    webhook = f"{service.url}/webhooks/twilio/sms/{number.id}"
    carrier.register_number(number.twilio_sid, number.phone_number, sms_url=webhook)
    return Played(practice, carrier)


async def test_the_phone_stands_beside_the_day_with_the_texts_it_got(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.text("See you <soon>")
    await played.practice.text(visit, "See you <soon>", Status.SENT)
    async with played.practice.desk() as desk:
        page = (await desk.get("/")).text
        assert "Maria Lopez, +1 212 555 0123" in page
        assert "See you &lt;soon&gt;" in page
        alone = (await desk.get("/phone")).text
        assert "See you &lt;soon&gt;" in alone


async def test_an_answer_arrives_as_that_persons_text(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.text("Reply YES or NO")
    await played.practice.text(visit, "Reply YES or NO", Status.SENT)
    async with played.practice.desk() as desk:
        part = await desk.post("/phone", part=True, phone=PERSON, quick="YES")
        assert part.status_code == 200
        assert "This phone wrote: </span>YES" in part.text
        back = await desk.post("/phone", phone=PERSON, text="  and thank you  ")
        assert (back.url.path, back.url.params["phone"]) == ("/", PERSON)
    async with played.practice.service.database.read() as session:
        query = select(Message).where(Message.direction == Direction.INBOUND).order_by(col(Message.created_at))
        arrived = (await session.exec(query)).all()
    assert [message.body for message in arrived] == ["YES", "and thank you"]
    assert {(message.from_number, message.to_number) for message in arrived} == {
        (PERSON, played.practice.number.phone_number)
    }


async def test_only_phones_that_this_practice_texted_are_shown(played: Played) -> None:
    await played.text("from another practice", to="+12125550199")
    visit = await played.practice.book("Maria Lopez")
    await played.text("Reply YES or NO")
    await played.practice.text(visit, "Reply YES or NO", Status.SENT)
    async with played.practice.desk() as desk:
        assert "0199" not in (await desk.get("/phone")).text
        assert (
            await desk.get(
                "/phone",
            )
        ).status_code == 200
        shown = await desk.get("/phone?phone=%2B12125550199", part=True)
        sent = await desk.post("/phone", part=True, phone="+12125550199", quick="YES")
    assert (shown.status_code, sent.status_code) == (404, 404)


async def test_what_others_texted_to_the_same_phone_is_not_shown(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.practice.text(visit, "Reply YES or NO", Status.SENT)
    await played.text("ours")
    other = played.carrier.register_account("AC" + "1" * 32, TOKEN)
    played.carrier.register_number(other.sid, "+12125550177")
    await played.carrier.receive(PERSON, "+12125550177", "between me and the barber")
    async with played.practice.desk() as desk:
        page = (await desk.get("/phone")).text
    assert "ours" in page
    assert "barber" not in page


async def test_before_the_first_text_the_phone_says_so(played: Played) -> None:
    async with played.practice.desk() as desk:
        assert "No phone has been texted yet" in (await desk.get("/")).text


@pytest.mark.parametrize(("text", "status"), [("", 400), ("  ", 400), ("x" * 1601, 400)])
async def test_an_answer_needs_words_but_not_too_many(played: Played, text: str, status: int) -> None:
    async with played.practice.desk() as desk:
        assert (await desk.post("/phone", part=True, phone=PERSON, text=text)).status_code == status


async def test_a_carrier_that_stopped_is_told_in_words(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.practice.text(visit, "Reply YES or NO", Status.SENT)
    async with played.practice.desk() as desk:
        await played.carrier.stop()
        page = await desk.get("/")
        sent = await desk.post("/phone", part=True, phone=PERSON, quick="YES")
    assert page.status_code == 200
    assert "The sandbox carrier does not answer." in page.text
    assert sent.status_code == 503


async def test_a_text_that_the_service_refuses_is_not_called_sent(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.text("Reply YES or NO")
    await played.practice.text(visit, "Reply YES or NO", Status.SENT)
    number = played.practice.number
    refusing = f"{played.practice.service.url}/webhooks/twilio/sms/num_unknown"
    played.carrier.register_number(number.twilio_sid, number.phone_number, sms_url=refusing)
    async with played.practice.desk() as desk:
        sent = await desk.post("/phone", part=True, phone=PERSON, quick="YES")
    assert sent.status_code == 503
    assert "it answered 403" in sent.text


async def test_a_practice_without_a_sandbox_has_no_phone(practice: Practice) -> None:
    async with practice.desk() as desk:
        assert "A phone to try it with" not in (await desk.get("/")).text
        assert "No sandbox phone" in (await desk.get("/phone")).text
