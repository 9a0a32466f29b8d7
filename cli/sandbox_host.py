"""The sandbox carrier within `serve`: started when the first sandbox number needs it, and known to our numbers."""

import hashlib
import hmac
import os
from pathlib import Path

import structlog
from sqlmodel import col, select

from cli.problem import Problem
from models.database import Database
from models.errors import Conflict
from models.phone_number import Carrier, PhoneNumber
from models.vault import Vault
from sandbox.accounts import NumberTaken
from sandbox.carrier import SandboxCarrier
from sandbox.ledger import LedgerUnreadable

log = structlog.get_logger(__name__)


class SandboxHost:
    """Runs a sandbox carrier in this process, or points at the one that another process of the service runs."""

    def __init__(self, vault: Vault, *, port: int, ledger: Path, hosted_here: bool) -> None:
        """port: 0 takes a free one. hosted_here: whether this process runs it; others need a fixed port."""
        self._vault = vault
        self._port = port
        self._ledger = ledger
        self._hosted_here = hosted_here
        self._carrier: SandboxCarrier | None = None
        self.control_token = hmac.new(vault.keys[0].encode(), b"sandbox", hashlib.sha256).hexdigest()

    @property
    def is_running(self) -> bool:
        """Tell whether there is one to talk to."""
        return self._carrier is not None or not self._hosted_here

    @property
    def url(self) -> str:
        """Its base address. Raises Problem where another process runs it and no port was fixed."""
        if self._carrier is not None:
            return self._carrier.url
        if not self._port:
            raise Problem("SHOWUP_SANDBOX_PORT must be set where the roles of the service run apart")
        return f"http://127.0.0.1:{self._port}"

    async def start_if_needed(self, database: Database, public_url: str) -> None:
        """Start it when sandbox numbers exist, and tell it of them: where it listens may have changed.

        Raises Problem where it cannot start, or is another process's at a port that was not told.
        """
        query = select(PhoneNumber).where(
            PhoneNumber.carrier == Carrier.SANDBOX, col(PhoneNumber.deleted_at).is_(None)
        )
        async with database.read() as session:
            numbers = (await session.exec(query)).all()
        if not numbers:
            return
        if not self._hosted_here:
            log.info("sandbox_elsewhere", address=self.url)
            return
        carrier = await self._running()
        for number in numbers:
            carrier.register_account(number.twilio_sid, self._vault.decrypt(number.twilio_token_encrypted))
            carrier.register_number(
                number.twilio_sid,
                number.phone_number,
                number.carrier_number_sid,
                f"{public_url}/webhooks/twilio/sms/{number.id}",
            )

    async def register(self, account_id: str, phone_number: str, sms_url: str) -> tuple[str, str, str]:
        """Give an account a sandbox number; return its account SID, auth token and number SID.

        Raises Conflict (`number_already_imported`) where another account has it.
        """
        carrier = await self._running()
        # A carrier account for each number: importing a second one must not change the token of the first.
        sid = "AC" + hashlib.sha256(f"{account_id} {phone_number}".encode()).hexdigest()[:32]
        account = carrier.register_account(sid)
        try:
            number = carrier.register_number(sid, phone_number, None, sms_url)
        except NumberTaken:
            raise Conflict(
                "number_already_imported",
                f"{phone_number} is another account's sandbox number.",
                param="phone_number",
            ) from None
        return account.sid, account.token, number.sid

    async def stop(self) -> None:
        """Stop it, if it runs here."""
        if self._carrier is not None:
            await self._carrier.stop()
            self._carrier = None

    async def _running(self) -> SandboxCarrier:
        if not self._hosted_here:
            raise Problem("sandbox numbers are imported by the process that runs the sandbox")
        if self._carrier is None:
            try:
                carrier = SandboxCarrier(self._port, ledger=self._ledger, control_token=self.control_token)
                await carrier.start()
            except LedgerUnreadable as error:
                raise Problem(f"the sandbox's ledger {self._ledger} cannot be read: {error}") from None
            except OSError as error:
                why = os.strerror(error.errno) if error.errno else str(error)
                raise Problem(f"SHOWUP_SANDBOX_PORT: the sandbox cannot use port {self._port} ({why})") from None
            self._carrier = carrier
        return self._carrier
