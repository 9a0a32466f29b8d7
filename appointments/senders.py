"""Which of an account's numbers texts a person, and as which agent."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.agent import Agent
from models.errors import Invalid, NotFound, NotPermitted
from models.phone_number import PhoneNumber


class Senders:
    """The numbers of an account, oldest first, and its agents."""

    def __init__(self, numbers: Sequence[PhoneNumber], agent_ids: frozenset[str]) -> None:
        self.numbers = numbers
        self.agent_ids = agent_ids

    @classmethod
    async def of(cls, session: AsyncSession, account_id: str) -> "Senders":
        """Read an account's senders."""
        numbers = (
            select(PhoneNumber)
            .where(PhoneNumber.account_id == account_id, col(PhoneNumber.deleted_at).is_(None))
            .order_by(col(PhoneNumber.created_at), col(PhoneNumber.id))
        )
        agents = select(Agent.id).where(Agent.account_id == account_id, col(Agent.deleted_at).is_(None))
        return cls((await session.exec(numbers)).all(), frozenset((await session.exec(agents)).all()))

    def choose(self, *, agent_id: str | None, from_number: str | None) -> PhoneNumber | None:
        """Return the number asked for, else the agent's oldest, else the account's; None where it has none.

        Raises NotFound (the agent), NotPermitted (a number of another account or agent), Invalid (an agent
        without a number).
        """
        if agent_id is not None and agent_id not in self.agent_ids:
            raise NotFound("agent", agent_id, param="agent_id")
        if from_number is not None:
            return self._own(from_number, agent_id)
        if agent_id is None:
            return self.numbers[0] if self.numbers else None
        number = next((number for number in self.numbers if number.agent_id == agent_id), None)
        if number is None:
            raise Invalid(
                "invalid_parameter",
                "The agent has no phone number: import one for it, or name another agent.",
                param="agent_id",
            )
        return number

    def of_id(self, phone_number_id: str | None) -> PhoneNumber | None:
        """Return one of the numbers by its id, or None where it was deleted meanwhile."""
        return next((number for number in self.numbers if number.id == phone_number_id), None)

    def _own(self, from_number: str, agent_id: str | None) -> PhoneNumber:
        number = next((number for number in self.numbers if number.phone_number == from_number), None)
        if number is None:
            raise NotPermitted(
                "from_number_not_owned",
                "from_number is not a number of this account: GET /v1/phone-numbers lists them.",
                param="from_number",
            )
        if agent_id is not None and number.agent_id != agent_id:
            raise NotPermitted(
                "from_number_not_owned",
                "from_number belongs to another agent than agent_id names.",
                param="from_number",
            )
        return number


def no_sender() -> Invalid:
    """The fault of texts that no number of the account could send."""
    return Invalid(
        "invalid_parameter",
        "The account has no phone number to text from: import one with POST /v1/phone-numbers, "
        'or book with "reminders": [] for an appointment without texts.',
        param="from_number",
    )
