"""Numbers for tests that are about something else."""

from models.agent import Agent
from models.phone_number import Carrier, PhoneNumber
from tests.api.service import Service


async def make_number(service: Service, phone_number: str = "+12125550100") -> PhoneNumber:
    """Store a sandbox number of the service's account, with an agent of its own."""
    async with service.database.write() as session:
        agent = Agent(account_id=service.account.id, name="Front desk")
        session.add(agent)
        await session.flush()
        number = PhoneNumber(
            account_id=service.account.id,
            agent_id=agent.id,
            phone_number=phone_number,
            carrier=Carrier.SANDBOX,
            twilio_sid="AC" + "0" * 32,
            twilio_token_encrypted=service.services.vault.encrypt("0" * 32),
        )
        session.add(number)
    return number
