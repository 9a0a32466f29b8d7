"""Finding an account's object: another account's, a deleted one and one that never was are the same."""

import pytest

from models import clock
from models.account import Account
from models.agent import Agent
from models.database import Database
from models.errors import NotFound
from models.owned import owned


@pytest.mark.parametrize("lock", [False, True])
async def test_only_the_account_s_own_living_object_is_found(database: Database, lock: bool) -> None:
    async with database.write() as session:
        mine, theirs = Account(name="Mine"), Account(name="Theirs")
        session.add_all([mine, theirs])
        await session.flush()
        agent = Agent(account_id=mine.id, name="A")
        foreign = Agent(account_id=theirs.id, name="B")
        deleted = Agent(account_id=mine.id, name="C", deleted_at=clock.now())
        session.add_all([agent, foreign, deleted])
        await session.flush()
        found = await owned(session, Agent, agent.id, account_id=mine.id, kind="agent", lock=lock)
        assert found.id == agent.id
        for id in (foreign.id, deleted.id, "agent_never", ""):
            with pytest.raises(NotFound) as raised:
                await owned(session, Agent, id, account_id=mine.id, kind="agent", lock=lock)
            assert raised.value.code == "agent_not_found"
