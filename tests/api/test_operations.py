"""/healthz, /readyz, /metrics: without a key, without personal data; and what happens without a database."""

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import access
from models.database import Database
from tests.api.numbers import make_number
from tests.api.service import Service, running


async def test_a_living_process_says_so(service: Service) -> None:
    response = await service.client_of(None).get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_a_ready_service_says_so(stored_service: Service) -> None:
    response = await stored_service.client_of(None).get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "failures": []})


async def test_what_is_not_ready_is_named(migrated_sqlite_url: str) -> None:
    failures = ["the alarm does not run"]

    async def readiness() -> list[str]:
        return failures

    async with running(migrated_sqlite_url, readiness=readiness) as service:
        response = await service.client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"status": "unavailable", "failures": ["the alarm does not run"]}
        assert int(response.headers["Retry-After"]) > 0
        failures.clear()
        assert (await service.client.get("/readyz")).status_code == 200


async def test_figures_name_routes_and_never_what_was_asked_for(service: Service) -> None:
    number = await make_number(service)
    await service.client.get(f"/v1/phone-numbers/{number.id}")
    await service.client.get("/v1/agents/agent_private")
    await service.client.get("/private/nothing")
    response = await service.client_of(None).get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert 'method="GET",route="/v1/phone-numbers/{phone_number_id}",status="200"' in response.text
    assert "showup_http_request_seconds_bucket" in response.text
    for private in (number.id, number.phone_number, "private"):
        assert private not in response.text


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, Exception("connection refused")),
        OperationalError("SELECT 1", {}, Exception("database is locked")),
        OperationalError("INSERT", {}, Exception("database or disk is full")),
        PoolTimeout("QueuePool limit"),
    ],
)
async def test_without_a_database_every_request_is_503_and_says_when_to_come_back(
    service: Service, error: Exception, logs: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise error

    assert (await service.client.get("/v1/agents")).status_code == 200  # the key is known for a second
    monkeypatch.setattr(service.database, "read", refuse)
    monkeypatch.setattr(service.database, "open_write", refuse)
    for response in (
        await service.client.get("/v1/agents"),
        await service.client.post("/v1/agents", json={"name": "A"}),
        await service.client.post("/v1/agents", json={"name": "A"}, headers={"Idempotency-Key": "k"}),
    ):
        assert response.status_code == 503
        assert response.json()["error"]["type"] == response.json()["error"]["code"] == "unavailable"
        assert int(response.headers["Retry-After"]) > 0
    ready = await service.client.get("/readyz")
    assert ready.status_code == 503
    assert "database" in ready.json()["failures"][0]
    assert "SELECT" not in str(logs)


@pytest.mark.postgresql
async def test_a_service_whose_server_is_away_answers_503(migrated_postgres_url: str) -> None:
    async with running(migrated_postgres_url) as service:
        gone = Database("postgresql://postgres@/nowhere?host=/nonexistent")
        before, service.services.database = service.services.database, gone
        service.services.keys._database = gone
        assert (await service.client.get("/v1/agents")).status_code == 503
        assert (await service.client.get("/readyz")).status_code == 503
        assert (await service.client.get("/healthz")).status_code == 200
        service.services.database = service.services.keys._database = before
        assert (await service.client.get("/v1/agents")).status_code == 200
        await gone.close()


async def test_health_checks_fill_no_log(service: Service, logs: list[dict[str, object]]) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await service.client.get(path)).status_code == 200
    assert [entry for entry in logs if entry["event"] == "request"] == []


async def test_an_answer_carries_every_header_that_makes_it_safe(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz")
    assert {name: response.headers[name] for name in access.SECURITY_HEADERS} == access.SECURITY_HEADERS
