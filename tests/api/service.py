"""A running service for tests: a real server on a real socket, over a migrated database, with an account.

Every answer is checked against the OpenAPI document: its status must be documented, its body must fit the schema,
and a field that the schema does not name fails the test.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import jsonschema_rs
import uvicorn
from fastapi import FastAPI
from starlette.routing import Match

from api import openapi
from api.accounts import create_account, create_key
from api.app import create_app
from api.services import Services
from messaging.carriers.twilio import TwilioCarrier
from messaging.send import WayOut
from models.account import Account
from models.database import Database
from models.vault import Vault

# Seconds; only a hang is this slow, however busy the machine.
PATIENCE = 60
JSON = {"Content-Type": "application/json"}


@dataclass
class Service:
    """What a test works with. `client` has a key of every scope."""

    url: str
    app: FastAPI
    services: Services
    account: Account
    client: httpx.AsyncClient
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def database(self) -> Database:
        """The service's database."""
        return self.services.database

    async def client_with(self, *scopes: str, account_id: str | None = None) -> httpx.AsyncClient:
        """Return a client with a key of these scopes, of this account or another."""
        async with self.database.write() as session:
            key, secret = await create_key(session, account_id or self.account.id, scopes=list(scopes))
        return self.client_of(f"{key.id}:{secret}")

    async def another_account(self) -> httpx.AsyncClient:
        """Return a client of a new account."""
        async with self.database.write() as session:
            _, key, secret = await create_account(session, "Another", "UTC")
        return self.client_of(f"{key.id}:{secret}")

    def unchecked(self) -> httpx.AsyncClient:
        """Return a client with the same key that takes any answer, also a 500."""
        return self.client_of(self.client.headers["Authorization"].removeprefix("Bearer "), checked=False)

    def client_of(self, credentials: str | None, *, checked: bool = True) -> httpx.AsyncClient:
        """Return a client that sends these credentials, or none."""
        headers = {} if credentials is None else {"Authorization": f"Bearer {credentials}"}

        async def check(response: httpx.Response) -> None:
            await response.aread()
            check_answer(self.app, response)

        hooks = {"response": [check]} if checked else {}
        client = httpx.AsyncClient(
            base_url=self.url, headers=headers, event_hooks=hooks, verify=False, timeout=PATIENCE
        )
        self._clients.append(client)
        return client

    async def close(self) -> None:
        """Close every client."""
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def running(
    database_url: str, *, carrier: TwilioCarrier | None = None, **settings: Any
) -> AsyncIterator[Service]:
    """Run a service over a migrated database; `settings` go to Services."""
    database, vault = Database(database_url), Vault("the key of a test")
    async with database.write() as session:
        account, key, secret = await create_account(session, "Riverside Dental", "America/New_York")
    carrier = carrier or TwilioCarrier("http://127.0.0.1:9")
    # With its protocol named, asyncio turns Nagle's algorithm off; without, each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    way_out = WayOut(database, vault, lambda _: carrier, public_url=url)
    services = Services(database, vault, way_out, lambda _: carrier, public_url=url, **settings)
    app = create_app(services)
    document(app)  # before a test adds a route of its own
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    service = Service(url, app, services, account, httpx.AsyncClient(verify=False))
    await service.client.aclose()
    service.client = service.client_of(f"{key.id}:{secret}")
    try:
        yield service
    finally:
        await service.close()
        server.should_exit = True
        await serving
        listener.close()
        await carrier.close()
        await database.close()


def check_answer(app: FastAPI, response: httpx.Response) -> None:
    """Fail where an answer is not the one that the OpenAPI document describes."""
    assert response.headers["X-Request-ID"]
    assert response.status_code != 500
    method, path = response.request.method, path_template(app, response.request)
    operation = document(app)["paths"].get(path, {}).get(method.lower())
    if operation is not None:
        assert str(response.status_code) in operation["responses"], (
            f"{response.status_code} is not documented for {method} {path}"
        )
        validator = schema_of(path, method.lower(), str(response.status_code))
        if validator is not None:
            validator.validate(response.json())


_documents: list[dict[str, Any]] = []


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, which is the same for every application of this process."""
    if not _documents:
        _documents.append(openapi.document(app))
    return _documents[0]


@cache
def schema_of(path: str, method: str, status: str) -> jsonschema_rs.Draft202012Validator | None:
    """Return a validator of the JSON that an operation answers with a status, if it is JSON."""
    made = _documents[0]
    schema = made["paths"][path][method]["responses"][status].get("content", {}).get("application/json", {})
    if "schema" not in schema:
        return None
    return jsonschema_rs.Draft202012Validator(closed({**schema["schema"], "components": made["components"]}))


def path_template(app: FastAPI, request: httpx.Request) -> str:
    """Return the template of the route that a request reaches, or an empty text."""
    scope = {"type": "http", "method": request.method, "path": request.url.path, "root_path": "", "headers": []}
    for route in app.routes:
        match, child = route.matches(scope)
        if match is Match.FULL:
            return str(getattr(child.get("route", route), "path_format", ""))
    return ""


def closed(schema: Any) -> Any:
    """Return a schema that takes no property it does not name, so that what is shown is also described."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(one) for name, one in schema.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made
