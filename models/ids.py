"""Identifiers: a prefix that names the kind, then twenty lower-case letters and digits.

The first ten characters are the millisecond of making, so that rows made together lie together in an index;
the rest is random.
"""

import secrets

from models.clock import now

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PAIR = len(_PAIRS)
_TAIL_RANGE = _PAIR**5


def _base36(number: int, pairs: int) -> str:
    text = ""
    for _ in range(pairs):
        number, remainder = divmod(number, _PAIR)
        text = _PAIRS[remainder] + text
    return text


def new_id(prefix: str) -> str:
    """Make an identifier such as `rem_0mcq1v7zk3x9…`; prefix comes without its underscore."""
    milliseconds = int(now().timestamp() * 1000)
    return f"{prefix}_{_base36(milliseconds, 5)}{_base36(secrets.randbelow(_TAIL_RANGE), 5)}"
