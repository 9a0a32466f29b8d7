"""/v1/reminders: texts that leave at an instant, again and again, or some time before an appointment."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from sqlmodel import col, select
from starlette.responses import Response

from api.answers import answer
from api.lists import ListOf, ListQuery, page
from api.openapi import errors
from api.reading import Read, error_object
from api.reminder_bodies import (
    BatchAnswer,
    ComingTexts,
    NewReminder,
    NewReminders,
    ReminderObject,
    ReminderPreview,
    ReminderQuery,
)
from api.route import Route
from api.routes.sms import MessageObject
from api.unit import Work
from api.versions import ExpectedVersion
from messaging.shape import message_object, message_row
from models.account import Account
from models.errors import Fault
from models.message import Message
from models.owned import owned
from models.reminder import Reminder
from scheduler.job_batch import check_batch, create_batch
from scheduler.job_changes import change_job
from scheduler.job_recording import job_object
from scheduler.job_steps import cancel_job, pause_job, resume_job
from scheduler.jobs import NewJob, create_job
from scheduler.preview import next_of_job, preview_job

router = APIRouter(prefix="/v1/reminders", tags=["Reminders"], route_class=Route)

Written = Annotated[Read[NewReminder], Body()]
Count = Annotated[int, Query(ge=1, le=100, description="How many at most.")]


@router.post("", status_code=201, response_model=ReminderObject, responses=errors(404))
async def create_reminder(work: Work, body: Written) -> Response:
    """Make a reminder job."""
    return answer(await create_job(await work.session(), work.account_id, body, by=work.actor), 201)


@router.post("/batch", response_model=BatchAnswer)
async def create_reminders(work: Work, body: NewReminders) -> Response:
    """Make many reminder jobs in one transaction, and tell for each, in order, what became of it."""
    async with work.services.database.read() as session:
        account = await session.get_one(Account, work.account_id)
    checked = await check_batch(body.reminders, account_timezone=account.timezone)
    batch = await create_batch(await work.session(), work.account_id, checked, by=work.actor)
    failed = len(batch.results) - batch.created
    shown = [_shown(index, result) for index, result in enumerate(batch.results)]
    return answer({"data": shown, "created": batch.created, "updated": 0, "failed": failed})


@router.post("/preview", response_model=ReminderPreview, responses=errors(404))
async def preview_reminder(work: Work, body: Written) -> Response:
    """Show what a reminder job would send and when, without making it."""
    async with work.services.database.read() as session:
        return answer(await preview_job(session, work.account_id, body))


@router.get("", response_model=ListOf[ReminderObject])
async def list_reminders(work: Work, asked: Annotated[ReminderQuery, Query()]) -> Response:
    """List reminder jobs, newest first."""
    query = select(Reminder).where(Reminder.account_id == work.account_id)
    equal = {
        Reminder.appointment_id: asked.appointment_id,
        Reminder.to_number: asked.to,
        Reminder.kind: asked.kind,
        Reminder.state: asked.state,
    }
    for column, value in equal.items():
        if value is not None:
            query = query.where(col(column) == value)
    return answer(await page(await work.session(), query, asked, job_object))


@router.get("/{reminder_id}", response_model=ReminderObject)
async def get_reminder(work: Work, reminder_id: str) -> Response:
    """Return a reminder job."""
    session = await work.session()
    reminder = await owned(session, Reminder, reminder_id, account_id=work.account_id, kind="reminder")
    return answer(job_object(reminder))


@router.patch("/{reminder_id}", response_model=ReminderObject)
async def change_reminder(work: Work, reminder_id: str, body: Written, expected: ExpectedVersion) -> Response:
    """Change a reminder job: what is absent stays, null clears, `metadata` merges by key."""
    session = await work.session()
    return answer(
        await change_job(session, work.account_id, reminder_id, body, by=work.actor, expected_version=expected)
    )


@router.delete("/{reminder_id}", response_model=ReminderObject)
async def cancel_reminder(work: Work, reminder_id: str, expected: ExpectedVersion) -> Response:
    """Cancel a reminder job, and what is queued of it."""
    session = await work.session()
    reminder = await cancel_job(session, work.account_id, reminder_id, by=work.actor, expected_version=expected)
    return answer(job_object(reminder))


@router.post("/{reminder_id}/pause", response_model=ReminderObject)
async def pause_reminder(work: Work, reminder_id: str, expected: ExpectedVersion) -> Response:
    """Pause a reminder job, and withdraw what is queued of it."""
    session = await work.session()
    reminder = await pause_job(session, work.account_id, reminder_id, by=work.actor, expected_version=expected)
    return answer(job_object(reminder))


@router.post("/{reminder_id}/resume", response_model=ReminderObject)
async def resume_reminder(work: Work, reminder_id: str, expected: ExpectedVersion) -> Response:
    """Let a paused reminder job go on."""
    session = await work.session()
    reminder = await resume_job(session, work.account_id, reminder_id, by=work.actor, expected_version=expected)
    return answer(job_object(reminder))


@router.get("/{reminder_id}/next", response_model=ComingTexts)
async def next_texts(work: Work, reminder_id: str, count: Count = 10) -> Response:
    """Return the next texts of a reminder job, as they will leave."""
    session = await work.session()
    return answer({"data": await next_of_job(session, work.account_id, reminder_id, count)})


@router.get("/{reminder_id}/messages", response_model=ListOf[MessageObject])
async def reminder_messages(work: Work, reminder_id: str, asked: Annotated[ListQuery, Query()]) -> Response:
    """List the texts that a reminder job has made, newest first."""
    session = await work.session()
    await owned(session, Reminder, reminder_id, account_id=work.account_id, kind="reminder")
    query = select(Message).where(Message.account_id == work.account_id, Message.reminder_id == reminder_id)
    return answer(await page(session, query, asked, lambda message: message_object(message_row(message))))


def _shown(index: int, result: NewJob | Fault) -> dict[str, Any]:
    if isinstance(result, Fault):
        return {"index": index, "error": error_object(result)}
    shown = {"index": index, "reminder_id": result.row["id"]}
    return shown | {"warnings": result.warnings} if result.warnings else shown
