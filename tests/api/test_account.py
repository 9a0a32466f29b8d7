"""/v1/account."""

import httpx
import pytest

from tests.api.service import Service

ACCOUNT = "/v1/account"


async def test_a_new_account_has_the_contract_s_defaults(client: httpx.AsyncClient) -> None:
    account = (await client.get(ACCOUNT)).json()
    assert account["id"] == account["account_id"]
    assert account["id"].startswith("acct_")
    assert account["name"] == "Riverside Dental"
    assert account["timezone"] == "America/New_York"
    assert account["sending_hours"] == {"start": "08:00", "end": "21:00"}
    assert account["skip_holidays"] is None
    assert account["settle"] == "PT2M"
    assert account["opt_out_scope"] == "account"
    assert account["first_text_footer"] is True


async def test_every_setting_can_be_changed(stored_service: Service) -> None:
    settings = {
        "name": "Lakeside Dental",
        "timezone": "Europe/Madrid",
        "sending_hours": {"start": "09:30", "end": "24:00"},
        "skip_holidays": "ES",
        "settle": "PT0S",
        "opt_out_scope": "sender",
        "first_text_footer": False,
    }
    changed = (await stored_service.client.patch(ACCOUNT, json=settings)).json()
    assert {name: changed[name] for name in settings} == settings
    assert changed["version"] == 2
    assert (await stored_service.client.get(ACCOUNT)).json() == changed


async def test_what_is_absent_stays_and_null_lifts_the_hours(stored_service: Service) -> None:
    client = stored_service.client
    before = (await client.get(ACCOUNT)).json()
    after = (await client.patch(ACCOUNT, json={"sending_hours": None, "skip_holidays": None})).json()
    assert after["sending_hours"] is None
    ours = ("version", "updated_at", "sending_hours")
    assert {k: v for k, v in after.items() if k not in ours} == {k: v for k, v in before.items() if k not in ours}
    assert (await client.patch(ACCOUNT, json={"sending_hours": None})).json()["version"] == after["version"]


@pytest.mark.parametrize(
    ("setting", "value", "code", "param"),
    [
        ("name", "", "invalid_parameter", "name"),
        ("name", None, "invalid_parameter", "name"),
        ("timezone", "EDT5", "invalid_timezone", "timezone"),
        ("timezone", None, "invalid_parameter", "timezone"),
        ("sending_hours", {"start": "21:00", "end": "08:00"}, "invalid_parameter", "sending_hours"),
        ("sending_hours", {"start": "08:00", "end": "08:00"}, "invalid_parameter", "sending_hours"),
        ("sending_hours", {"start": "8:00", "end": "21:00"}, "invalid_parameter", "sending_hours"),
        ("sending_hours", {"start": "08:00", "end": "24:01"}, "invalid_parameter", "sending_hours"),
        ("sending_hours", {"start": "08:00"}, "invalid_parameter", "sending_hours.end"),
        ("sending_hours", {"start": "08:00", "end": "9", "x": 1}, "unknown_parameter", "sending_hours.x"),
        ("sending_hours", "08:00-21:00", "invalid_parameter", "sending_hours"),
        ("skip_holidays", "XX", "invalid_parameter", "skip_holidays"),
        ("skip_holidays", "us", "invalid_parameter", "skip_holidays"),
        ("settle", "2 minutes", "invalid_parameter", "settle"),
        ("settle", "P2D", "invalid_parameter", "settle"),
        ("opt_out_scope", "phone", "invalid_parameter", "opt_out_scope"),
        ("first_text_footer", "no", "invalid_parameter", "first_text_footer"),
        ("id", "acct_1", "unknown_parameter", "id"),
    ],
)
async def test_a_wrong_setting_is_named(
    client: httpx.AsyncClient, setting: str, value: object, code: str, param: str
) -> None:
    response = await client.patch(ACCOUNT, json={setting: value})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, code, param)


async def test_an_overtaken_version_changes_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.patch(ACCOUNT, json={"name": "B"}, headers={"If-Match": "1"})).status_code == 200
    assert (await client.patch(ACCOUNT, json={"name": "C"}, headers={"If-Match": "1"})).status_code == 412
    assert (await client.get(ACCOUNT)).json()["name"] == "B"
