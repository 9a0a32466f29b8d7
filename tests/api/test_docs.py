"""/openapi.json and /docs: everything described, and readable without the internet."""

from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from api.docs import as_3_0
from tests.api.service import Service, document


async def test_every_route_under_v1_is_described(service: Service) -> None:
    described = (await service.client.get("/openapi.json")).json()
    assert described == document(service.app)
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            if not path.startswith("/v1/"):
                assert "security" not in operation
                continue
            assert operation["security"] == [{"key": []}]
            assert operation["summary"]
            assert operation["tags"]
            assert {"400", "401", "403", "429", "503"} <= set(operation["responses"])
            assert "422" not in operation["responses"]


async def test_every_error_has_the_contract_s_body(service: Service) -> None:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
    for path, operations in document(service.app)["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400" and path.startswith("/v1/"):
                    assert response["content"] == error, f"{path} {status}"
                    assert response["description"]


async def test_every_write_documents_its_idempotency_key(service: Service) -> None:
    for operations in document(service.app)["paths"].values():
        for method, operation in operations.items():
            if "security" in operation:
                names = [parameter["name"] for parameter in operation.get("parameters", [])]
                assert ("Idempotency-Key" in names) == (method != "get")


async def test_operations_have_names_of_their_own(service: Service) -> None:
    operations = [one for path in document(service.app)["paths"].values() for one in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)


def test_a_nullable_value_is_translated_for_readers_of_3_0() -> None:
    assert as_3_0({"a": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "A"}})["a"] == {
        "title": "A",
        "nullable": True,
        "type": "string",
    }
    assert as_3_0({"a": {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}})["a"] == {
        "nullable": True,
        "anyOf": [{"$ref": "#/x"}],
    }
    assert as_3_0({"a": {"const": "agent", "type": "string"}})["a"] == {"enum": ["agent"], "type": "string"}
    assert as_3_0({"a": {"type": "string", "examples": ["x", "y"]}})["a"] == {"type": "string", "example": "x"}


async def test_the_document_for_the_page_has_nothing_that_3_0_does_not_know(client: httpx.AsyncClient) -> None:
    translated = (await client.get("/docs/openapi.json")).json()
    assert translated["openapi"] == "3.0.3"

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            assert value != {"type": "null"}
            assert not isinstance(value.get("type"), list)
            assert "const" not in value or isinstance(value["const"], dict)
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(translated)


async def test_the_page_names_no_other_host(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "http" not in page.text.replace("<html", "").replace("</html", "")
    for path in ("/docs/start.js", "/docs/files/swagger-ui.css", "/docs/files/swagger-ui-bundle.js"):
        assert path.removeprefix("/") in page.text
        assert (await client.get(path)).status_code == 200
    assert (await client.get("/docs/files/../../../../etc/passwd")).status_code == 404


@pytest.mark.browser
async def test_the_page_shows_every_operation_and_breaks_no_policy(service: Service, chromium: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{service.url}/docs")
        await page.wait_for_selector(".opblock")
        shown = await page.locator(".opblock").count()
        await page.locator("#operations-Agents-create_agent").click()
        await page.wait_for_selector("#operations-Agents-create_agent .responses-table")
        await browser.close()
    paths = document(service.app)["paths"].values()
    assert shown == sum(len(operations) for operations in paths)
    assert complaints == []
