"""Logs: one line an event on standard error, without secrets, message texts or what a request held.

A failure is logged as what kind it is and where it happened. Its own words are shown only where they cannot quote
what people wrote, as an error of the network cannot: a database error quotes the statement's values, a validation
error the input, and a plain ValueError often does.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any, Literal

import structlog
from aiohttp import ClientError
from sqlalchemy.exc import OperationalError
from structlog.typing import EventDict, Processor, WrappedLogger

from cli.problem import Problem
from cli.running import first_line

Format = Literal["console", "json"]

# These tell of every request, job or connection; what goes wrong with them is logged where it is handled.
_QUIET = ("aiohttp", "alembic", "apscheduler", "asyncio", "httpcore", "httpx", "openai", "twilio", "uvicorn")
_LONGEST_WORDS = 200


def configure_logs(format: Format | None, *, level: int = logging.INFO) -> None:
    """Log in this format, of this level and above; None: for people on a terminal, else as JSON."""
    chosen = format or ("console" if sys.stderr.isatty() else "json")
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_failure,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(chosen)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderers(format: Format) -> list[Processor]:
    if format == "json":
        return [structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        )
    ]


def _tell_failure(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind, its place and, where it cannot quote anybody, its words."""
    given = event.pop("exc_info", None)
    error = _error_of(given)
    if error is None:
        return event
    event["error"] = type(error).__name__
    if words := _words(error):
        event["error_words"] = words
    event["error_at"] = _place(error.__traceback__)
    return event


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _words(error: BaseException) -> str | None:
    if isinstance(error, OperationalError):  # the database is away, locked or full
        return first_line(error)
    if isinstance(error, (OSError, TimeoutError, ClientError, Problem)):
        return str(error)[:_LONGEST_WORDS]
    return None


def _place(trace: TracebackType | None) -> str:
    """Return the way to the failure, the outermost call first, as file:line of each."""
    return " > ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in traceback.extract_tb(trace))


def _short(path: str) -> str:
    return "/".join(path.rsplit("/", 2)[-2:])
