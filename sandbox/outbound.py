"""Taking texts from the carrier's customers: what is refused, and what happens to the rest."""

import secrets
from typing import NamedTuple

from sandbox.accounts import Account, Accounts
from sandbox.addresses import is_e164, is_web_address
from sandbox.clock import Clock, rfc3339
from sandbox.errors import TwilioError
from sandbox.ledger import Created, Ledger
from sandbox.lifecycle import Lifecycle
from sandbox.messages import Direction, Message, Messages
from sandbox.optouts import OptOuts
from sandbox.phones import Phones
from sandbox.segments import count

LONGEST = 1600


class Draft(NamedTuple):
    """A text that a customer asks the carrier to send."""

    account: Account
    to: str
    from_: str
    body: str
    media: tuple[str, ...] = ()
    callback_url: str = ""
    validity: int | None = None
    direction: Direction = "outbound-api"


class Outbound:
    """The carrier's way out."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        messages: Messages,
        opt_outs: OptOuts,
        lifecycle: Lifecycle,
        phones: Phones,
        ledger: Ledger | None,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._messages = messages
        self._opt_outs = opt_outs
        self._lifecycle = lifecycle
        self._phones = phones
        self._ledger = ledger
        self._clock = clock

    def check(self, draft: Draft) -> None:
        """Raises TwilioError for a text the carrier refuses, with the code that Twilio gives."""
        if not draft.to:
            raise TwilioError(21604)
        if not draft.from_:
            raise TwilioError(21603)
        if not draft.body and not draft.media:
            raise TwilioError(21602)
        if len(draft.body) > LONGEST:
            raise TwilioError(21617)
        if not is_e164(draft.to):
            raise TwilioError(21211, f"Invalid 'To' Phone Number: {draft.to}")
        number = self._accounts.number(draft.from_)
        if number is None or number.account is not draft.account:
            raise TwilioError(21606, f"The 'From' phone number {draft.from_} is not one of this account's")
        if draft.to == draft.from_:
            raise TwilioError(21266)
        if draft.callback_url and not is_web_address(draft.callback_url):
            raise TwilioError(21609)
        if draft.validity is not None and not 1 <= draft.validity <= 36_000:
            raise TwilioError(21624)
        if self._opt_outs.blocks(draft.from_, draft.to):
            raise TwilioError(21610)

    def accept(self, draft: Draft) -> Message:
        """Take a checked text: it is in the ledger when this returns, and on its way.

        Raises TwilioError 20500 if the ledger cannot be written; the text is not taken then.
        """
        message = Message(
            sid="SM" + secrets.token_hex(16),
            account_sid=draft.account.sid,
            direction=draft.direction,
            from_=draft.from_,
            to=draft.to,
            body=draft.body,
            segments=count(draft.body),
            created=self._clock(),
            status="queued",
            media=draft.media,
            callback_url=draft.callback_url,
            validity=draft.validity,
        )
        self._record(message)
        self._messages.add(message)
        self._phones.tell("message", message)
        self._lifecycle.begin(message)
        return message

    def _record(self, message: Message) -> None:
        if self._ledger is None:
            return
        entry = Created(
            sid=message.sid,
            account_sid=message.account_sid,
            direction=message.direction,
            from_=message.from_,
            to=message.to,
            body=message.body,
            at=rfc3339(message.created),
            status_callback=message.callback_url,
            media=list(message.media),
            validity=message.validity,
        )
        try:
            self._ledger.write(entry)
        except OSError as trouble:
            raise TwilioError(20500, "the sandbox's ledger cannot be written") from trouble
