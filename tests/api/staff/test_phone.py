"""The sandbox's phone: what was texted, and answering it as the person who got it."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import col, select

from models.message import Direction, Message
from tests.api.staff.played import PERSON, TOKEN, Played, playing
from tests.api.staff.practice import Practice


@pytest.fixture
async def played(tuesday_at_ten: None, migrated_sqlite_url: str) -> AsyncIterator[Played]:
    """A practice whose number is on a sandbox carrier."""
    async with playing(migrated_sqlite_url) as played:
        yield played


async def test_the_phone_stands_beside_the_day_with_the_texts_it_got(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.remind(visit, "See you <soon>")
    async with played.practice.desk() as desk:
        page = (await desk.get("/")).text
        assert "Maria Lopez, +1 212 555 0123" in page
        assert "See you &lt;soon&gt;" in page
        alone = (await desk.get("/phone")).text
        assert "See you &lt;soon&gt;" in alone


async def test_a_yes_on_the_phone_confirms_the_visit(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez", "15:00")
    await played.remind(visit)
    async with played.practice.desk() as desk:
        await desk.post("/phone", part=True, phone=PERSON, text="YES")
        assert await played.read_replies() == 1
        assert "Confirmed" in (await desk.get(f"/appointments/{visit.id}", part=True)).text


async def test_an_answer_arrives_as_that_persons_text(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.remind(visit)
    async with played.practice.desk() as desk:
        part = await desk.post("/phone", part=True, phone=PERSON, text="YES")
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
    other = played.carrier.register_account("AC" + "1" * 32, TOKEN)
    played.carrier.register_number(other.sid, "+12125550177")
    await played.carrier.receive("+12125550199", "+12125550177", "between others")
    visit = await played.practice.book("Maria Lopez")
    await played.remind(visit)
    async with played.practice.desk() as desk:
        assert "0199" not in (await desk.get("/phone")).text
        shown = await desk.get("/phone?phone=%2B12125550199", part=True)
        sent = await desk.post("/phone", part=True, phone="+12125550199", text="YES")
    assert (shown.status_code, sent.status_code) == (404, 404)


async def test_what_others_texted_to_the_same_phone_is_not_shown(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.remind(visit, "ours")
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


@pytest.mark.parametrize(("text", "status"), [("", 400), ("  ", 400), ("a\x00b", 400), ("x" * 1601, 400)])
async def test_an_answer_needs_words_but_not_too_many(played: Played, text: str, status: int) -> None:
    async with played.practice.desk() as desk:
        assert (await desk.post("/phone", part=True, phone=PERSON, text=text)).status_code == status


async def test_a_carrier_that_stopped_is_told_in_words(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.remind(visit)
    async with played.practice.desk() as desk:
        await played.carrier.stop()
        page = await desk.get("/")
        sent = await desk.post("/phone", part=True, phone=PERSON, text="YES")
    assert page.status_code == 200
    assert "The sandbox carrier does not answer." in page.text
    assert sent.status_code == 503


async def test_a_text_that_the_service_refuses_is_not_called_sent(played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    await played.remind(visit)
    number = played.practice.number
    refusing = f"{played.practice.service.url}/webhooks/twilio/sms/num_unknown"
    played.carrier.register_number(number.twilio_sid, number.phone_number, sms_url=refusing)
    async with played.practice.desk() as desk:
        sent = await desk.post("/phone", part=True, phone=PERSON, text="YES")
    assert sent.status_code == 503
    assert "it answered 403" in sent.text


async def test_a_practice_without_a_sandbox_has_no_phone(practice: Practice) -> None:
    async with practice.desk() as desk:
        assert "A phone to try it with" not in (await desk.get("/")).text
        assert "No sandbox phone" in (await desk.get("/phone")).text
