"""What counts as a phone number and as a web address."""

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_WEB_ADDRESS = re.compile(
    r"https?://(?:[!-.0-?A-~]*@)?"
    r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:[/?#][!-~]*)?"
)
_TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)[0-9]{7}")


def is_e164(text: str) -> bool:
    """Whether this is a phone number the international way: +, country, number, up to 15 digits."""
    return _E164.fullmatch(text) is not None


def is_toll_free(phone_number: str) -> bool:
    """Whether this is a North American toll-free number."""
    return _TOLL_FREE.fullmatch(phone_number) is not None


def is_web_address(text: str) -> bool:
    """Whether this is a full http or https URL of at most 4000 characters (no underscore in the host)."""
    return len(text) <= 4000 and _WEB_ADDRESS.fullmatch(text) is not None
