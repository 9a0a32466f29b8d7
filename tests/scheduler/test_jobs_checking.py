"""Whatever a caller writes into a job, it is either made sense of or refused by name."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Fault, Faults, Invalid
from models.reminder import Reminder, ReminderKind
from scheduler.job_checking import CheckedJob, check
from scheduler.job_fields import JobFields, fields_of

CODES = {
    "invalid_parameter",
    "invalid_phone_number",
    "message_too_long",
    "invalid_schedule",
    "invalid_cron",
    "invalid_timezone",
    "schedule_in_past",
    "unknown_template_variable",
}


@dataclass
class Given:
    """A request as it was read."""

    fields: JobFields
    faults: list[Fault] = field(default_factory=list)


def asked(**fields: Any) -> JobFields:
    """The fields of a whole job, with these changed; None leaves one out."""
    job: dict[str, Any] = {
        "agent_id": "agent_1",
        "to": "+12125550123",
        "from_number": "+12125550100",
        "message": "Hello",
        "send_at": "2026-03-06T10:00:00-05:00",
    }
    made = {name: value for name, value in (job | fields).items() if value is not None}
    return cast("JobFields", made)


def checked(fields: JobFields, **context: Any) -> CheckedJob:
    """Check a job on 2 March 2026."""
    with freeze_time("2026-03-02T15:00:00Z"):
        return check(Given(fields), account_timezone="America/New_York", **context)


def outcome_of(fields: JobFields) -> CheckedJob | list[Fault]:
    """Check a job and return what it is, or its faults."""
    try:
        return checked(fields)
    except Faults as faults:
        return faults.faults


TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "+12125550123",
        "0 9 * * 1-5",
        "@daily",
        "PT24H",
        "P1D",
        "10:00",
        "2026-03-06T10:00:00",
        "2026-03-06T10:00:00Z",
        "2199-12-31T23:59:59+14:00",
        "America/New_York",
        "{{contact.name}}",
        "{{",
        "\u0661\u0662:00",
        "-P1D",
        "P99999999999999D",
    ]
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "agent_id": st.none() | TEXTS,
        "to": st.none() | TEXTS,
        "to_number": st.none() | TEXTS,
        "from_number": st.none() | TEXTS,
        "message": st.none() | TEXTS,
        "body": st.none() | TEXTS,
        "appointment_id": st.none() | TEXTS,
        "send_at": st.none() | TEXTS,
        "cron": st.none() | TEXTS,
        "before": st.none() | TEXTS,
        "at": st.none() | TEXTS,
        "timezone": st.none() | TEXTS,
        "starts_at": st.none() | TEXTS,
        "ends_at": st.none() | TEXTS,
        "max_occurrences": st.none() | st.integers(-(2**31), 2**31 - 1),
        "only_if": st.none() | st.lists(st.sampled_from(["unconfirmed", "confirmed"]) | TEXTS, max_size=3),
        "any_hour": st.none() | st.booleans(),
        "misfire_grace": st.none() | TEXTS,
        "metadata": st.none() | st.dictionaries(TEXTS, st.none() | TEXTS, max_size=3),
    },
)


@given(fields=FIELDS)
@settings(max_examples=80)
def test_anything_is_either_a_job_or_a_list_of_named_faults(fields: JobFields) -> None:
    outcome = outcome_of(fields)
    if isinstance(outcome, CheckedJob):
        assert outcome.message
        assert [outcome.send_at, outcome.cron, outcome.before].count(None) == 2
        return
    assert outcome
    for fault in outcome:
        assert fault.code in CODES
        assert fault.param in JobFields.__annotations__
        assert fault.message.startswith(f"{fault.param} ")
        assert fault.message.isascii()


def test_a_field_whose_form_was_wrong_is_not_missing_as_well() -> None:
    wrong: list[Fault] = [
        Invalid("invalid_parameter", "message must be a string.", param="message"),
        Invalid("invalid_parameter", "to_number must be a string.", param="to_number"),
        Invalid("invalid_parameter", "cron must be a string.", param="cron"),
    ]
    with pytest.raises(Faults) as told:
        check(
            Given(asked(message=None, to=None, send_at=None), wrong),
            account_timezone="America/New_York",
        )
    assert told.value.faults == wrong


def test_a_null_is_as_good_as_absent_in_a_new_job() -> None:
    fields = asked()
    fields["cron"] = fields["before"] = fields["timezone"] = None
    fields["metadata"] = fields["only_if"] = fields["any_hour"] = None
    assert checked(fields) == checked(asked())


def test_durations_and_conditions_are_kept_in_one_form() -> None:
    job = checked(
        asked(
            send_at=None,
            appointment_id="appt_1",
            before="P0DT90M",
            only_if=["confirmed", "unconfirmed", "confirmed"],
            misfire_grace="PT120S",
        )
    )
    assert job.kind is ReminderKind.RELATIVE
    assert (job.before, job.misfire_grace) == ("PT1H30M", "PT2M")
    assert job.only_if == ("confirmed", "unconfirmed")


def test_a_stored_job_asks_for_itself() -> None:
    job = checked(
        asked(
            send_at=None,
            cron="0 9 * * 1-5",
            starts_at="2026-03-04T00:00:00",
            ends_at="2026-04-01T00:00:00",
            max_occurrences=9,
            timezone="Europe/Paris",
            metadata={"chart": "17"},
        )
    )
    stored = Reminder(
        account_id="acct_1",
        kind=job.kind,
        agent_id="agent_1",
        phone_number_id="num_1",
        from_number="+12125550100",
        to_number="+12125550123",
        message=job.message,
        cron=job.cron,
        timezone="Europe/Paris",
        starts_at=job.starts_at,
        ends_at=job.ends_at,
        max_occurrences=job.max_occurrences,
        custom=job.metadata,
    )
    assert checked(fields_of(stored)) == job
    assert checked(JobFields(), standing=stored) == job


def test_a_change_is_not_held_against_a_time_that_passed_and_is_not_named() -> None:
    stored = Reminder(
        account_id="acct_1",
        kind=ReminderKind.ONCE,
        agent_id="agent_1",
        phone_number_id="num_1",
        from_number="+12125550100",
        to_number="+12125550123",
        message="Hello",
        timezone="America/New_York",
        send_at=checked(asked()).send_at,
    )
    with freeze_time("2026-03-07T15:00:00Z"):
        changed = check(Given(JobFields(message="New")), account_timezone="UTC", standing=stored)
        assert (changed.message, changed.send_at) == ("New", stored.send_at)
        again = JobFields(send_at="2026-03-06T10:00:00-05:00")
        with pytest.raises(Faults, match="past"):
            check(Given(again), account_timezone="UTC", standing=stored)


def test_a_limit_must_be_more_than_was_sent() -> None:
    stored = Reminder(
        account_id="acct_1",
        kind=ReminderKind.CRON,
        agent_id="agent_1",
        phone_number_id="num_1",
        from_number="+12125550100",
        to_number="+12125550123",
        message="Hello",
        timezone="UTC",
        cron="0 9 * * *",
        occurrences=3,
    )
    assert checked(JobFields(max_occurrences=4), standing=stored).max_occurrences == 4
    with pytest.raises(Faults, match="more than 3"):
        checked(JobFields(max_occurrences=3), standing=stored)
