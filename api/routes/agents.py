"""/v1/agents: the voices that answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field, StringConstraints
from sqlmodel import col, select
from starlette.responses import Response

from api.answers import answer
from api.fields import Body, LongTemplate, Name, Shown, Template, TimeZone, absent, refusal
from api.lists import ListOf, ListQuery, page
from api.route import AdminRoute
from api.unit import Unit, Work
from api.versions import ExpectedVersion, require_version
from messaging import agents
from models.agent import Agent
from models.owned import owned
from webhooks.addresses import check_url

router = APIRouter(prefix="/v1/agents", tags=["Agents"], route_class=AdminRoute)


def _web_address(text: str) -> str:
    if not text.lower().startswith(("https://", "http://")) or not text.isascii() or " " in text:
        raise refusal("invalid_parameter", "must be a web address, such as https://example.com/replies")
    return text


Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
WebAddress = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]
Temperature = Annotated[float, Field(ge=0, le=2)]
WindowHours = Annotated[int, Field(ge=1, le=720)]


class AgentSettings(Body):
    """What an agent is. Null, or left out when it is made, is the default."""

    system_prompt: LongTemplate | None = None
    language: Language | None = None
    timezone: TimeZone | None = None
    llm_model: Name | None = None
    temperature: Temperature | None = None
    enable_sms_reply: bool | None = None
    reply_window_hours: WindowHours | None = None
    fallback_message: Template | None = None
    help_message: Template | None = None
    webhook_url: WebAddress | None = None


class NewAgent(AgentSettings):
    """An agent to make, or to put in the place of one."""

    name: Name


class AgentChanges(AgentSettings):
    """What to change; what is absent stays."""

    name: Name = absent()


class AgentObject(Shown):
    """An agent."""

    object: Literal["agent"]
    agent_id: str
    name: str
    system_prompt: str
    language: str
    timezone: str | None
    llm_model: str | None
    temperature: float
    enable_sms_reply: bool
    reply_window_hours: int
    fallback_message: str
    help_message: str
    webhook_url: str | None


@router.post("", status_code=201, response_model=AgentObject)
async def create_agent(work: Work, body: NewAgent) -> Response:
    """Make an agent."""
    await _check_address(work, body)
    agent = await agents.create_agent(await work.session(), work.account_id, body.given())
    return answer(agents.agent_object(agent), 201)


@router.get("", response_model=ListOf[AgentObject])
async def list_agents(work: Work, asked: Annotated[ListQuery, Query()]) -> Response:
    """List the agents, newest first."""
    query = select(Agent).where(Agent.account_id == work.account_id, col(Agent.deleted_at).is_(None))
    return answer(await page(await work.session(), query, asked, agents.agent_object))


@router.get("/{agent_id}", response_model=AgentObject)
async def get_agent(work: Work, agent_id: str) -> Response:
    """Return an agent."""
    return answer(agents.agent_object(await _agent(work, agent_id)))


@router.put("/{agent_id}", response_model=AgentObject)
async def replace_agent(work: Work, agent_id: str, body: NewAgent, expected: ExpectedVersion) -> Response:
    """Replace an agent: what is absent becomes its default."""
    await _check_address(work, body)
    agent = await _agent_to_change(work, agent_id, expected)
    agents.replace_agent(await work.session(), agent, body.given())
    return answer(agents.agent_object(agent))


@router.patch("/{agent_id}", response_model=AgentObject)
async def change_agent(work: Work, agent_id: str, body: AgentChanges, expected: ExpectedVersion) -> Response:
    """Change an agent: what is absent stays, null is the default."""
    await _check_address(work, body)
    agent = await _agent_to_change(work, agent_id, expected)
    agents.change_agent(await work.session(), agent, body.given())
    return answer(agents.agent_object(agent))


@router.delete("/{agent_id}", response_model=AgentObject)
async def delete_agent(work: Work, agent_id: str, expected: ExpectedVersion) -> Response:
    """Remove an agent that no number and no unfinished reminder has."""
    agent = await _agent_to_change(work, agent_id, expected)
    await agents.delete_agent(await work.session(), agent)
    return answer(agents.agent_object(agent))


async def _check_address(work: Unit, body: AgentSettings) -> None:
    """Look up where texts shall be told, before the session is opened: it asks the network."""
    if body.webhook_url is not None:
        allow_private = work.services.poster.allow_private
        await check_url(body.webhook_url, allow_private=allow_private, param="webhook_url")


async def _agent(work: Unit, agent_id: str) -> Agent:
    return await owned(await work.session(), Agent, agent_id, account_id=work.account_id, kind="agent")


async def _agent_to_change(work: Unit, agent_id: str, expected: int | None) -> Agent:
    agent = await owned(await work.session(), Agent, agent_id, account_id=work.account_id, kind="agent", lock=True)
    require_version(expected, agent.version)
    return agent
