"""Identifiers: a prefix that names the kind, then twenty lower-case letters and digits.

The first nine characters are the millisecond of making, so that rows made together lie together in an index;
the rest is random.
"""

import secrets

from models.clock import now

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_RANDOM_RANGE = 36**11


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, remainder = divmod(number, 36)
        digits.append(_ALPHABET[remainder])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """Make an identifier such as `rem_0mcq1v7zk3x9…`; prefix comes without its underscore."""
    milliseconds = int(now().timestamp() * 1000)
    return f"{prefix}_{_base36(milliseconds, 9)}{_base36(secrets.randbelow(_RANDOM_RANGE), 11)}"
