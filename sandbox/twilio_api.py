"""Twilio's REST API (2010-04-01), as far as a business that texts needs it.

Parameters of Twilio's that are not named here are read over, as an account without their feature does.
"""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from sandbox import faults, forms
from sandbox.accounts import Account, Accounts, Number
from sandbox.errors import TwilioError
from sandbox.faults import Faults, Kind
from sandbox.listing import list_json
from sandbox.messages import Message, Messages
from sandbox.misbehaviour import misbehave
from sandbox.outbound import Draft, Outbound
from sandbox.shapes import JSON, VERSION, message_json, number_json, numbers_uri

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_JSON_HEADERS = {"Content-Type": "application/json"}


class TwilioApi:
    """The routes under `/2010-04-01/`."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        messages: Messages,
        outbound: Outbound,
        rules: Faults,
    ) -> None:
        self._accounts = accounts
        self._messages = messages
        self._outbound = outbound
        self._faults = rules
        self._hidden: dict[str, float] = {}

    def routes(self) -> list[web.RouteDef]:
        """What this API answers; the last route is for everything it does not have."""
        account = f"/{VERSION}/Accounts/{{account}}"
        return [
            web.post(f"{account}/Messages.json", _guarded(self.create_message)),
            web.get(f"{account}/Messages.json", _guarded(self.list_messages)),
            web.get(f"{account}/Messages/{{sid}}.json", _guarded(self.fetch_message)),
            web.get(f"{account}/IncomingPhoneNumbers.json", _guarded(self.list_numbers)),
            web.get(f"{account}/IncomingPhoneNumbers/{{sid}}.json", _guarded(self.fetch_number)),
            web.post(f"{account}/IncomingPhoneNumbers/{{sid}}.json", _guarded(self.update_number)),
            web.route("*", "/{path:.*}", _guarded(_not_found)),
        ]

    async def create_message(self, request: web.Request) -> web.StreamResponse:
        """`POST …/Messages.json`: takes a text, unless it is refused or a fault strikes."""
        account = self._authenticate(request)
        draft = _draft(account, forms.parse(await request.read()))
        self._outbound.check(draft)
        if not self._faults:
            return _json(message_json(self._outbound.accept(draft)), 201)
        return await self._create_with_faults(request, draft)

    async def _create_with_faults(self, request: web.Request, draft: Draft) -> web.StreamResponse:
        fault = self._faults.strike(faults.CREATE, to=draft.to, from_=draft.from_)

        def take() -> web.Response:
            message = self._outbound.accept(draft)
            lag = self._faults.strike(frozenset({Kind.LIST_LAGS}), to=draft.to, from_=draft.from_)
            if lag is not None:
                self._hidden[message.sid] = asyncio.get_running_loop().time() + lag.seconds
            return _json(message_json(message), 201)

        return take() if fault is None else await misbehave(request, fault, take)

    async def list_messages(self, request: web.Request) -> web.StreamResponse:
        """`GET …/Messages.json`: a page of the account's messages, newest first."""
        account = self._authenticate(request)
        query = request.query
        if self._faults.strike(frozenset({Kind.LIST_FAILS}), to=query.get("To"), from_=query.get("From")):
            raise TwilioError(20500)
        return _json(list_json(self._messages, account.sid, query, self._visible))

    async def fetch_message(self, request: web.Request) -> web.StreamResponse:
        """`GET …/Messages/{sid}.json`"""
        account = self._authenticate(request)
        message = self._messages.get(request.match_info["sid"])
        if message is None or message.account_sid != account.sid:
            raise _missing(request)
        return _json(message_json(message))

    async def list_numbers(self, request: web.Request) -> web.StreamResponse:
        """`GET …/IncomingPhoneNumbers.json`, all on one page; `PhoneNumber` picks one."""
        account = self._authenticate(request)
        wanted = request.query.get("PhoneNumber")
        numbers = [
            number
            for number in self._accounts.numbers_of(account)
            if wanted is None or number.phone_number == wanted
        ]
        uri = numbers_uri(account.sid)
        return _json(
            {
                "first_page_uri": uri,
                "end": max(len(numbers) - 1, 0),
                "previous_page_uri": None,
                "incoming_phone_numbers": [number_json(number) for number in numbers],
                "uri": uri,
                "page_size": max(len(numbers), 50),
                "start": 0,
                "next_page_uri": None,
                "page": 0,
            }
        )

    async def fetch_number(self, request: web.Request) -> web.StreamResponse:
        """`GET …/IncomingPhoneNumbers/{sid}.json`"""
        account = self._authenticate(request)
        return _json(number_json(self._number(account, request)))

    async def update_number(self, request: web.Request) -> web.StreamResponse:
        """`POST …/IncomingPhoneNumbers/{sid}.json`: `SmsUrl` and `SmsMethod`."""
        account = self._authenticate(request)
        number = self._number(account, request)
        form = forms.parse(await request.read())
        url, method = _one(form, "SmsUrl"), _one(form, "SmsMethod")
        try:
            self._accounts.point(number, url, method.upper() if method else None)
        except ValueError as refusal:
            raise TwilioError(21403 if str(refusal).startswith("sms_method") else 21402) from None
        return _json(number_json(number))

    def _authenticate(self, request: web.Request) -> Account:
        account = self._accounts.authenticate(request.headers.get("Authorization"))
        if account is None or account.sid != request.match_info["account"]:
            raise TwilioError(20003)
        return account

    def _number(self, account: Account, request: web.Request) -> Number:
        for number in self._accounts.numbers_of(account):
            if number.sid == request.match_info["sid"]:
                return number
        raise _missing(request)

    def _visible(self, message: Message) -> bool:
        if not self._hidden:
            return True
        until = self._hidden.get(message.sid)
        if until is None:
            return True
        if asyncio.get_running_loop().time() < until:
            return False
        del self._hidden[message.sid]
        return True


def _draft(account: Account, form: dict[str, list[str]]) -> Draft:
    if "MessagingServiceSid" in form and "From" not in form:
        raise TwilioError(21701)
    validity = _one(form, "ValidityPeriod")
    if validity is not None and not (validity.isascii() and validity.isdigit() and len(validity) < 9):
        raise TwilioError(21624)
    return Draft(
        account=account,
        to=_one(form, "To") or "",
        from_=_one(form, "From") or "",
        body=_one(form, "Body") or "",
        media=tuple(form.get("MediaUrl", ())),
        callback_url=_one(form, "StatusCallback") or "",
        validity=None if validity is None else int(validity),
    )


def _one(form: dict[str, list[str]], name: str) -> str | None:
    return form[name][0] if name in form else None


def _missing(request: web.Request) -> TwilioError:
    return TwilioError(20404, f"The requested resource {request.path} was not found")


async def _not_found(request: web.Request) -> web.StreamResponse:
    raise _missing(request)


def _json(answer: JSON, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(answer), headers=_JSON_HEADERS)


def _guarded(handler: Handler) -> Handler:
    """Turns a refusal into Twilio's JSON."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except TwilioError as refusal:
            return web.Response(status=refusal.status, body=refusal.body(), headers=_JSON_HEADERS)

    return guarded
