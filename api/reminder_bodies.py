"""What is asked of /v1/reminders and what it answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.fields import Body, Id, Instant, PhoneNumber, Shown
from api.lists import ListQuery
from api.openapi import ErrorDetail
from api.reading import Read
from models.reminder import ReminderKind, ReminderState
from scheduler.job_batch import MOST_JOBS

Text = Annotated[str, Field(max_length=100_000)]
Short = Annotated[str, Field(max_length=500)]
Number = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class NewReminder(Body):
    """A reminder job: exactly one of `send_at`, `cron` and `before`.

    `agent_id`, `to` and `from_number` are required, except beside `appointment_id`: then they are by default the
    appointment's. `to_number` and `body` are other names of `to` and `message`.
    """

    agent_id: Short | None = None
    to: Short | None = Field(default=None, description="Whom to text, in E.164.", examples=["+12125550123"])
    to_number: Short | None = None
    from_number: Short | None = Field(default=None, description="One of the account's numbers, in E.164.")
    message: Text | None = Field(default=None, description="1 to 1600 characters, with {{variables}}.")
    body: Text | None = None
    appointment_id: Short | None = Field(default=None, description="The visit it is about.")
    send_at: Short | None = Field(
        default=None,
        description="An instant, or a local time with `timezone`.",
        examples=["2027-03-12T15:00:00-05:00", "2027-03-12T15:00:00"],
    )
    cron: Short | None = Field(default=None, description="Five fields, or a word.", examples=["0 9 * * 1-5"])
    before: Short | None = Field(
        default=None, description="How long before the appointment's start.", examples=["PT24H", "P1D"]
    )
    at: Short | None = Field(
        default=None, description="With `before` in days: the local time of that day.", examples=["10:00"]
    )
    timezone: Short | None = Field(
        default=None, description="An IANA zone; by default the account's.", examples=["America/New_York"]
    )
    starts_at: Short | None = Field(default=None, description="With `cron`: no occurrence before this time.")
    ends_at: Short | None = Field(default=None, description="With `cron`: no occurrence after this time.")
    max_occurrences: Number | None = Field(default=None, description="With `cron`: so many texts in all.")
    only_if: list[Short] | None = Field(
        default=None,
        max_length=10,
        description="With `appointment_id`: only while it is so.",
        examples=[["unconfirmed"]],
    )
    any_hour: bool | None = Field(default=None, description="Leave also outside the sending hours.")
    misfire_grace: Short | None = Field(
        default=None,
        description="How late it may be sent; by default PT1H, with `cron` PT10M.",
        examples=["PT30M"],
    )
    metadata: dict[str, str | None] | None = Field(default=None, examples=[{"chart": "4711"}])


class NewReminders(Body):
    """Reminder jobs to make; one that is wrong spoils no other."""

    reminders: list[Read[NewReminder]] = Field(description=f"At most {MOST_JOBS}.")


class ReminderObject(Shown):
    """A reminder job."""

    object: Literal["reminder"]
    reminder_id: str
    kind: ReminderKind
    state: ReminderState
    agent_id: str
    phone_number_id: str
    from_: str = Field(alias="from")
    from_number: str
    to: str | None
    message: str
    appointment_id: str | None
    send_at: Instant | None
    before: str | None
    business_days: int | None = Field(description="Of a plan's text: so many open days before the start.")
    on: Literal["booked"] | None = Field(description="Of a plan's text that is asked for by the booking itself.")
    at: str | None
    cron: str | None
    timezone: str
    starts_at: Instant | None
    ends_at: Instant | None
    max_occurrences: int | None
    occurrences: int = Field(description="How many texts it has sent so far.")
    only_if: list[str]
    any_hour: bool
    misfire_grace: str | None
    nominal_at: Instant | None = Field(description="When the next text was asked for.")
    next_run_at: Instant | None = Field(description="When the next text will leave.")
    last_run_at: Instant | None
    why: str | None = Field(description="Why it leaves when it does, or why it did not.")
    metadata: dict[str, str]
    warnings: list[str] = Field(default=[], description="Where it was made or changed, and only if there are any.")


class ComingText(BaseModel):
    """A text to come. `local` is `at` on the clock of the reminder."""

    at: Instant
    nominal_at: Instant
    local: str = Field(examples=["2027-03-12T09:00:00-05:00"])
    why: str | None


class ComingTexts(BaseModel):
    """The next texts of a reminder, in order."""

    data: list[ComingText]


class BatchItem(BaseModel):
    """What became of one item: a reminder or an error."""

    index: int
    reminder_id: str = ""
    warnings: list[str] = []
    error: ErrorDetail | None = None


class BatchAnswer(BaseModel):
    """What became of each item, in order."""

    data: list[BatchItem]
    created: int
    updated: int
    failed: int


class ReminderPreview(BaseModel):
    """What a reminder would send, and when; nothing is stored."""

    object: Literal["reminder_preview"]
    kind: ReminderKind
    to: str
    from_number: str
    text: str = Field(description="The message with today's values.")
    characters: int
    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    forces_ucs2: list[str] = Field(description="The characters that GSM-7 does not have.")
    missing_variables: list[str] = Field(description="Variables that have no value at present.")
    warnings: list[str]
    why: str | None
    next: list[ComingText]


class ReminderQuery(ListQuery):
    """Which reminders to list."""

    appointment_id: Id | None = None
    to: PhoneNumber | None = None
    kind: ReminderKind | None = None
    state: ReminderState | None = None
