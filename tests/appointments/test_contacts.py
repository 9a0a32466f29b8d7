"""Who is meant, what follows a person who changes, and what is left of one who is erased."""

from typing import Any

import pytest
from sqlmodel import select

from appointments.contacts import match_or_create_contact, update_contact
from appointments.erasing import erase_contact
from appointments.fields import ContactFields
from messaging.consent import is_unsubscribed, unsubscribe
from messaging.recipients import lock_recipient
from models.account import Account
from models.appointment import Confirmation
from models.attention import Reason, open_item
from models.contact import Contact
from models.errors import Conflict, Faults, NotFound
from models.event import Event
from models.message import Message, Status
from models.recipient import ConsentSource, Recipient
from tests.appointments.conftest import ANA, API, Practice

PHONE, NEW_PHONE = "+12125550123", "+12125550177"


async def meet(practice: Practice, **fields: Any) -> Contact:
    """Enter somebody as a booking does."""
    async with practice.database.write() as session:
        account = await session.get_one(Account, practice.account_id)
        wanted: ContactFields = fields  # type: ignore[assignment]  # a test may give wrong fields on purpose
        return await match_or_create_contact(session, account, wanted, by=API)


async def change(practice: Practice, contact: Contact, **fields: Any) -> tuple[str, ...]:
    """Change a contact and return what changed."""
    async with practice.database.write() as session:
        account = await session.get_one(Account, practice.account_id)
        wanted: ContactFields = fields  # type: ignore[assignment]  # a test may give wrong fields on purpose
        _, changed = await update_contact(session, account, contact.id, wanted, by=API)
        return tuple(changed)


async def test_a_number_and_a_name_are_one_person_however_written(practice: Practice) -> None:
    ana = await meet(practice, name="Ana Ruiz", phone_number=PHONE)
    assert (await meet(practice, name="  ANA   ruiz ", phone_number=PHONE)).id == ana.id


async def test_two_people_share_a_phone(practice: Practice) -> None:
    ana = await meet(practice, name="Ana Ruiz", phone_number=PHONE)
    leo = await meet(practice, name="Leo Ruiz", phone_number=PHONE)
    assert leo.id != ana.id


async def test_without_a_name_it_is_the_only_one_with_the_number(practice: Practice) -> None:
    ana = await meet(practice, name="Ana Ruiz", phone_number=PHONE)
    assert (await meet(practice, phone_number=PHONE)).id == ana.id
    await meet(practice, name="Leo Ruiz", phone_number=PHONE)
    somebody = await meet(practice, phone_number=PHONE)
    assert somebody.name is None
    assert (await meet(practice, phone_number=PHONE)).id == somebody.id


async def test_an_external_id_goes_before_all_else(practice: Practice) -> None:
    ana = await meet(practice, external_id="p1", name="Ana Ruiz", phone_number=PHONE)
    married = await meet(practice, external_id="p1", name="Ana Diaz", phone_number=NEW_PHONE)
    assert (married.id, married.name, married.phone_number) == (ana.id, "Ana Diaz", NEW_PHONE)


async def test_somebody_with_another_external_id_is_somebody_else(practice: Practice) -> None:
    ana = await meet(practice, external_id="p1", name="Ana Ruiz", phone_number=PHONE)
    assert (await meet(practice, external_id="p2", name="Ana Ruiz", phone_number=PHONE)).id != ana.id


async def test_an_external_id_is_learnt(practice: Practice) -> None:
    ana = await meet(practice, name="Ana Ruiz", phone_number=PHONE)
    again = await meet(practice, external_id="p1", name="Ana Ruiz", phone_number=PHONE)
    assert (again.id, again.external_id) == (ana.id, "p1")


async def test_nobody_is_not_a_contact(practice: Practice) -> None:
    with pytest.raises(Faults) as wrong:
        await meet(practice, language="en")
    assert wrong.value.param == "contact.name"


async def test_a_new_number_moves_all_texts_not_yet_sent(practice: Practice) -> None:
    booked = await practice.book()
    [ask, tell] = await practice.reminders(booked.appointment.id)
    queued = await practice.text(ask, Status.QUEUED)
    assert await change(practice, booked.contact, phone_number=NEW_PHONE) == ("phone_number",)
    message = await practice.message(queued.id)
    assert (message.to_number, message.status) == (NEW_PHONE, Status.QUEUED)
    async with practice.database.read() as session:
        assert (await session.get_one(Recipient, message.recipient_id)).phone_number == NEW_PHONE
    assert [one.to_number for one in await practice.reminders(booked.appointment.id) if one.id == tell.id] == [
        NEW_PHONE
    ]


async def test_without_a_number_nothing_is_texted_until_there_is_one_again(practice: Practice) -> None:
    booked = await practice.book()
    id = booked.appointment.id
    [ask, _] = await practice.reminders(id)
    queued = await practice.text(ask, Status.QUEUED)
    await change(practice, booked.contact, phone_number=None)
    assert (await practice.message(queued.id)).status is Status.CANCELLED
    assert await practice.coming(id) == []
    await change(practice, booked.contact, phone_number=NEW_PHONE)
    assert await practice.coming(id) == ["Thu 15:00", "Fri 13:00"]


