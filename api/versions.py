"""`If-Match: VERSION`: a change that must not overwrite somebody else's."""

import re
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from models.errors import Invalid, Overtaken

HEADER = "If-Match"
_VERSION = re.compile(r'"?([0-9]{1,18})"?', re.ASCII)


async def expected_version(request: Request) -> int | None:
    """Return the version that `If-Match` names, or None without one (also for `*`). Raises Invalid."""
    sent = request.headers.get(HEADER)
    if sent is None or sent == "*":
        return None
    named = _VERSION.fullmatch(sent)
    if named is None:
        raise Invalid("invalid_parameter", "If-Match must be the object's version, such as 3.", param=HEADER)
    return int(named[1])


def require_version(expected: int | None, actual: int) -> None:
    """Raise Overtaken where a version was expected and the object is at another. Lock the row first."""
    if expected is not None and expected != actual:
        raise Overtaken(expected, actual)


ExpectedVersion = Annotated[int | None, Depends(expected_version)]
