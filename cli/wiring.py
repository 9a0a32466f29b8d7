"""Wiring: every room built once, with what it needs handed in. The one place that knows them all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.builtin_agent import BuiltinAgent
from agent.reply import Replies
from agent.situation import Agent
from appointments.corrections import Corrections
from appointments.deadline import OverdueConfirmations
from appointments.unreachable import Unreachable
from cli.sandbox_host import SandboxHost
from cli.settings import Settings
from messaging.carriers.twilio import TWILIO_API_URL, TwilioCarrier
from messaging.missed import MissedTexts
from messaging.reconcile import Reconciler
from messaging.send import WayOut
from models.database import Database
from models.phone_number import Carrier
from models.vault import Vault
from scheduler.alarm import Source
from scheduler.embedded import EmbeddedEngine
from scheduler.firing import Firing
from scheduler.housekeeping import Housekeeping
from webhooks.delivering import Delivering
from webhooks.feed import NewChanges
from webhooks.keeping import Keeping
from webhooks.numbering import Numbering
from webhooks.post import Poster

if TYPE_CHECKING:
    from agent.openai_agent import OpenAIAgent

SCHEDULING = ("reminders", "corrections", "unreachable", "overdue", "housekeeping", "events", "kept_changes")
SENDING = ("messages", "reconcile", "inbound", "missed", "webhooks")
ROLES = {"all": SCHEDULING + SENDING, "api": (), "scheduler": SCHEDULING, "worker": SENDING}


@dataclass
class House:
    """The rooms of one process."""

    settings: Settings
    database: Database
    vault: Vault
    sandbox: SandboxHost
    carriers: "Carriers"
    way_out: WayOut
    engine: EmbeddedEngine
    poster: Poster
    delivering: Delivering
    model: "OpenAIAgent | None"
    public_url: str

    def heard(self, signals: frozenset[str]) -> None:
        """Look at what another process's commit made due, and wake those who wait for it."""
        self.engine.wake(signals)
        NewChanges.of(self.database).heard(signals)

    async def close(self) -> None:
        """Close what holds connections, the database last."""
        await self.delivering.finish()
        await self.poster.close()
        if self.model is not None:
            await self.model.close()
        await self.carriers.close()
        await self.sandbox.stop()
        await self.database.close()


class Carriers:
    """The carrier clients: Twilio's, and the same client at the sandbox's address."""

    def __init__(self, twilio_url: str, sandbox_url: Callable[[], str]) -> None:
        self._twilio = TwilioCarrier(twilio_url)
        self._sandbox: TwilioCarrier | None = None
        self._sandbox_url = sandbox_url

    def of(self, carrier: str) -> TwilioCarrier:
        """Return the client of a number's `carrier`."""
        if carrier != Carrier.SANDBOX:
            return self._twilio
        if self._sandbox is None:
            self._sandbox = TwilioCarrier(self._sandbox_url())
        return self._sandbox

    async def close(self) -> None:
        """Close their sessions."""
        await self._twilio.close()
        if self._sandbox is not None:
            await self._sandbox.close()


def build(settings: Settings, public_url: str, role: str) -> House:
    """Build the rooms for one role; nothing is started."""
    database = Database(settings.database_url)
    vault = Vault(settings.vault_key())
    sandbox = SandboxHost(
        vault,
        port=settings.sandbox_port,
        ledger=settings.beside_database(".sandbox.jsonl"),
        hosted_here=role in ("all", "api"),
    )
    carriers = Carriers(settings.twilio_api_url or TWILIO_API_URL, lambda: sandbox.url)
    way_out = WayOut(database, vault, carriers.of, public_url=public_url, concurrency=settings.send_concurrency)
    model = model_of(settings)
    poster = Poster(allow_private=settings.webhook_allow_private)
    delivering = Delivering(database, vault, poster)
    sources = _sources(database, vault, carriers, way_out, settings, model, delivering)
    engine = EmbeddedEngine([source for source in sources if source.name in ROLES[role]], way_out)
    database.on_commit(engine.wake)
    return House(
        settings, database, vault, sandbox, carriers, way_out, engine, poster, delivering, model, public_url
    )


def _sources(
    database: Database,
    vault: Vault,
    carriers: Carriers,
    way_out: WayOut,
    settings: Settings,
    model: Agent | None,
    delivering: Delivering,
) -> list[Source]:
    firing = Firing(database)
    reconciler = Reconciler(
        database,
        vault,
        carriers.of,
        after=timedelta(seconds=settings.reconcile_after),
        in_flight=lambda: way_out.in_flight,
    )
    replies = Replies(database, builtin=BuiltinAgent(), model=model)
    missed = MissedTexts(database, vault, carriers.of)
    housekeeping = Housekeeping(database)
    numbering = Numbering(database, vault)
    keeping = Keeping(database)
    corrections = Corrections(database)
    unreachable = Unreachable(database)
    overdue = OverdueConfirmations(database)
    return [
        Source("reminders", firing.earliest, firing.run_due),
        Source("corrections", corrections.earliest, corrections.run_due),
        Source("unreachable", unreachable.earliest, unreachable.run_due),
        Source("overdue", overdue.earliest, overdue.run_due),
        Source("messages", way_out.earliest, way_out.send_due),
        Source("reconcile", reconciler.earliest, reconciler.run_due),
        Source("inbound", replies.earliest, replies.run_due),
        Source("missed", missed.earliest, missed.run_due),
        Source("housekeeping", housekeeping.earliest, housekeeping.run_due),
        Source("events", numbering.earliest, numbering.run_due),
        Source("webhooks", delivering.earliest, delivering.run_due),
        Source("kept_changes", keeping.earliest, keeping.run_due),
    ]


def model_of(settings: Settings) -> "OpenAIAgent | None":
    """Return the OpenAI agent where there is a key; its SDK takes a second to import, so only then."""
    if settings.openai_api_key is None:
        return None
    from agent.openai_agent import OpenAIAgent

    return OpenAIAgent(
        api_key=settings.openai_api_key, base_url=settings.openai_base_url, model=settings.openai_model
    )
