"""Carrying out what policy allows: the visits change, staff are told, and the answer leaves by the way out."""

from datetime import timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agent.answers import Answer, answer
from agent.decision import Decision, RequestedTime
from agent.gathering import Thread
from agent.policy import Change, Outcome, ReplyKind
from appointments import confirming, declining
from messaging.consent import scope_of, unsubscribe
from messaging.consent_texts import stopped_text
from messaging.phone_numbers import is_short_code
from messaging.texts import queue_text
from models import clock
from models.appointment import Confirmation
from models.attention import Reason, open_item
from models.contact import Reachability
from models.errors import Conflict
from models.event import REPLY
from models.message import Kind, Message
from models.phone_number import PhoneNumber
from models.recipient import ConsentSource, Recipient

# Two machines must not talk all night.
MOST_ANSWERS_AN_HOUR = 5


async def carry_out(
    session: AsyncSession, thread: Thread, recipient: Recipient, decision: Decision, outcome: Outcome
) -> None:
    """Do what policy allows of a decision, in the caller's transaction, which holds the recipient's lock."""
    for change in outcome.changes:
        await _change(session, thread, change)
    if outcome.late_minutes is not None:
        for visit_id in outcome.visits:
            await confirming.note_lateness(session, thread.account.id, visit_id, outcome.late_minutes, by=REPLY)
    if outcome.hold_number:
        await _hold(session, thread, recipient)
    for flag in outcome.flags:
        await open_item(
            session,
            thread.account.id,
            flag.reason,
            appointment_id=flag.visit_id,
            contact_id=thread.newest.contact_id,
            message_id=thread.newest.id,
            recipient_id=recipient.id if flag.reason is Reason.WRONG_NUMBER else None,
        )
    if outcome.opt_out:
        await _opt_out(session, thread, recipient)
    else:
        await _answer(session, thread, recipient, decision, outcome)


async def _change(session: AsyncSession, thread: Thread, change: Change) -> None:
    account_id = thread.account.id
    try:
        match change.confirmation:
            case Confirmation.CONFIRMED:
                await confirming.confirm(session, account_id, change.visit_id, by=REPLY)
            case Confirmation.DECLINED:
                await declining.decline(session, account_id, change.visit_id, by=REPLY)
            case _:
                wish = _wish(change.requested_time, thread)
                await confirming.request_reschedule(session, account_id, change.visit_id, wish, by=REPLY)
    except Conflict:
        # The visit was cancelled or begun between the decision and this lock: staff see the reply beside it.
        await open_item(
            session,
            account_id,
            Reason.LATE_REPLY,
            appointment_id=change.visit_id,
            contact_id=thread.newest.contact_id,
            message_id=thread.newest.id,
        )


def _wish(requested: RequestedTime | None, thread: Thread) -> confirming.RequestedTime:
    if requested is None:
        return confirming.RequestedTime(thread.situation.text[:200])
    return confirming.RequestedTime(requested.text[:200], requested.start, requested.end)


async def _hold(session: AsyncSession, thread: Thread, recipient: Recipient) -> None:
    recipient.held_since = recipient.held_since or clock.now()
    session.add(recipient)
    if thread.contact is not None and thread.contact.reachability is not Reachability.WRONG_NUMBER:
        thread.contact.reachability = Reachability.WRONG_NUMBER
        thread.contact.touch()
        session.add(thread.contact)


async def _opt_out(session: AsyncSession, thread: Thread, recipient: Recipient) -> None:
    stopped = await unsubscribe(
        session,
        recipient,
        sender=scope_of(thread.account, thread.number.phone_number),
        source=ConsentSource.AGENT,
        message_id=thread.newest.id,
        by=REPLY,
    )
    if stopped:
        await queue_text(
            session,
            thread.number,
            recipient,
            stopped_text(thread.situation.language, thread.account.name),
            kind=Kind.CONSENT_REPLY,
            in_reply_to=thread.newest.id,
        )


async def _answer(
    session: AsyncSession, thread: Thread, recipient: Recipient, decision: Decision, outcome: Outcome
) -> None:
    if outcome.reply_kind is ReplyKind.NONE:
        return
    reply = answer(outcome, decision, thread.situation)
    if reply.text is None or not thread.agent.enable_sms_reply:
        return
    if not _within_window(thread):
        await open_item(
            session,
            thread.account.id,
            Reason.OUTSIDE_REPLY_WINDOW,
            appointment_id=thread.situation.about,
            contact_id=thread.newest.contact_id,
            message_id=thread.newest.id,
        )
        return
    if await _would_loop(session, thread):
        return
    await _send(session, thread, recipient, reply, outcome)


async def _send(
    session: AsyncSession, thread: Thread, recipient: Recipient, reply: Answer, outcome: Outcome
) -> None:
    assert reply.text is not None
    visit_id = outcome.visits[0] if len(outcome.visits) == 1 else thread.situation.about
    visit = thread.situation.visit(visit_id)
    await queue_text(
        session,
        thread.number,
        recipient,
        reply.text,
        kind=Kind.REPLY,
        appointment_id=visit.id if visit else None,
        contact_id=thread.newest.contact_id,
        named_start=visit.starts_at if visit else None,
        in_reply_to=thread.newest.id,
        listed=list(reply.listed) or None,
    )


def _within_window(thread: Thread) -> bool:
    """Tell whether the reply comes within the agent's window, counted from our last text in the thread."""
    if thread.last_text is None or thread.last_text.attempt_started_at is None:
        return False
    window = timedelta(hours=thread.agent.reply_window_hours)
    return thread.newest.created_at <= thread.last_text.attempt_started_at + window


async def _would_loop(session: AsyncSession, thread: Thread) -> bool:
    newest = thread.newest
    if is_short_code(newest.from_number):
        return True
    own = select(PhoneNumber.id).where(
        PhoneNumber.phone_number == newest.from_number, col(PhoneNumber.deleted_at).is_(None)
    )
    if (await session.exec(own.limit(1))).first() is not None:
        return True
    theirs = [one for one in thread.situation.history if one.direction == "inbound"]
    if theirs and theirs[-1].text.strip() == newest.body.strip():
        answered = select(Message.id).where(
            Message.recipient_id == newest.recipient_id,
            Message.kind == Kind.REPLY,
            Message.created_at >= theirs[-1].at,
        )
        if (await session.exec(answered.limit(1))).first() is not None:
            return True
    recent = select(func.count()).where(
        Message.recipient_id == newest.recipient_id,
        Message.from_number == newest.to_number,
        Message.kind == Kind.REPLY,
        Message.created_at > clock.now() - timedelta(hours=1),
    )
    return (await session.exec(recent)).one() >= MOST_ANSWERS_AN_HOUR
