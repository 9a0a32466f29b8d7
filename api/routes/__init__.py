"""Routes: a file a resource, listed here one by one.

A route parses, calls one function of a lower room and shapes the answer:

    router = APIRouter(prefix="/v1/agents", tags=["Agents"], route_class=AdminRoute)   # Route: scope `write`

    @router.patch("/{agent_id}", response_model=AgentObject)
    async def change_agent(work: Work, agent_id: str, body: AgentChanges, expected: ExpectedVersion) -> Response:
        session = await work.session()
        agent = await owned(session, Agent, agent_id, account_id=work.account_id, kind="agent", lock=True)
        require_version(expected, agent.version)
        agents.change_agent(session, agent, body.given())
        return answer(agents.agent_object(agent))

- `route_class` (api/route.py) brings the key, scope, strict JSON, `Idempotency-Key`, unknown parameters and the
  commit. `work` (api/unit.py) has `account_id`, `actor`, `services` and `session()`: reading for GET, writing for
  all else, committed after the answer is built. Never commit it yourself; `await work.commit(message_id=…)` only
  where the network is asked in between, and then mark the endpoint with `@recovered_by` (api/idempotency.py).
- Bodies derive from `Body`, queries of lists from `ListQuery` (`asked: Annotated[MyQuery, Query()]`); their field
  types are in api/fields.py, where a validator raises `refusal(code, "must be …")`. Whole numbers have bounds
  that fit their column. `body.given()` is what was named, also null.
- Faults (models/errors.py) are raised where the rule lives; a route catches none.
- `answer(object, status)` builds the answer. `response_model` is documentation, not a filter: tests check every
  answer against it (tests/api/service.py). An error status beyond those every route has (api/openapi.py) is
  named in `responses=errors(502)`.
"""

from fastapi import APIRouter

from api.routes import (
    account,
    agents,
    appointment_actions,
    appointment_batch,
    appointments,
    attention,
    changes,
    contacts,
    operations,
    phone_numbers,
    plans,
    reminders,
    sms,
    twilio,
    webhooks,
)

ROUTERS: tuple[APIRouter, ...] = (
    account.router,
    agents.router,
    phone_numbers.router,
    contacts.router,
    plans.router,
    appointments.router,
    appointment_actions.router,
    appointment_batch.router,
    reminders.router,
    attention.router,
    webhooks.router,
    changes.router,
    sms.router,
    twilio.router,
    operations.router,
)
