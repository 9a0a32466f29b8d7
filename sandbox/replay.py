"""Bringing a carrier back to where its ledger left it."""

from collections.abc import Iterable

from sandbox.accounts import Accounts
from sandbox.clock import parse_rfc3339
from sandbox.ledger import AccountOpened, Created, Entry, Finished, LedgerUnreadable, NumberAssigned, Received
from sandbox.messages import Message, Messages
from sandbox.optouts import OptOuts
from sandbox.segments import count


def replay(entries: Iterable[Entry], accounts: Accounts, messages: Messages, opt_outs: OptOuts) -> None:
    """Apply what a ledger says, in its order: accounts, numbers, texts, their ends, and opt-outs.

    A text whose end it does not tell is `queued` afterwards. Raises LedgerUnreadable for an entry
    that contradicts the ones before it.
    """
    for entry in entries:
        try:
            _apply(entry, accounts, messages, opt_outs)
        except (LookupError, TypeError, ValueError) as fault:
            raise LedgerUnreadable(f"a ledger entry cannot be applied: {fault}") from fault


def _apply(entry: Entry, accounts: Accounts, messages: Messages, opt_outs: OptOuts) -> None:
    match entry:
        case AccountOpened():
            accounts.register(entry.sid, entry.token)
        case NumberAssigned():
            accounts.register_number(
                entry.account_sid,
                entry.phone_number,
                entry.sid,
                entry.sms_url,
                entry.sms_method,
                entry.advanced_opt_out,
            )
        case Created():
            accounts.account(entry.account_sid)
            messages.add(_created(entry))
        case Received():
            accounts.account(entry.account_sid)
            messages.add(_received(entry))
            opt_outs.apply(entry.to, entry.from_, entry.opt_out)
        case Finished():
            _finish(entry, messages)


def _created(entry: Created) -> Message:
    return Message(
        sid=entry.sid,
        account_sid=entry.account_sid,
        direction=entry.direction,
        from_=entry.from_,
        to=entry.to,
        body=entry.body,
        segments=count(entry.body),
        created=parse_rfc3339(entry.at),
        status="queued",
        media=tuple(entry.media),
        callback_url=entry.status_callback,
        validity=entry.validity,
    )


def _received(entry: Received) -> Message:
    return Message(
        sid=entry.sid,
        account_sid=entry.account_sid,
        direction="inbound",
        from_=entry.from_,
        to=entry.to,
        body=entry.body,
        segments=count(entry.body),
        created=parse_rfc3339(entry.at),
        status="received",
        media=tuple(entry.media),
    )


def _finish(entry: Finished, messages: Messages) -> None:
    message = messages.get(entry.sid)
    if message is not None:  # else it is older than what is kept in memory
        message.status = entry.status
        message.error_code = entry.error_code
        message.sent = None if entry.sent_at is None else parse_rfc3339(entry.sent_at)
        message.updated = parse_rfc3339(entry.at)
