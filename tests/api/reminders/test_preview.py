"""POST /v1/reminders/preview: what would be sent, what it costs, and when; nothing is stored."""

from typing import Any

from sqlmodel import func, select

from models.event import Event
from models.recipient import Recipient
from models.reminder import Reminder
from tests.api.reminders.desk import ADDRESS, Desk, body_of


async def preview(desk: Desk, status: int = 200, **fields: Any) -> dict[str, Any]:
    """Ask what a job would send, or for the error."""
    body = body_of(await desk.client.post(f"{ADDRESS}/preview", json=desk.job(**fields)), status)
    return body if status == 200 else dict(body["error"])


async def test_a_text_is_shown_with_the_values_of_its_visit(stored_desk: Desk) -> None:
    visit = await stored_desk.book(provider="Dr. Lee", metadata={"room": "12"})
    shown = await preview(
        stored_desk,
        appointment_id=visit["id"],
        before="PT24H",
        message="{{contact.first_name}}, {{appointment.provider}} sees you on {{appointment.weekday}} at "
        "{{appointment.time}}, room {{metadata.room}}. Reply YES or NO.",
    )
    assert shown["text"] == (
        "Ana, Dr. Lee sees you on Friday at 3:00 PM, room 12. Reply YES or NO.\n"
        "Riverside Dental: Reply STOP to opt out."
    )
    assert (shown["encoding"], shown["segments"], shown["characters"]) == ("GSM-7", 1, len(shown["text"]))
    assert (shown["missing_variables"], shown["forces_ucs2"], shown["warnings"]) == ([], [], [])
    assert shown["kind"] == "relative"
    assert [text["at"] for text in shown["next"]] == ["2026-03-05T20:00:00Z"]


async def test_nothing_is_stored(stored_desk: Desk) -> None:
    await preview(stored_desk)
    await preview(stored_desk, cron="0 9 * * *")
    async with stored_desk.service.database.read() as session:
        for model in (Reminder, Event, Recipient):
            assert (await session.exec(select(func.count()).select_from(model))).one() == 0


async def test_the_characters_that_make_a_text_dear_are_named(desk: Desk) -> None:
    shown = await preview(desk, message="Le esperamos el sábado “a las 9”. Está confirmada? " + "a" * 60)
    assert (shown["encoding"], shown["segments"]) == ("UCS-2", 3)
    assert shown["forces_ucs2"] == ["á", "“", "”"]
    assert any("GSM-7" in warning for warning in shown["warnings"])


async def test_it_warns_of_what_would_go_wrong(desk: Desk) -> None:
    visit = await desk.book()
    warned = {
        "Reply CANCEL to cancel your visit.": "CANCEL",
        "YES to confirm, CANCEL if you cannot come": "CANCEL",
        "If you cannot come please reply 'cancel'.": "CANCEL",
        "Will you come? Reply YES or NO.": "appointment_id",
        "a" * 700: "700",
        "Dear {{contact.name}}": "{{contact.name}}",
        "Chart {{metadata.chart}}": "{{metadata.chart}}",
    }
    for message, expected in warned.items():
        warnings = (await preview(desk, message=message))["warnings"]
        assert any(expected in warning for warning in warnings), message
    silent = await preview(desk, appointment_id=visit["id"], only_if=["unconfirmed"], message="See you on Friday.")
    assert any("YES or NO" in warning for warning in silent["warnings"])
    stop = await preview(desk, message="See you on Friday. Reply STOP to end these texts.")
    assert stop["warnings"] == []


async def test_the_next_ten_instants_of_a_cron_job_are_shown(desk: Desk) -> None:
    shown = await preview(desk, cron="0 9 * * 1-5")
    assert len(shown["next"]) == 10
    assert shown["next"][0] == {
        "at": "2026-03-03T14:00:00Z",
        "nominal_at": "2026-03-03T14:00:00Z",
        "local": "2026-03-03T09:00:00-05:00",
        "why": None,
    }


async def test_it_says_when_a_text_outside_sending_hours_would_leave(desk: Desk) -> None:
    shown = await preview(desk, send_at="2026-03-06T23:00:00")
    assert shown["next"][0]["at"] == "2026-03-07T13:00:00Z"
    assert "sending hours" in shown["why"]


async def test_what_cannot_be_made_cannot_be_previewed(desk: Desk) -> None:
    assert (await preview(desk, 400, cron="soon"))["code"] == "invalid_cron"
    assert (await preview(desk, 400, send_at="2020-01-01T00:00:00Z"))["code"] == "schedule_in_past"
    assert (await preview(desk, 404, agent_id="agent_none"))["code"] == "agent_not_found"
    assert (await preview(desk, 400, bogus=1))["code"] == "unknown_parameter"