async def test_a_new_number_is_no_longer_unreachable(practice: Practice) -> None:
    from appointments.confirming import mark_unreachable

    booked = await practice.book()
    async with practice.database.write() as session:
        await mark_unreachable(session, practice.account_id, booked.appointment.id)
        await open_item(session, practice.account_id, Reason.WRONG_NUMBER, contact_id=booked.contact.id)
    await change(practice, booked.contact, phone_number=NEW_PHONE)
    assert (await practice.appointment(booked.appointment.id)).confirmation is Confirmation.PENDING
    assert await practice.flags(booked.appointment.id) == []


async def test_another_zone_moves_what_its_hours_forbid(practice: Practice) -> None:
    booked = await practice.book(reminders=[{"before": "PT30H", "message": "Hello"}])
    assert await practice.coming(booked.appointment.id) == ["Thu 09:00"]
    await change(practice, booked.contact, timezone="America/Los_Angeles")
    assert await practice.coming(booked.appointment.id) == ["Thu 11:00"]


async def test_another_language_reaches_the_default_plan(practice: Practice) -> None:
    booked = await practice.book(reminders=None)
    await change(practice, booked.contact, language="es")
    messages = [one.message for one in await practice.reminders(booked.appointment.id)]
    assert any("Responda SI" in message for message in messages)
    assert not any("Reply" in message for message in messages)


async def test_an_external_id_belongs_to_one(practice: Practice) -> None:
    await meet(practice, external_id="p1", name="Ana Ruiz", phone_number=PHONE)
    leo = await meet(practice, name="Leo Ruiz", phone_number=PHONE)
    with pytest.raises(Conflict) as taken:
        await change(practice, leo, external_id="p1")
    assert taken.value.param == "external_id"


async def test_an_erased_person_leaves_nothing_but_the_opt_out(practice: Practice) -> None:
    booked = await practice.book(
        contact={**ANA, "external_id": "patient-1", "metadata": {"chart": "no. 17"}},
        patient={"name": "Leo Ruiz"},
        reminders=[{"before": "PT24H", "message": "Ana, reply YES"}],
    )
    [ask] = await practice.reminders(booked.appointment.id)
    await practice.text(ask, Status.DELIVERED)
    async with practice.database.write() as session:
        recipient = await lock_recipient(session, practice.account_id, PHONE)
        await unsubscribe(session, recipient, source=ConsentSource.KEYWORD, by=API)
    async with practice.database.write() as session:
        erased = await erase_contact(session, practice.account_id, booked.contact.id, by=API)
    assert erased.deleted_at is not None
    async with practice.database.read() as session:
        rows = [
            *(await session.exec(select(Contact))).all(),
            *(await session.exec(select(Message))).all(),
            *(await session.exec(select(Event))).all(),
            await session.get_one(type(booked.appointment), booked.appointment.id),
        ]
        stored = " ".join(
            str(row.model_dump()) for row in rows if not isinstance(row, Event) or row.appointment_id
        )
        assert not any(word in stored for word in ("Ana", "Leo", PHONE, "patient-1", "no. 17"))
        assert await is_unsubscribed(session, recipient.id, "+12125550100")
    assert await practice.coming(booked.appointment.id) == []


async def test_a_number_nobody_has_any_more_is_forgotten(practice: Practice) -> None:
    booked = await practice.book()
    async with practice.database.write() as session:
        await erase_contact(session, practice.account_id, booked.contact.id, by=API)
    async with practice.database.read() as session:
        assert PHONE not in (await session.exec(select(Recipient.phone_number))).all()
    again = await practice.book()
    assert again.contact.id != booked.contact.id


async def test_who_shares_the_phone_keeps_it(practice: Practice) -> None:
    ana = await practice.book()
    leo = await practice.book(contact={"name": "Leo Ruiz", "phone_number": PHONE})
    async with practice.database.write() as session:
        await erase_contact(session, practice.account_id, ana.contact.id, by=API)
    assert await practice.coming(ana.appointment.id) == []
    assert await practice.coming(leo.appointment.id) == ["Thu 15:00", "Fri 13:00"]
    with pytest.raises(NotFound):
        async with practice.database.write() as session:
            await erase_contact(session, practice.account_id, ana.contact.id, by=API)


async def test_an_erased_person_does_not_come_back_with_the_next_update(practice: Practice) -> None:
    booked = await practice.book(external_id="4711", contact={"phone_number": PHONE})
    async with practice.database.write() as session:
        await erase_contact(session, practice.account_id, booked.contact.id, by=API)
    again = await practice.book(external_id="4711", contact={"phone_number": PHONE})
    assert again.contact.id != booked.contact.id
    assert await practice.coming(booked.appointment.id) == ["Thu 15:00", "Fri 13:00"]
