"""An agent's `webhook_url` as an endpoint of its own: it gets the texts that arrive at the agent's numbers.

It is made when the first text arrives, is listed with the others, and is signed like them: its secret is shown by
`rotate-secret`. The agent stays the place where its address is changed.
"""

from collections.abc import Collection

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.agent import Agent
from models.vault import Vault
from models.webhook import Endpoint
from webhooks.event_types import MESSAGE_RECEIVED
from webhooks.signing import new_secret


async def follow_agents(session: AsyncSession, vault: Vault, account_ids: Collection[str]) -> None:
    """Make the endpoints of these accounts' agents what the agents say: made, moved or removed."""
    if not account_ids:
        return
    asked = select(Agent).where(
        col(Agent.account_id).in_(account_ids),
        col(Agent.webhook_url).is_not(None),
        col(Agent.deleted_at).is_(None),
    )
    agents = {agent.id: agent for agent in (await session.exec(asked)).all()}
    standing = select(Endpoint).where(
        col(Endpoint.account_id).in_(account_ids),
        col(Endpoint.agent_id).is_not(None),
        col(Endpoint.deleted_at).is_(None),
    )
    for endpoint in (await session.exec(standing)).all():
        assert endpoint.agent_id is not None
        _follow(session, endpoint, agents.pop(endpoint.agent_id, None))
    for agent in agents.values():
        session.add(_made_for(agent, vault))
    await session.flush()


def _follow(session: AsyncSession, endpoint: Endpoint, agent: Agent | None) -> None:
    if agent is None:
        endpoint.deleted_at = clock.now()
    elif agent.webhook_url is not None and agent.webhook_url != endpoint.url:
        endpoint.url = agent.webhook_url
        endpoint.enabled, endpoint.disabled_at, endpoint.disabled_reason = True, None, None
        endpoint.failing_since = None
    else:
        return
    endpoint.touch()
    session.add(endpoint)


def _made_for(agent: Agent, vault: Vault) -> Endpoint:
    assert agent.webhook_url is not None
    return Endpoint(
        account_id=agent.account_id,
        agent_id=agent.id,
        url=agent.webhook_url,
        events=[MESSAGE_RECEIVED],
        secret_encrypted=vault.encrypt(new_secret()),
    )
