"""Everybody can use it: axe finds nothing, and nothing is cut off on a small phone."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from appointments.cancelling import cancel
from appointments.confirming import RequestedTime, confirm, request_reschedule
from appointments.declining import decline
from models.appointment import Appointment
from models.attention import Reason, open_item
from models.event import REPLY, SYSTEM
from models.message import Status
from tests.api.staff.played import Played

pytestmark = pytest.mark.browser


async def fill(played: Played) -> list[Appointment]:
    """Book one visit of each kind, with items to look at."""
    practice = played.practice
    names = ("Maria Lopez", "James O'Neill", "Amara Okafor", "Wei Zhang", "Lena Novak")
    visits = [
        await practice.book(
            name, f"1{index}:00", phone=f"+1212555012{3 + index}", service="Cleaning", provider="Dr. Chen"
        )
        for index, name in enumerate(names)
    ]
    await practice.book("Olga Petrova", "09:00", day=1, phone=None, timezone="America/Denver")
    yes, no, other, gone, lost = visits
    await played.remind(yes)
    await practice.text(yes, "Yes, see you then", Status.RECEIVED, intent="confirm")
    await practice.text(lost, "Reply YES or NO", Status.UNDELIVERED, phone="+12125550127", error_code="30003")
    account_id = practice.service.account.id
    async with practice.service.database.write() as session:
        await confirm(session, account_id, yes.id, by=REPLY)
        await decline(session, account_id, no.id, by=REPLY)
        await request_reschedule(session, account_id, other.id, RequestedTime("Thursday after 3"), by=REPLY)
        await cancel(session, account_id, gone.id, by=SYSTEM)
        await open_item(session, account_id, Reason.EMERGENCY_WORDS, appointment_id=lost.id)
    return visits


async def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page, a line each."""
    results = await Axe().run(page)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]} {violation['nodes'][0]['failureSummary'][:200]}"
        for violation in results.response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(page: Page, played: Played, scheme: str) -> None:
    visits = await fill(played)
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    for address in (
        "/",
        f"/appointments/{visits[0].id}",
        f"/appointments/{visits[2].id}",
        "/phone",
        "/sign-in?token=x",
    ):
        response = await page.goto(address)
        assert response is not None
        assert await violations(page) == [], address
    await page.goto("/")
    await page.locator(f"#more-{visits[0].id} > summary").click()
    await page.locator(f"#asks-cancel-{visits[0].id} > summary").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Sign out").click()
    assert await violations(page) == []
    await page.goto(f"/sign-in?token={await played.practice.invite()}")
    assert await violations(page) == []


@pytest.mark.parametrize("width", [320, 400, 768, 1400])
async def test_nothing_is_wider_than_the_screen(page: Page, played: Played, width: int) -> None:
    visits = await fill(played)
    long = await played.practice.book("Wolfeschlegelsteinhausenbergerdorff-Montgomery-Featherstonehaugh", "16:00")
    await page.set_viewport_size({"width": width, "height": 800})
    for address in ("/", f"/appointments/{visits[0].id}", f"/appointments/{long.id}", "/phone"):
        await page.goto(address)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, address
    await page.goto("/")
    await page.locator(f"#more-{long.id} > summary").click()
    menu = await page.locator(f"#more-{long.id} .menu").bounding_box()
    assert menu is not None
    assert 0 <= menu["x"] <= menu["x"] + menu["width"] <= width
