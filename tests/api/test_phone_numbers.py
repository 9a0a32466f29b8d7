"""/v1/phone-numbers: reading, changing and removing them."""

from sqlmodel import col, select

from messaging.numbers import forget_tokens
from models.attention import Attention, Reason, open_item
from models.message import Message, Status
from models.phone_number import PhoneNumber
from models.recipient import Recipient
from models.reminder import Reminder, ReminderKind, ReminderState
from tests.api.importing import NUMBERS, OTHERS, OURS, Import, fault
from tests.api.numbers import make_number
from tests.api.service import Service


async def test_numbers_are_listed_newest_first_and_filtered(stored_ready: Import) -> None:
    first = (await stored_ready.post()).json()
    second = await make_number(stored_ready.service, "+12125550102")
    page = (await stored_ready.client.get(NUMBERS)).json()
    assert ([one["id"] for one in page["data"]], page["count"]) == ([second.id, first["id"]], 2)
    for query in ({"phone_number": OURS}, {"agent_id": first["agent_id"]}):
        page = (await stored_ready.client.get(NUMBERS, params=query)).json()
        assert [one["id"] for one in page["data"]] == [first["id"]]


async def test_a_patch_changes_the_agent_and_the_limits(stored_ready: Import) -> None:
    number = (await stored_ready.post()).json()
    agent = (await stored_ready.client.post("/v1/agents", json={"name": "B"})).json()
    path = f"{NUMBERS}/{number['id']}"
    changes = {"agent_id": agent["id"], "a2p_registered": False, "max_per_second": 10}
    changed = (await stored_ready.client.patch(path, json=changes)).json()
    assert {name: changed[name] for name in changes} == changes
    assert changed["version"] == number["version"] + 1
    cleared = (await stored_ready.client.patch(path, json={"a2p_registered": None})).json()
    assert (cleared["a2p_registered"], cleared["max_per_second"]) == (None, 10)
    response = await stored_ready.client.patch(path, json={"agent_id": "agent_none"})
    assert fault(response) == (404, "agent_not_found", "agent_id")
    response = await stored_ready.client.patch(path, json={"agent_id": None})
    assert fault(response) == (400, "invalid_parameter", "agent_id")
    response = await stored_ready.client.patch(path, json={"phone_number": OTHERS})
    assert fault(response) == (400, "unknown_parameter", "phone_number")


async def test_a_new_token_is_checked_and_lets_a_stopped_number_send_again(ready: Import) -> None:
    number = (await ready.post()).json()
    path = f"{NUMBERS}/{number['id']}"
    async with ready.service.database.write() as session:
        stored = await session.get_one(PhoneNumber, number["id"])
        stored.stopped_reason = "20003"
        session.add(stored)
        await open_item(session, stored.account_id, Reason.CARRIER_TROUBLE, phone_number_id=stored.id)
    token = ready.carrier.register_account(ready.account.sid, "f" * 32).token
    response = await ready.client.patch(path, json={"twilio_token": "0" * 32})
    assert fault(response) == (400, "invalid_parameter", "twilio_token")
    assert (await ready.stored(number["id"])).stopped_reason == "20003"
    changed = (await ready.client.patch(path, json={"twilio_token": token})).json()
    assert changed["stopped_reason"] is None
    stored = await ready.stored(number["id"])
    assert ready.service.services.vault.decrypt(stored.twilio_token_encrypted) == token
    async with ready.service.database.read() as session:
        open_items = select(Attention).where(col(Attention.resolved_at).is_(None))
        assert (await session.exec(open_items)).all() == []


async def test_a_deleted_number_is_gone_here_and_can_be_imported_again(stored_ready: Import) -> None:
    number = (await stored_ready.post()).json()
    path = f"{NUMBERS}/{number['id']}"
    assert (await stored_ready.client.delete(path)).json()["id"] == number["id"]
    assert fault(await stored_ready.client.get(path)) == (404, "phone_number_not_found", None)
    assert fault(await stored_ready.client.delete(path)) == (404, "phone_number_not_found", None)
    again = await stored_ready.post()
    assert again.status_code == 201
    assert again.json()["id"] != number["id"]


async def test_a_number_with_an_unfinished_reminder_stays(service: Service) -> None:
    number = await make_number(service)
    async with service.database.write() as session:
        reminder = Reminder(
            account_id=number.account_id,
            kind=ReminderKind.ONCE,
            agent_id=number.agent_id,
            phone_number_id=number.id,
            from_number=number.phone_number,
            to_number="+12125550123",
            message="Hello",
            timezone="UTC",
        )
        session.add(reminder)
    path = f"{NUMBERS}/{number.id}"
    assert fault(await service.client.delete(path)) == (409, "in_use", None)
    async with service.database.write() as session:
        reminder = await session.get_one(Reminder, reminder.id)
        reminder.state = ReminderState.FINISHED
        session.add(reminder)
    assert (await service.client.delete(path)).status_code == 200


async def test_a_deleted_number_s_token_is_kept_until_its_messages_are_final(stored_service: Service) -> None:
    number = await make_number(stored_service)
    database = stored_service.database
    async with database.write() as session:
        recipient = Recipient(account_id=number.account_id, phone_number="+12125550123")
        session.add(recipient)
        await session.flush()
        message = Message(
            account_id=number.account_id,
            status=Status.SENDING,
            phone_number_id=number.id,
            recipient_id=recipient.id,
            from_number=number.phone_number,
            to_number=recipient.phone_number,
            body="Hello",
        )
        session.add(message)
    assert await forget_tokens(database) == 0  # it is not deleted
    assert (await stored_service.client.delete(f"{NUMBERS}/{number.id}")).status_code == 200
    assert await forget_tokens(database) == 0  # its message is under way
    async with database.write() as session:
        message = await session.get_one(Message, message.id)
        message.status = Status.DELIVERED
        session.add(message)
    assert await forget_tokens(database) == 1
    async with database.read() as session:
        assert (await session.get_one(PhoneNumber, number.id)).twilio_token_encrypted == ""
    assert await forget_tokens(database) == 0


async def test_another_account_s_number_is_not_there(service: Service) -> None:
    number = await make_number(service)
    stranger = await service.another_account()
    path = f"{NUMBERS}/{number.id}"
    for response in (
        await stranger.get(path),
        await stranger.patch(path, json={"a2p_registered": True}),
        await stranger.patch(path, json={"twilio_token": "0" * 32}),
        await stranger.delete(path),
    ):
        assert fault(response) == (404, "phone_number_not_found", None)
