"""Running a command's work: what the user can mend becomes one line, whatever room it comes from."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from cli.problem import Problem
from models.errors import Fault
from models.vault import UnreadableSecret

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result], *, fast_loop: bool = False) -> Result:
    """Do the work to its end and return what it returns.

    fast_loop: on uvloop, where the platform has it. Raises Problem for what the user can mend.
    """
    try:
        with asyncio.Runner(loop_factory=_fast_loop_factory() if fast_loop else None) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        raise Problem("interrupted") from None
    except Fault as fault:
        raise Problem(fault.message) from None
    except UnreadableSecret as error:
        raise Problem(f"SHOWUP_SECRET_KEY: {error}; put the old key behind the new one, after a comma") from None
    except SQLAlchemyError as error:
        raise Problem(f"SHOWUP_DATABASE_URL: the database does not do its work ({first_line(error)})") from None


def first_line(error: BaseException) -> str:
    """Return the first line of what went wrong, without the statement and its values that SQLAlchemy adds."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0][:200] if lines else type(cause).__name__


def _fast_loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    try:
        import uvloop
    except ImportError:  # uvloop has no Windows
        return None
    return uvloop.Loop
