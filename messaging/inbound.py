"""The way in: a text that arrived is committed with what it says about consent, before anything else is done.

Consent is code, not a model: a keyword is decided here, in the transaction that stores the text, under the lock
that the gate takes too. What needs thought is left unprocessed for the engine, which gives it to the agent.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from messaging.consent import OPT_OUT_CONFIRMATION, is_unsubscribed, scope_of, subscribe, unsubscribe
from messaging.consent_texts import started_text, stopped_text
from messaging.consent_words import ConsentWord, consent_keyword, is_bare_yes
from messaging.phone_numbers import is_toll_free
from messaging.recipients import lock_recipient
from messaging.segments import count_segments
from messaging.shape import message_row
from messaging.texts import queue_text
from messaging.transition import record_statuses
from messaging.wording import fill
from models import clock
from models.account import Account
from models.agent import Agent
from models.attention import Reason, open_item
from models.contact import Contact
from models.database import signal
from models.event import REPLY
from models.message import REACHED_CARRIER, Direction, Kind, Message, Status
from models.phone_number import PhoneNumber
from models.recipient import ConsentSource, Recipient

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrival:
    """A text as the carrier tells it. `opt_out_type` is set where the carrier handles the keywords itself."""

    sid: str
    from_number: str
    body: str
    media_count: int = 0
    opt_out_type: str | None = None
    arrived_at: datetime | None = None


async def receive(session: AsyncSession, number: PhoneNumber, arrival: Arrival) -> Message | None:
    """Store a text that arrived on a number and do at once what it says about consent.

    Returns None for one that is stored already: the carrier may tell of it twice.
    """
    recipient = await lock_recipient(session, number.account_id, arrival.from_number)
    known = select(Message.id).where(Message.account_id == number.account_id, Message.carrier_sid == arrival.sid)
    if (await session.exec(known)).first() is not None:
        return None
    answered = await last_text_to(session, recipient.id, number.phone_number)
    contact = await _contact(session, number.account_id, arrival.from_number, answered)
    message = _message(number, recipient, arrival, answered, contact)
    session.add(message)
    await session.flush()
    await record_statuses(session, [message_row(message)], by=REPLY)
    await _apply_consent(session, number, recipient, message, arrival, answered, contact)
    signal(session, "inbound")
    return message


async def last_text_to(
    session: AsyncSession, recipient_id: str, sender: str, *, before: datetime | None = None
) -> Message | None:
    """Return the last text of ours that reached the carrier, from this sender to this recipient.

    before: only texts that left before this instant (UTC). Answers to STOP, START and HELP ask nothing, so a
    reply belongs to the text before them.
    """
    query = (
        select(Message)
        .where(
            Message.recipient_id == recipient_id,
            Message.from_number == sender,
            Message.direction == Direction.OUTBOUND,
            col(Message.status).in_([*REACHED_CARRIER, Status.SENDING, Status.UNKNOWN]),
            Message.kind != Kind.CONSENT_REPLY,
        )
        .order_by(col(Message.attempt_started_at).desc())
        .limit(1)
    )
    if before is not None:
        query = query.where(col(Message.attempt_started_at) <= before)
    return (await session.exec(query)).first()


def _message(
    number: PhoneNumber, recipient: Recipient, arrival: Arrival, answered: Message | None, contact: Contact | None
) -> Message:
    body = arrival.body.replace("\x00", "")
    return Message(
        account_id=number.account_id,
        direction=Direction.INBOUND,
        kind=Kind.INBOUND,
        status=Status.RECEIVED,
        agent_id=number.agent_id,
        phone_number_id=number.id,
        recipient_id=recipient.id,
        from_number=arrival.from_number,
        to_number=number.phone_number,
        body=body,
        segments=count_segments(body).segments,
        appointment_id=answered.appointment_id if answered else None,
        contact_id=contact.id if contact else None,
        carrier_sid=arrival.sid,
        carrier_status="received",
        media_count=arrival.media_count,
        created_at=arrival.arrived_at or clock.now(),
    )


async def _contact(
    session: AsyncSession, account_id: str, phone_number: str, answered: Message | None
) -> Contact | None:
    """Return who wrote: the person our text was for, else the only contact with this number."""
    if answered is not None and answered.contact_id is not None:
        return await session.get(Contact, answered.contact_id)
    query = select(Contact).where(
        Contact.account_id == account_id,
        Contact.phone_number == phone_number,
        col(Contact.deleted_at).is_(None),
    )
    found = (await session.exec(query.limit(2))).all()
    return found[0] if len(found) == 1 else None


async def _apply_consent(
    session: AsyncSession,
    number: PhoneNumber,
    recipient: Recipient,
    message: Message,
    arrival: Arrival,
    answered: Message | None,
    contact: Contact | None,
) -> None:
    keyword = consent_keyword(message.body, arrival.opt_out_type)
    account = await session.get_one(Account, number.account_id)
    overtaken = await _is_overtaken(session, account, number, message)
    if keyword is None:
        if not overtaken:
            await _yes_of_an_unsubscribed(session, number, recipient, message)
        return
    agent = await session.get_one(Agent, number.agent_id)
    message.consent_word = keyword.word
    message.intent = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}[keyword.word]
    message.confidence = 1.0
    message.processed_at = clock.now()
    session.add(message)
    language = (contact.language if contact else None) or agent.language
    answer: str | None = None
    if keyword.word is not ConsentWord.HELP and overtaken:
        log.info("consent_word_overtaken", message_id=message.id)
    elif keyword.word is ConsentWord.STOP:
        if await _stop(session, account, number, recipient, message, contact):
            late = clock.now() - message.created_at > OPT_OUT_CONFIRMATION
            answer = None if late else stopped_text(language, account.name)
        if keyword.may_mean_the_visit and answered is not None and answered.appointment_id is not None:
            await open_item(
                session,
                account.id,
                Reason.MAY_WANT_TO_CANCEL,
                appointment_id=answered.appointment_id,
                contact_id=message.contact_id,
                message_id=message.id,
            )
    elif keyword.word is ConsentWord.START:
        if await _start(session, number, recipient, message):
            answer = started_text(language, account.name)
    else:
        name = contact.name if contact else None
        answer = fill(agent.help_message, account_name=account.name, contact_name=name)
    # Where the request carried OptOutType, the carrier has answered already.
    if answer is not None and arrival.opt_out_type is None:
        await queue_text(
            session, number, recipient, answer, kind=Kind.CONSENT_REPLY, any_hour=True, in_reply_to=message.id
        )


async def _is_overtaken(session: AsyncSession, account: Account, number: PhoneNumber, message: Message) -> bool:
    """Tell whether the person has stopped or started again since: a text read late must not undo a later word."""
    query = select(Message.id).where(
        Message.recipient_id == message.recipient_id,
        Message.direction == Direction.INBOUND,
        col(Message.consent_word).in_([ConsentWord.STOP, ConsentWord.START]),
        Message.created_at > message.created_at,
    )
    if account.opt_out_scope == "sender":
        query = query.where(Message.phone_number_id == number.id)
    return (await session.exec(query.limit(1))).first() is not None


async def _stop(
    session: AsyncSession,
    account: Account,
    number: PhoneNumber,
    recipient: Recipient,
    message: Message,
    contact: Contact | None,
) -> bool:
    stopped = await unsubscribe(
        session,
        recipient,
        sender=scope_of(account, number.phone_number),
        source=ConsentSource.KEYWORD,
        message_id=message.id,
        by=REPLY,
    )
    if stopped:
        await open_item(
            session,
            account.id,
            Reason.OPTED_OUT,
            appointment_id=message.appointment_id,
            contact_id=contact.id if contact else None,
            message_id=message.id,
        )
    return stopped


async def _start(session: AsyncSession, number: PhoneNumber, recipient: Recipient, message: Message) -> bool:
    return await subscribe(
        session,
        recipient,
        sender=number.phone_number,
        source=ConsentSource.KEYWORD,
        message_id=message.id,
        by=REPLY,
    )


async def _yes_of_an_unsubscribed(
    session: AsyncSession, number: PhoneNumber, recipient: Recipient, message: Message
) -> None:
    """A YES of one who had stopped subscribes again, and is then read like any other YES.

    Source: Twilio lifts its block on YES for long codes; on toll-free numbers only START and UNSTOP do.
    """
    if not is_bare_yes(message.body) or is_toll_free(number.phone_number):
        return
    if await is_unsubscribed(session, recipient.id, number.phone_number):
        await _start(session, number, recipient, message)
