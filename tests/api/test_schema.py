"""Schemathesis reads the OpenAPI document and tries every operation with right and wrong input."""

import asyncio
import sys
from pathlib import Path

from models.attention import Reason, open_item
from tests.api.numbers import make_number
from tests.api.service import Service

# What the document promises and is checked, for whatever input.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ignored_auth",
)
# A text that is far too long may make the whole body too large.
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415]
"""


async def test_no_input_makes_a_500_or_an_answer_that_is_not_documented(service: Service, tmp_path: Path) -> None:
    await make_number(service)
    async with service.database.write() as session:
        await open_item(session, service.account.id, Reason.QUESTION)
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{service.url}/openapi.json"),
        *("--header", f"Authorization: {service.client.headers['Authorization']}"),
        *("--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing"),
        *("--max-examples", "8"),
        *("--seed", "1"),
        # These hold a request on purpose, for as long as it asks; and nobody out there asked to be posted to.
        *("--exclude-path-regex", r"^/v1/(changes|events|webhooks/\{webhook_id\}/test)$"),
        "--no-shrink",
        "--continue-on-failure",
        "--warnings=off",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
