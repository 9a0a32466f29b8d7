"""An agent's `webhook_url`: the texts that arrive at its numbers, signed like every webhook."""

from sqlmodel import col, select

from models.agent import Agent
from models.event import REPLY
from models.message import Direction, Kind, Message, Status
from models.phone_number import Carrier, PhoneNumber
from models.recipient import Recipient
from models.webhook import Endpoint
from tests.webhooks.office import Office
from tests.webhooks.receiver import Receiver
from webhooks.endpoints import rotate_secret

HERS = "+12125550123"


async def number_of(office: Office, phone_number: str, webhook_url: str | None) -> PhoneNumber:
    """Give the office a number with an agent of its own."""
    async with office.database.write() as session:
        agent = Agent(account_id=office.account.id, name="Front desk", webhook_url=webhook_url)
        session.add(agent)
        await session.flush()
        number = PhoneNumber(
            account_id=office.account.id,
            agent_id=agent.id,
            phone_number=phone_number,
            carrier=Carrier.SANDBOX,
            twilio_sid="AC" + "0" * 32,
            twilio_token_encrypted="",
        )
        session.add(number)
    return number


async def arrive(office: Office, number: PhoneNumber, body: str) -> Message:
    """Let a text arrive."""
    async with office.database.write() as session:
        recipient = Recipient(account_id=office.account.id, phone_number=f"{HERS}{body}")
        session.add(recipient)
        await session.flush()
        message = Message(
            account_id=office.account.id,
            direction=Direction.INBOUND,
            kind=Kind.INBOUND,
            status=Status.RECEIVED,
            phone_number_id=number.id,
            recipient_id=recipient.id,
            from_number=HERS,
            to_number=number.phone_number,
            body=body,
        )
        session.add(message)
    await office.happen("message.received", by=REPLY, about=None, message_id=message.id, payload=None)
    return message


async def stored_endpoints(office: Office) -> list[Endpoint]:
    """Return the endpoints that are there."""
    async with office.database.read() as session:
        query = select(Endpoint).where(col(Endpoint.deleted_at).is_(None)).order_by(col(Endpoint.created_at))
        return list((await session.exec(query)).all())


async def test_an_agent_s_address_gets_the_texts_of_its_own_numbers(office: Office, receiver: Receiver) -> None:
    mine = await number_of(office, "+12125550100", receiver.url)
    others = await number_of(office, "+12125550101", None)
    message = await arrive(office, mine, "YES")
    await arrive(office, others, "NO")
    await office.happen("appointment.confirmed")
    await office.deliver()
    assert receiver.types == ["message.received"]
    shown = receiver.posted[0].body["data"]["object"]
    assert (shown["id"], shown["message"], shown["from"]) == (message.id, "YES", HERS)
    assert (shown["status"], shown["to"]) == ("received", "+12125550100")


async def test_it_is_signed_with_a_secret_of_its_own(office: Office, receiver: Receiver) -> None:
    number = await number_of(office, "+12125550100", receiver.url)
    await arrive(office, number, "YES")
    await office.deliver()
    [endpoint] = await stored_endpoints(office)
    assert endpoint.agent_id == number.agent_id
    async with office.database.write() as session:
        secret = await rotate_secret(session, office.vault, await session.get_one(Endpoint, endpoint.id))
    await arrive(office, number, "NO")
    await office.deliver()
    receiver.posted[1].verify(secret)


async def test_it_follows_the_agent(office: Office, receiver: Receiver) -> None:
    number = await number_of(office, "+12125550100", receiver.url)
    await arrive(office, number, "1")
    await office.deliver()

    async def change(url: str | None) -> None:
        async with office.database.write() as session:
            agent = await session.get_one(Agent, number.agent_id)
            agent.webhook_url = url
            session.add(agent)

    await change(receiver.url + "/new")
    await arrive(office, number, "2")
    await office.deliver()
    await change(None)
    await arrive(office, number, "3")
    await office.deliver()
    assert [one.path for one in receiver.posted] == ["/hook", "/hook/new"]
    assert await stored_endpoints(office) == []
    await change(receiver.url)
    await arrive(office, number, "4")
    await office.deliver()
    assert receiver.posted[-1].body["data"]["object"]["message"] == "4"


async def test_a_text_is_told_with_the_status_of_its_event_also_when_it_has_gone_on(
    office: Office, receiver: Receiver
) -> None:
    await office.endpoint(receiver.url)
    number = await number_of(office, "+12125550100", None)
    message = await arrive(office, number, "YES")
    async with office.database.write() as session:
        stored = await session.get_one(Message, message.id)
        stored.direction, stored.status, stored.error_code = Direction.OUTBOUND, Status.UNDELIVERED, "30008"
        session.add(stored)
    for type in ("message.sent", "message.undelivered"):
        await office.happen(type, about=None, message_id=message.id, payload=None)
    await office.deliver()
    told = {one.body["type"]: one.body["data"]["object"] for one in receiver.posted}
    assert (told["message.sent"]["status"], told["message.sent"]["error_code"]) == ("sent", None)
    assert (told["message.undelivered"]["status"], told["message.undelivered"]["error_code"]) == (
        "undelivered",
        "30008",
    )
