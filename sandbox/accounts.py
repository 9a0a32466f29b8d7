"""Accounts with their credentials, and the phone numbers they own."""

import re
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.addresses import is_e164, is_web_address
from sandbox.clock import Clock
from sandbox.ledger import AccountOpened, NumberAssigned

Method = Literal["GET", "POST"]
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")


class NumberTaken(ValueError):
    """The phone number already belongs to another account."""


class UnknownAccount(LookupError):
    """No account has this SID."""


class UnknownNumber(LookupError):
    """No account owns this phone number."""


@dataclass(slots=True, eq=False)
class Account:
    """A customer of the carrier: its SID and the token that it signs with and is signed to."""

    sid: str
    token: str

    @property
    def authorization(self) -> str:
        """The `Authorization` header that the account's requests carry."""
        return "Basic " + b64encode(f"{self.sid}:{self.token}".encode()).decode()


@dataclass(slots=True, eq=False)
class Number:
    """A phone number of an account, and where texts to it are posted. Instants in seconds, UTC."""

    sid: str
    phone_number: str
    account: Account
    sms_url: str
    sms_method: Method
    advanced_opt_out: bool
    created: float
    updated: float


class Accounts:
    """Every account and number of this carrier. A phone number belongs to one account only.

    record: is given every change, for the ledger.
    """

    def __init__(self, clock: Clock, record: Callable[[AccountOpened | NumberAssigned], None]) -> None:
        self._clock = clock
        self._record = record
        self._accounts: dict[str, Account] = {}
        self._by_authorization: dict[str, Account] = {}
        self._numbers: dict[str, Number] = {}
        self._recorded: dict[str, NumberAssigned] = {}

    def register(self, sid: str | None = None, token: str | None = None) -> Account:
        """Open an account, or give one that exists a new token. What is not given is made up.

        Raises ValueError if the SID is not `AC` and 32 hexadecimal digits, or the token is empty.
        """
        sid = _sid("AC", sid, "account SID")
        token = secrets.token_hex(16) if token is None else token
        if not token:
            raise ValueError("token: must not be empty")
        account = self._accounts.get(sid)
        if account is not None and account.token == token:
            return account
        if account is None:
            account = self._accounts[sid] = Account(sid, token)
        else:
            del self._by_authorization[account.authorization]
            account.token = token
        self._by_authorization[account.authorization] = account
        self._record(AccountOpened(sid, token))
        return account

    def register_number(
        self,
        account_sid: str,
        phone_number: str,
        sid: str | None = None,
        sms_url: str | None = None,
        sms_method: str | None = None,
        advanced_opt_out: bool | None = None,
    ) -> Number:
        """Give an account a number, or change one it has: what is not given stays as it is.

        Raises UnknownAccount, NumberTaken, and ValueError for a malformed number, SID, URL or method.
        """
        account = self.account(account_sid)
        if not is_e164(phone_number):
            raise ValueError(f"phone_number: {phone_number!r} is not an E.164 number such as +12125550123")
        _check_target(sms_url, sms_method)
        known = self._numbers.get(phone_number)
        if known is None:
            at = self._clock()
            new_sid = _sid("PN", sid, "number SID")
            known = self._numbers[phone_number] = Number(new_sid, phone_number, account, "", "POST", False, at, at)
        elif known.account is not account:
            raise NumberTaken(f"phone_number: {phone_number} belongs to another account")
        elif sid is not None:
            known.sid = _sid("PN", sid, "number SID")
        if advanced_opt_out is not None:
            known.advanced_opt_out = advanced_opt_out
        self.point(known, sms_url=sms_url, sms_method=sms_method)
        return known

    def point(self, number: Number, sms_url: str | None, sms_method: str | None) -> None:
        """Say where texts to a number are posted; an empty URL posts them nowhere, None leaves it.

        Raises ValueError for a URL or method that is none.
        """
        _check_target(sms_url, sms_method)
        if sms_url is not None:
            number.sms_url = sms_url
        if sms_method is not None:
            number.sms_method = "GET" if sms_method == "GET" else "POST"
        number.updated = self._clock()
        entry = NumberAssigned(
            sid=number.sid,
            account_sid=number.account.sid,
            phone_number=number.phone_number,
            sms_url=number.sms_url,
            sms_method=number.sms_method,
            advanced_opt_out=number.advanced_opt_out,
        )
        if self._recorded.get(number.phone_number) != entry:
            self._recorded[number.phone_number] = entry
            self._record(entry)

    def authenticate(self, authorization: str | None) -> Account | None:
        """The account whose credentials an `Authorization` header holds."""
        return self._by_authorization.get(authorization) if authorization else None

    def account(self, sid: str) -> Account:
        """The account with this SID. Raises UnknownAccount."""
        try:
            return self._accounts[sid]
        except KeyError:
            raise UnknownAccount(f"no account {sid}") from None

    def number(self, phone_number: str) -> Number | None:
        """The number as this carrier's customer has it, or None if nobody has."""
        return self._numbers.get(phone_number)

    def numbers_of(self, account: Account) -> list[Number]:
        """An account's numbers, newest first."""
        return [number for number in reversed(self._numbers.values()) if number.account is account]

    def all(self) -> list[Account]:
        """Every account, oldest first."""
        return list(self._accounts.values())


def _check_target(sms_url: str | None, sms_method: str | None) -> None:
    if sms_url and not is_web_address(sms_url):
        raise ValueError(f"sms_url: {sms_url!r} is not an http or https URL with a host")
    if sms_method not in (None, "GET", "POST"):
        raise ValueError("sms_method: must be GET or POST")


def _sid(prefix: str, given: str | None, what: str) -> str:
    if given is None:
        return prefix + secrets.token_hex(16)
    if not (_SID.fullmatch(given) and given.startswith(prefix)):
        raise ValueError(f"{what}: {given!r} is not {prefix} and 32 lower-case hexadecimal digits")
    return given
