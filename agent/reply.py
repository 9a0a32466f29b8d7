"""Reading what arrived: each unread text becomes a decision, an outcome and, often, an answer - once.

A text waits as a stored row until this is committed, so a kill loses none and answers none twice: the answer, the
changes and the mark that it was read are one transaction, and one answer a text is all that a unique key allows.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agent.carrying_out import carry_out
from agent.decision import Decision, Intent
from agent.gathering import Thread, gather, quiet_since
from agent.policy import dispose
from agent.situation import Agent, AgentUnavailable
from messaging.recipients import lock_recipient
from models import clock
from models.attention import Reason, open_item
from models.database import Database
from models.message import IS_UNREAD, Message

log = structlog.get_logger(__name__)

# A person who writes in bursts is read once, when a model reads: each reading costs money and time.
QUIET = timedelta(seconds=5)
THREADS_AT_ONCE = 20
RETRY_AFTER = timedelta(seconds=10)
MOST_TRIES = 5


class Replies:
    """The source of unread texts."""

    def __init__(self, database: Database, *, builtin: Agent, model: Agent | None = None) -> None:
        """model: the agent that is asked first, where there is one; the built-in one never fails."""
        self._database = database
        self._builtin = builtin
        self._model = model
        self._quiet = QUIET if model is not None else timedelta(0)

    async def earliest(self) -> datetime | None:
        """Return when the next text is to be read (UTC), or None."""
        first = func.min(func.coalesce(col(Message.claimed_until), col(Message.created_at)))
        query = select(first).where(*_UNREAD)
        async with self._database.read() as session:
            found: datetime | None = (await session.exec(query)).first()
        return None if found is None else found + self._quiet

    async def run_due(self) -> int:
        """Read what waits, several threads at once; return how many texts were read."""
        now = clock.now()
        async with self._database.read() as session:
            query = select(Message).where(*_UNREAD).order_by(col(Message.created_at)).limit(200)
            unread = (await session.exec(query)).all()
        threads: dict[tuple[str, str], list[Message]] = {}
        for message in unread:
            threads.setdefault((message.recipient_id, message.phone_number_id), []).append(message)
        due = [
            messages
            for messages in threads.values()
            if quiet_since(messages) + self._quiet <= now
            and all(message.claimed_until is None or message.claimed_until <= now for message in messages)
        ]
        done = await asyncio.gather(*(self._read(messages) for messages in due[:THREADS_AT_ONCE]))
        return sum(done)

    async def _read(self, messages: list[Message]) -> int:
        # Without a model each text is read alone, in its order.
        together = messages if self._model is not None else messages[:1]
        try:
            return await self._read_once(together)
        except Exception:
            # One text that cannot be read must not stop the others; it is tried again, then given to staff.
            log.exception("reading_failed", message_id=together[-1].id)
            await self._put_off(together)
            return 0

    async def _read_once(self, messages: Sequence[Message]) -> int:
        async with self._database.read() as session:
            thread = await gather(session, messages)
        decision, failed = await self._decide(thread)
        async with self._database.write() as session:
            return await self._apply(session, messages, decision, failed=failed)

    async def _decide(self, thread: Thread) -> tuple[Decision, bool]:
        if not thread.situation.text.strip():
            # A picture says nothing that an agent could read; its sender is asked, and staff see it.
            return Decision(Intent.OTHER, 0.0, reason="no words"), False
        if self._model is not None:
            try:
                return await self._model.decide(thread.situation), False
            except AgentUnavailable as failure:
                log.warning("agent_failed", message_id=thread.newest.id, reason=str(failure))
                return await self._builtin.decide(thread.situation), True
        return await self._builtin.decide(thread.situation), False

    async def _apply(
        self, session: AsyncSession, messages: Sequence[Message], decision: Decision, *, failed: bool
    ) -> int:
        """Carry a decision out under the lock, unless the person wrote again or somebody else was quicker."""
        newest = messages[-1]
        recipient = await lock_recipient(session, newest.account_id, newest.from_number)
        waiting = [
            *(
                await session.exec(
                    select(Message)
                    .where(
                        *_UNREAD,
                        Message.recipient_id == newest.recipient_id,
                        Message.phone_number_id == newest.phone_number_id,
                    )
                    .order_by(col(Message.created_at), col(Message.id))
                )
            ).all()
        ]
        ids = [message.id for message in messages]
        if [message.id for message in waiting][: len(ids)] != ids:
            return 0
        if self._model is not None and len(waiting) > len(ids):
            log.info("decision_dropped", message_id=newest.id, reason="the person wrote again")
            return 0
        # What is known is gathered again: policy must dispose of what is true under the lock.
        thread = await gather(session, waiting[: len(ids)])
        outcome = dispose(decision, thread.situation)
        now = clock.now()
        for message in thread.messages:
            message.processed_at = now
            message.intent = decision.intent
            message.confidence = decision.confidence
            message.decided_by = decision.agent
            message.decision_reason = decision.reason
            message.appointment_id = outcome.visits[0] if len(outcome.visits) == 1 else message.appointment_id
            message.touch()
            session.add(message)
        await session.flush()
        if failed:
            await self._flag_failed(session, thread.newest)
        await carry_out(session, thread, recipient, decision, outcome)
        return len(ids)

    async def _put_off(self, messages: Sequence[Message]) -> None:
        async with self._database.write() as session:
            for stale in messages:
                message = await session.get_one(Message, stale.id)
                message.attempts += 1
                message.claimed_until = clock.now() + RETRY_AFTER * message.attempts
                if message.attempts >= MOST_TRIES:
                    message.processed_at = clock.now()
                    await self._flag_failed(session, message)
                session.add(message)

    async def _flag_failed(self, session: AsyncSession, message: Message) -> None:
        await open_item(
            session,
            message.account_id,
            Reason.AGENT_FAILED,
            appointment_id=message.appointment_id,
            contact_id=message.contact_id,
            message_id=message.id,
        )


_UNREAD = (IS_UNREAD,)
