"""Whether a person is told of a change, and how long the change settles first."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from messaging.local_time import Span
from models.account import Account


class Notify(StrEnum):
    """When a person is told of a move or a cancel."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Notice:
    """What whoever changes a visit says of telling the person; settle None: as long as the account says."""

    notify: Notify = Notify.AUTO
    settle: timedelta | None = None

    def settles_for(self, account: Account) -> timedelta:
        """Return how long the change waits for another one before the person is told."""
        return self.settle if self.settle is not None else Span.parse(account.settle).length


AS_USUAL = Notice()
# A visit that is cancelled since the person said no: they need not be told.
OWN_WISH = Notice(Notify.NEVER)
