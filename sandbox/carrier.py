"""The sandbox carrier as one object: state, network and what moves between them."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox import clock as wall
from sandbox import ledger as ledgers
from sandbox.accounts import Account, Accounts, Number
from sandbox.callbacks import Callbacks
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.inbound import Inbound, Receiver
from sandbox.ledger import AccountOpened, Ledger, NumberAssigned
from sandbox.lifecycle import Lifecycle, Pace
from sandbox.messages import FINAL, Messages
from sandbox.optouts import OptOuts, OptOutType
from sandbox.outbound import Outbound
from sandbox.phone_api import PhoneApi
from sandbox.phones import Phones
from sandbox.replay import replay
from sandbox.twilio_api import TwilioApi
from sandbox.webhook import Webhooks

_CONNECTIONS = 64
"""Callbacks and webhooks under way at once."""


class SandboxCarrier:
    """A small carrier that speaks Twilio's protocol. Give its `url` to Twilio's client as base address.

    port: 0 takes a free one. ledger: a file it writes, and continues from if it is there already.
    control_token: guards `/sandbox/…`; made up if not given. pace: how fast texts move on, and whether
    callbacks are posted. seed: makes faults repeatable. keep: messages held in memory. clock: seconds
    since 1970-01-01 UTC; delays and time-outs run on real time all the same.
    Raises LedgerUnreadable or OSError for a ledger that cannot be continued. One object starts once.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        ledger: Path | None = None,
        *,
        control_token: str | None = None,
        pace: Pace | None = None,
        seed: int | None = None,
        keep: int = 500_000,
        clock: Clock = wall.now,
    ) -> None:
        self.control_token = control_token or secrets.token_urlsafe(24)
        self.pace = pace or Pace()
        self.pace.check()
        self.accounts = Accounts(clock, self._record)
        self.messages = Messages(keep)
        self.opt_outs = OptOuts()
        self.faults = Faults(seed)
        self.phones = Phones(self.messages, self.accounts)
        self._host, self._wanted_port = host, port
        self._runner: web.AppRunner | None = None
        self._ledger: Ledger | None = None
        if ledger is not None:
            self._ledger = self._continue(ledger)
        self._webhooks = Webhooks(_CONNECTIONS)
        self._callbacks = Callbacks(self._webhooks, self.faults, self._token_of, _CONNECTIONS)
        self._lifecycle = Lifecycle(
            pace=self.pace,
            faults=self.faults,
            callbacks=self._callbacks,
            ledger=self._ledger,
            clock=clock,
            phones=self.phones,
        )
        self._outbound = Outbound(
            accounts=self.accounts,
            messages=self.messages,
            opt_outs=self.opt_outs,
            lifecycle=self._lifecycle,
            phones=self.phones,
            ledger=self._ledger,
            clock=clock,
        )
        self._receiver = Receiver(
            accounts=self.accounts,
            messages=self.messages,
            opt_outs=self.opt_outs,
            outbound=self._outbound,
            webhooks=self._webhooks,
            phones=self.phones,
            ledger=self._ledger,
            clock=clock,
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """The port it serves on. Raises RuntimeError before the start."""
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("the sandbox carrier is not running")
        return int(self._runner.addresses[0][1])

    @property
    def url(self) -> str:
        """The base address for Twilio's client, without a slash at the end."""
        host = "127.0.0.1" if self._host == "0.0.0.0" else self._host  # noqa: S104 - compares, binds nothing
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Serve, in the running event loop, and go on with the texts an earlier run left unfinished.

        Raises OSError if the port is taken.
        """
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._wanted_port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._webhooks.open()
        self._callbacks.start()
        for message in self.messages:
            if message.status not in FINAL:
                self._lifecycle.resume(message)

    async def stop(self) -> None:
        """Stop serving. Texts on their way stay where they are; a ledger lets the next run go on."""
        self._lifecycle.close()
        self.phones.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._callbacks.close()
        await self._webhooks.close()
        if self._ledger is not None:
            self._ledger.close()

    def register_account(self, sid: str | None = None, token: str | None = None) -> Account:
        """Open an account, or give one that exists another token; see `Accounts.register`."""
        return self.accounts.register(sid, token)

    def register_number(
        self,
        account_sid: str,
        phone_number: str,
        sid: str | None = None,
        sms_url: str | None = None,
        *,
        advanced_opt_out: bool | None = None,
    ) -> Number:
        """Give an account a number, or change the one it has; see `Accounts.register_number`."""
        return self.accounts.register_number(
            account_sid, phone_number, sid, sms_url, advanced_opt_out=advanced_opt_out
        )

    async def receive(
        self,
        from_: str,
        to: str,
        body: str,
        media: Sequence[str] = (),
        opt_out_type: OptOutType | None = None,
    ) -> Inbound:
        """Let a person text one of the numbers; see `Receiver.receive`."""
        return await self._receiver.receive(from_, to, body, media, opt_out_type)

    async def redeliver(self, sid: str) -> Inbound:
        """Post an inbound text's webhook once more; see `Receiver.redeliver`."""
        return await self._receiver.redeliver(sid)

    def _application(self) -> web.Application:
        control = Control(
            token=self.control_token,
            accounts=self.accounts,
            messages=self.messages,
            faults=self.faults,
            pace=self.pace,
            opt_outs=self.opt_outs,
            receiver=self._receiver,
        )
        phones = PhoneApi(token=self.control_token, phones=self.phones, receiver=self._receiver)
        twilio = TwilioApi(
            accounts=self.accounts, messages=self.messages, outbound=self._outbound, rules=self.faults
        )
        application = web.Application()
        application.add_routes([*control.routes(), *phones.routes(), *twilio.routes()])
        return application

    def _continue(self, path: Path) -> Ledger:
        ledger = Ledger(path)
        try:
            replay(ledgers.read(path), self.accounts, self.messages, self.opt_outs)
        except ledgers.LedgerUnreadable:
            ledger.close()
            raise
        return ledger

    def _record(self, entry: AccountOpened | NumberAssigned) -> None:
        # not yet open while the ledger's own entries are replayed
        if self._ledger is not None:
            self._ledger.write(entry)

    def _token_of(self, account_sid: str) -> str:
        return self.accounts.account(account_sid).token
