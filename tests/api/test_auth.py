"""Keys: who may do what, how fast a revocation holds, how many requests a minute."""

import httpx
import pytest

from api import auth
from api.accounts import create_account, list_keys, revoke_key
from models.account import ApiKey, hash_secret
from models.database import Database
from models.errors import Invalid, NotFound
from tests.api.service import Service, running


def credentials(client: httpx.AsyncClient) -> tuple[str, str]:
    id, _, secret = client.headers["Authorization"].removeprefix("Bearer ").partition(":")
    return id, secret


async def test_a_request_without_a_key_is_401(service: Service) -> None:
    response = await service.client_of(None).get("/v1/agents")
    assert response.status_code == 401
    assert response.json()["error"]["type"] == "authentication_error"
    assert response.json()["error"]["code"] == "invalid_api_key"
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_every_wrong_way_to_send_a_key_is_401(service: Service) -> None:
    id, secret = credentials(service.client)
    plain = service.client_of(None)
    for header in (
        f"Bearer {id}:{secret}x",
        f"Bearer {id}:{secret[:-1]}",
        f"Bearer {id}:{secret.swapcase()}",
        f"Bearer {id}",
        f"Bearer {id}:",
        f"Bearer :{secret}",
        f"Bearer key_nobody:{secret}",
        f"Basic {id}:{secret}",
        f"{id}:{secret}",
        "Bearer",
        "Bearer \xff\xfe:\xff",
        f"Bearer {'k' * 5000}:{secret}",
    ):
        response = await plain.get("/v1/agents", headers={b"Authorization": header.encode("latin-1")})
        assert response.status_code == 401, header


async def test_the_scheme_s_case_does_not_matter(service: Service) -> None:
    id, secret = credentials(service.client)
    response = await service.client_of(None).get("/v1/agents", headers={"Authorization": f"bearer {id}:{secret}"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("scopes", "reads", "admins", "writes"),
    [
        (["read"], 200, 403, 403),
        (["write"], 403, 403, 404),
        (["admin"], 403, 201, 403),
        (["read", "write", "admin"], 200, 201, 404),
    ],
)
async def test_each_scope_opens_its_own_doors(
    service: Service, scopes: list[str], reads: int, admins: int, writes: int
) -> None:
    client = await service.client_with(*scopes)
    assert (await client.get("/v1/agents")).status_code == reads
    assert (await client.post("/v1/agents", json={"name": "A"})).status_code == admins
    assert (await client.post("/v1/attention/att_none/resolve")).status_code == writes


async def test_a_missing_scope_is_named_before_anything_else_is_looked_at(service: Service) -> None:
    client = await service.client_with("read")
    response = await client.post("/v1/agents?x=1", content=b"not json")
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "insufficient_scope"
    assert "admin" in response.json()["error"]["message"]


async def test_a_revoked_key_is_refused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await service.client_with("read")
    assert (await client.get("/v1/agents")).status_code == 200
    async with service.database.write() as session:
        await revoke_key(session, credentials(client)[0])
    monkeypatch.setattr(auth, "REMEMBERED_FOR", 0.0)  # a second later
    assert (await client.get("/v1/agents")).status_code == 401


async def test_a_key_is_remembered_for_a_second_at_most() -> None:
    assert auth.REMEMBERED_FOR <= 1.0


async def test_only_the_hash_of_a_secret_is_stored(service: Service) -> None:
    id, secret = credentials(service.client)
    async with service.database.read() as session:
        key = await session.get_one(ApiKey, id)
    assert secret not in key.model_dump_json()
    assert key.secret_hash == hash_secret(secret)


async def test_keys_are_made_listed_and_revoked(stored_service: Service) -> None:
    database: Database = stored_service.database
    async with database.write() as session:
        account, first, _ = await create_account(session, "  Clinic ", "Europe/Madrid")
    assert account.name == "Clinic"
    assert first.scopes == ["read", "write", "admin"]
    async with database.write() as session:
        once = await revoke_key(session, first.id)
        at = once.revoked_at
        assert (await revoke_key(session, first.id)).revoked_at == at
    async with database.read() as session:
        keys = await list_keys(session, account.id)
        everybody = await list_keys(session)
    assert [(key.id, key.revoked_at) for key in keys] == [(first.id, at)]
    assert len(everybody) == 2


async def test_what_cannot_be_a_key_or_an_account_is_named(service: Service) -> None:
    async with service.database.write() as session:
        with pytest.raises(Invalid, match="name"):
            await create_account(session, " ", "UTC")
        with pytest.raises(ValueError, match="America/New_York"):
            await create_account(session, "Clinic", "New York")
        with pytest.raises(NotFound):
            await revoke_key(session, "key_nobody")
    with pytest.raises(NotFound):
        await service.client_with("read", account_id="acct_nobody")
    with pytest.raises(Invalid, match="read, write, admin"):
        await service.client_with("everything")


async def test_a_key_over_its_rate_is_429_and_another_is_not(migrated_sqlite_url: str) -> None:
    async with running(migrated_sqlite_url, rate_limit=3) as service:
        other = await service.client_with("read")
        for _ in range(3):
            assert (await service.client.get("/v1/agents")).status_code == 200
        response = await service.client.get("/v1/agents")
        assert response.status_code == 429
        assert response.json()["error"]["type"] == response.json()["error"]["code"] == "rate_limited"
        assert 1 <= int(response.headers["Retry-After"]) <= 60
        assert (await other.get("/v1/agents")).status_code == 200
        assert (await service.client.get("/healthz")).status_code == 200


async def test_no_secret_and_no_body_is_logged(service: Service, logs: list[dict[str, object]]) -> None:
    _, secret = credentials(service.client)
    await service.client.post("/v1/agents?x=hush", json={"name": "A very private name"})
    (line,) = [line for line in logs if line["event"] == "request"]
    assert line["route"] == "/v1/agents"
    assert line["status"] == 400
    for private in (secret, "private", "hush"):
        assert private not in str(logs)
