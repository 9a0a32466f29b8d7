"""Logs: lines for people or for programs, and nothing in them that somebody wrote."""

import json
import logging

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from cli.logs import configure_logs

SECRET = "I moved to Elm Street"


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was logged on standard error; nothing may be on standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_off_a_terminal_a_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(None)
    structlog.get_logger("somewhere").info("request", route="/v1/sms", status=201)
    [line] = lines(capsys)
    logged = json.loads(line)
    assert (logged["event"], logged["route"], logged["status"], logged["level"]) == (
        "request",
        "/v1/sms",
        201,
        "info",
    )
    assert logged["timestamp"].endswith("Z")


def test_the_format_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("console")
    structlog.get_logger("somewhere").warning("held", why="hours")
    [line] = lines(capsys)
    assert "[warning  ] held" in line
    assert "why=hours" in line


@pytest.mark.parametrize("format", ["console", "json"])
def test_a_failure_is_its_kind_and_its_place_without_what_was_written(
    capsys: pytest.CaptureFixture[str], format: str
) -> None:
    configure_logs("json" if format == "json" else "console")
    log = structlog.get_logger("somewhere")
    try:
        int(SECRET)
    except ValueError:
        log.exception("reading_failed")
    try:
        with create_engine("sqlite://").connect() as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:text)"), {"text": SECRET})
    except SQLAlchemyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    said = "\n".join(lines(capsys))
    assert SECRET not in said
    assert "Traceback" not in said
    for word in ("ValueError", "OperationalError", "no such table", "cli/test_logs.py:"):
        assert word in said


def test_other_peoples_chatter_is_left_out_but_not_their_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("json")
    for name in ("apscheduler.scheduler", "httpx", "twilio.async_http_client", "aiohttp.access", "uvicorn.error"):
        logging.getLogger(name).info("looked at a thing")
        logging.getLogger(name).warning("in trouble with %s", name)
    assert [json.loads(line)["event"] for line in lines(capsys)] == [
        "in trouble with apscheduler.scheduler",
        "in trouble with httpx",
        "in trouble with twilio.async_http_client",
        "in trouble with aiohttp.access",
        "in trouble with uvicorn.error",
    ]
