"""Texts from people to the carrier's customers: the signed webhook, and the TwiML that answers it."""

import logging
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sandbox.accounts import Accounts, Number, UnknownNumber
from sandbox.addresses import is_e164
from sandbox.clock import Clock, rfc3339
from sandbox.errors import TwilioError
from sandbox.ledger import Ledger, Received
from sandbox.messages import Message, Messages
from sandbox.optouts import OptOuts, OptOutType
from sandbox.outbound import LONGEST, Draft, Outbound
from sandbox.phones import Phones
from sandbox.segments import count
from sandbox.shapes import VERSION
from sandbox.twiml import InvalidTwiml, Reply, replies
from sandbox.webhook import Answer, Webhooks

log = logging.getLogger(__name__)


class Inbound(NamedTuple):
    """An inbound text and what came of its webhook.

    webhook_status: the application's HTTP status; None if there was no answer or nowhere to post.
    replies: what a TwiML answer sent back.
    """

    message: Message
    webhook_status: int | None
    replies: list[Message]


class Receiver:
    """The carrier's way in."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        messages: Messages,
        opt_outs: OptOuts,
        outbound: Outbound,
        webhooks: Webhooks,
        phones: Phones,
        ledger: Ledger | None,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._messages = messages
        self._opt_outs = opt_outs
        self._outbound = outbound
        self._webhooks = webhooks
        self._phones = phones
        self._ledger = ledger
        self._clock = clock

    async def receive(
        self,
        from_: str,
        to: str,
        body: str,
        media: Sequence[str] = (),
        opt_out_type: OptOutType | None = None,
    ) -> Inbound:
        """Let a person text one of the numbers; returns when the application has answered.

        media: URLs of pictures. opt_out_type: posted as OptOutType, and acted on, whatever the words
        (as Advanced Opt-Out does for a customer's own keywords).
        Raises UnknownNumber, and ValueError for a malformed sender, an empty or too long text.
        """
        number = self._accounts.number(to)
        if number is None:
            raise UnknownNumber(f"to: {to} is no number of this carrier")
        if not is_e164(from_) or from_ == to:
            raise ValueError(f"from: {from_!r} is not an E.164 number such as +12125550123, or is `to` itself")
        if not body and not media:
            raise ValueError("body: a text needs words or media")
        if len(body) > LONGEST:
            raise ValueError(f"body: at most {LONGEST} characters")
        kind = opt_out_type or self._opt_outs.read(to, from_, body)
        message = self._store(number, from_, body, tuple(media), kind)
        if opt_out_type is not None or number.advanced_opt_out:
            message.opt_out_type = kind
        return await self._post(number, message)

    async def redeliver(self, sid: str) -> Inbound:
        """Post an inbound text's webhook once more, as Twilio may. Raises UnknownNumber."""
        message = self._messages.get(sid)
        number = None if message is None else self._accounts.number(message.to)
        if message is None or number is None or message.direction != "inbound":
            raise UnknownNumber(f"no inbound message {sid}")
        return await self._post(number, message)

    def _store(
        self, number: Number, from_: str, body: str, media: tuple[str, ...], kind: OptOutType | None
    ) -> Message:
        message = Message(
            sid=("MM" if media else "SM") + secrets.token_hex(16),
            account_sid=number.account.sid,
            direction="inbound",
            from_=from_,
            to=number.phone_number,
            body=body,
            segments=count(body),
            created=self._clock(),
            status="received",
            media=media,
        )
        if self._ledger is not None:
            at = rfc3339(message.created)
            self._ledger.write(
                Received(message.sid, message.account_sid, from_, message.to, body, at, list(media), kind)
            )
        self._opt_outs.apply(number.phone_number, from_, kind)
        self._messages.add(message)
        self._phones.tell("message", message)
        return message

    async def _post(self, number: Number, message: Message) -> Inbound:
        if not number.sms_url:
            return Inbound(message, None, [])
        answer = await self._webhooks.send(
            number.sms_url, self._fields(message), number.account.token, number.sms_method
        )
        status = None if answer is None else answer.status
        return Inbound(message, status, self._reply(number, message, answer))

    def _fields(self, message: Message) -> dict[str, str]:
        fields = {
            "AccountSid": message.account_sid,
            "ApiVersion": VERSION,
            "Body": message.body,
            "From": message.from_,
            "MessageSid": message.sid,
            "NumMedia": str(len(message.media)),
            "NumSegments": str(message.segments),
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "To": message.to,
        }
        for end, number in (("From", message.from_), ("To", message.to)):
            country = "US" if number.startswith("+1") else ""
            fields |= {f"{end}City": "", f"{end}State": "", f"{end}Zip": "", f"{end}Country": country}
        for place, url in enumerate(message.media):
            fields |= {f"MediaUrl{place}": url, f"MediaContentType{place}": "image/jpeg"}
        if message.opt_out_type is not None:
            fields["OptOutType"] = message.opt_out_type
        return fields

    def _reply(self, number: Number, message: Message, answer: Answer | None) -> list[Message]:
        if answer is None or not 200 <= answer.status < 300:
            return []
        try:
            wanted = replies(answer.body)
        except InvalidTwiml as fault:
            log.warning("the application's answer is not TwiML: %s", fault)
            return []
        return [sent for reply in wanted if (sent := self._send(number, message, reply)) is not None]

    def _send(self, number: Number, message: Message, reply: Reply) -> Message | None:
        draft = Draft(
            account=number.account,
            to=reply.to or message.from_,
            from_=number.phone_number,
            body=reply.body,
            media=reply.media,
            callback_url=reply.callback_url,
            direction="outbound-reply",
        )
        try:
            self._outbound.check(draft)
        except TwilioError as refusal:
            log.warning("a TwiML reply was refused with %d", refusal.code)
            return None
        return self._outbound.accept(draft)
