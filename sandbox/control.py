"""The control API: accounts, numbers, faults, the pace, the ledger, and texts from people.

JSON over HTTP under `/sandbox/`, with the control token. Errors: `{"error": {"message"}}`.
"""

from aiohttp import web

from sandbox.accounts import Accounts, Number
from sandbox.control_http import Fields, answer, guard, message_view
from sandbox.faults import Fault, Faults
from sandbox.inbound import Inbound, Receiver
from sandbox.lifecycle import Pace
from sandbox.messages import Messages
from sandbox.optouts import OptOuts, OptOutType
from sandbox.shapes import JSON

_OPT_OUT_TYPES: dict[str, OptOutType] = {"STOP": "STOP", "START": "START", "HELP": "HELP"}


class Control:
    """The routes under `/sandbox/`, without the phones."""

    def __init__(
        self,
        *,
        token: str,
        accounts: Accounts,
        messages: Messages,
        faults: Faults,
        pace: Pace,
        opt_outs: OptOuts,
        receiver: Receiver,
    ) -> None:
        self._token = token
        self._accounts = accounts
        self._messages = messages
        self._faults = faults
        self._pace = pace
        self._opt_outs = opt_outs
        self._receiver = receiver

    def routes(self) -> list[web.RouteDef]:
        """What this API answers."""
        token = self._token
        return [
            web.post("/sandbox/accounts", guard(self.open_account, token)),
            web.get("/sandbox/accounts", guard(self.list_accounts, token)),
            web.post("/sandbox/numbers", guard(self.assign_number, token)),
            web.get("/sandbox/numbers", guard(self.list_numbers, token)),
            web.post("/sandbox/faults", guard(self.add_fault, token)),
            web.get("/sandbox/faults", guard(self.list_faults, token)),
            web.delete("/sandbox/faults", guard(self.clear_faults, token)),
            web.delete("/sandbox/faults/{id:[0-9]+}", guard(self.remove_fault, token)),
            web.get("/sandbox/pace", guard(self.show_pace, token)),
            web.patch("/sandbox/pace", guard(self.change_pace, token)),
            web.get("/sandbox/ledger", guard(self.list_ledger, token)),
            web.get("/sandbox/opt-outs", guard(self.list_opt_outs, token)),
            web.post("/sandbox/inbound", guard(self.receive, token)),
            web.post("/sandbox/inbound/{sid}/redeliver", guard(self.redeliver, token)),
        ]

    async def open_account(self, request: web.Request) -> web.StreamResponse:
        """`{"sid"?, "token"?}`: opens an account, or gives one another token."""
        fields = await Fields.of_body(request)
        sid, token = fields.optional_text("sid"), fields.optional_text("token")
        fields.end()
        account = self._accounts.register(sid, token)
        return answer({"sid": account.sid, "token": account.token}, 201)

    async def list_accounts(self, request: web.Request) -> web.StreamResponse:
        """The accounts, oldest first, without their tokens."""
        return answer({"data": [{"sid": account.sid} for account in self._accounts.all()]})

    async def assign_number(self, request: web.Request) -> web.StreamResponse:
        """`{"account_sid", "phone_number", "sid"?, "sms_url"?, "sms_method"?, "advanced_opt_out"?}`"""
        fields = await Fields.of_body(request)
        account_sid, phone_number = fields.text("account_sid"), fields.text("phone_number")
        sid = fields.optional_text("sid")
        sms_url, sms_method = fields.optional_text("sms_url"), fields.optional_text("sms_method")
        advanced = fields.optional_flag("advanced_opt_out")
        fields.end()
        number = self._accounts.register_number(account_sid, phone_number, sid, sms_url, sms_method, advanced)
        return answer(_number_view(number), 201)

    async def list_numbers(self, request: web.Request) -> web.StreamResponse:
        """The numbers of every account."""
        accounts = self._accounts.all()
        numbers = [number for account in accounts for number in self._accounts.numbers_of(account)]
        return answer({"data": [_number_view(number) for number in numbers]})

    async def add_fault(self, request: web.Request) -> web.StreamResponse:
        """`{"kind", "times"?, "to"?, "from"?, "probability"?, "seconds"?, "accept"?, "code"?, "status"?}`"""
        fields = await Fields.of_body(request)
        kind, times = fields.text("kind"), fields.optional_integer("times")
        to, from_ = fields.optional_text("to"), fields.optional_text("from")
        probability, seconds = fields.number("probability", 1.0), fields.number("seconds", 0.0)
        accept, status = fields.optional_text("accept"), fields.optional_text("status")
        code = fields.optional_integer("code")
        fields.end()
        fault = self._faults.add(
            kind,
            times=times,
            to=to,
            from_=from_,
            probability=probability,
            seconds=seconds,
            accept=accept,
            code=code,
            status=status,
        )
        return answer(_fault_view(fault), 201)

    async def list_faults(self, request: web.Request) -> web.StreamResponse:
        """The rules in force, and the last ones that are spent; `hits` says how often each struck."""
        spent = [_fault_view(fault) for fault in self._faults.spent]
        return answer({"data": [_fault_view(fault) for fault in self._faults], "spent": spent})

    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        """Lifts every rule."""
        self._faults.clear()
        return answer({"data": []})

    async def remove_fault(self, request: web.Request) -> web.StreamResponse:
        """Lifts one rule; one that is spent already is no error."""
        removed = self._faults.remove(int(request.match_info["id"]))
        return answer({"removed": removed})

    async def show_pace(self, request: web.Request) -> web.StreamResponse:
        """How texts move on: `{"sent_after", "delivered_after", "callbacks", "report_queued"}`."""
        return answer(_pace_view(self._pace))

    async def change_pace(self, request: web.Request) -> web.StreamResponse:
        """Changes what is given of the pace, for texts taken from now on."""
        fields = await Fields.of_body(request)
        wished = Pace(
            sent_after=fields.number("sent_after", self._pace.sent_after),
            delivered_after=fields.number("delivered_after", self._pace.delivered_after),
        )
        callbacks, report_queued = fields.optional_flag("callbacks"), fields.optional_flag("report_queued")
        fields.end()
        wished.check()
        self._pace.sent_after, self._pace.delivered_after = wished.sent_after, wished.delivered_after
        if callbacks is not None:
            self._pace.callbacks = callbacks
        if report_queued is not None:
            self._pace.report_queued = report_queued
        return answer(_pace_view(self._pace))

    async def list_ledger(self, request: web.Request) -> web.StreamResponse:
        """`?after=SEQUENCE&limit=1000`: every text of both directions, oldest first, with its status."""
        fields = Fields(request.query)
        after = fields.integer("after", 0, 0, 2**53)
        limit = fields.integer("limit", 1000, 1, 10_000)
        fields.end()
        messages = self._messages.after(after, limit)
        data = [
            {"sequence": message.sequence, **message_view(message), "status_callback": message.callback_url}
            for message in messages
        ]
        return answer({"data": data, "next": messages[-1].sequence if messages else after})

    async def list_opt_outs(self, request: web.Request) -> web.StreamResponse:
        """The pairs to which the carrier lets no text through."""
        return answer({"data": [{"from": sender, "to": person} for sender, person in self._opt_outs]})

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """`{"from", "to", "body"?, "media"?, "opt_out_type"?}`: a person texts one of the numbers."""
        fields = await Fields.of_body(request)
        from_, to, body = fields.text("from"), fields.text("to"), fields.text("body", "")
        media, opt_out_type = fields.texts("media"), fields.optional_text("opt_out_type")
        fields.end()
        if opt_out_type is not None and opt_out_type not in _OPT_OUT_TYPES:
            raise ValueError("opt_out_type: must be STOP, START or HELP")
        kind = None if opt_out_type is None else _OPT_OUT_TYPES[opt_out_type]
        return answer(inbound_view(await self._receiver.receive(from_, to, body, media, kind)), 201)

    async def redeliver(self, request: web.Request) -> web.StreamResponse:
        """Posts an inbound text's webhook once more."""
        return answer(inbound_view(await self._receiver.redeliver(request.match_info["sid"])))


def inbound_view(inbound: Inbound) -> JSON:
    """An inbound text, with the application's HTTP status and the SIDs of its TwiML replies."""
    return {
        **message_view(inbound.message),
        "webhook_status": inbound.webhook_status,
        "replies": [reply.sid for reply in inbound.replies],
    }


def _number_view(number: Number) -> JSON:
    return {
        "sid": number.sid,
        "account_sid": number.account.sid,
        "phone_number": number.phone_number,
        "sms_url": number.sms_url,
        "sms_method": number.sms_method,
        "advanced_opt_out": number.advanced_opt_out,
    }


def _fault_view(fault: Fault) -> JSON:
    return {
        "id": fault.id,
        "kind": fault.kind,
        "times": fault.times,
        "to": fault.to,
        "from": fault.from_,
        "probability": fault.probability,
        "seconds": fault.seconds,
        "accept": fault.accept,
        "code": fault.code,
        "status": fault.status,
        "hits": fault.hits,
    }


def _pace_view(pace: Pace) -> JSON:
    return {
        "sent_after": pace.sent_after,
        "delivered_after": pace.delivered_after,
        "callbacks": pace.callbacks,
        "report_queued": pace.report_queued,
    }
