"""Making reminder jobs by the thousand: each is checked for itself, all are stored together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from models.errors import Fault, Invalid
from models.event import Actor
from scheduler.job_checking import CheckedJob, check
from scheduler.job_fields import Written
from scheduler.jobs import BREATH, NewJob, create_jobs

MOST_JOBS = 10_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of each item, in order: a job, or why there is none."""

    results: list[NewJob | Fault]

    @property
    def created(self) -> int:
        """How many jobs were made."""
        return sum(isinstance(result, NewJob) for result in self.results)


async def check_batch(items: Sequence[Written], *, account_timezone: str) -> list[CheckedJob | Fault]:
    """Return each item checked, or its fault; needs no session. Raises Invalid (`too_many_items`)."""
    if len(items) > MOST_JOBS:
        message = f"reminders has {len(items)} items, the most is {MOST_JOBS}: send them in several requests."
        raise Invalid("too_many_items", message, param="reminders")
    checked: list[CheckedJob | Fault] = []
    for index, item in enumerate(items):
        if index % BREATH == 0:
            await asyncio.sleep(0)
        try:
            checked.append(check(item, account_timezone=account_timezone))
        except Fault as fault:
            checked.append(fault)
    return checked


async def create_batch(
    session: AsyncSession, account_id: str, items: Sequence[CheckedJob | Fault], *, by: Actor
) -> Batch:
    """Make the jobs that were found right, in one transaction; one that cannot be made spoils no other."""
    right = [item for item in items if isinstance(item, CheckedJob)]
    made = iter(await create_jobs(session, account_id, right, by=by))
    return Batch([next(made) if isinstance(item, CheckedJob) else item for item in items])
