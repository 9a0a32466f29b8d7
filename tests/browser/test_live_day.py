"""The day in a real browser: it changes by itself, and what somebody is doing stays."""

import pytest
from playwright.async_api import Browser, Page, expect

from appointments.confirming import confirm
from models.appointment import Appointment
from models.event import REPLY
from tests.api.staff.played import Played

pytestmark = pytest.mark.browser


async def confirm_by_reply(played: Played, visit: Appointment) -> None:
    """Let the person's own answer be yes, as the agent would note it."""
    async with played.practice.service.database.write() as session:
        await confirm(session, played.practice.service.account.id, visit.id, by=REPLY)


async def test_a_visit_turns_confirmed_without_loading_the_page_again(page: Page, played: Played) -> None:
    visit = await played.practice.book("Maria Lopez")
    row = page.locator(f"#visit-{visit.id}")
    await expect(row).to_contain_text("No answer yet")
    await page.evaluate("window.stayed = true")
    await confirm_by_reply(played, visit)
    await expect(row).to_contain_text("Confirmed")
    await expect(row).to_have_class("visit tone-good changed")
    await expect(page.locator("#announcer")).to_contain_text("Maria Lopez, 12:00 PM: Confirmed")
    await expect(page.locator("#tally")).to_contain_text("1 confirmed")
    assert await page.evaluate("window.stayed")


async def test_a_stranger_answers_on_the_phone_and_watches_the_visit_turn_green(
    page: Page, played: Played
) -> None:
    visit = await played.practice.book("Maria Lopez", "23:59")
    await played.remind(visit, "Riverside Dental: reply YES if you will come.")
    phone = page.get_by_role("complementary")
    await expect(phone).to_contain_text("No phone has been texted yet")
    await page.reload()
    await expect(phone).to_contain_text("reply YES if you will come")
    await page.get_by_role("button", name="YES").click()
    await expect(page.locator("#bubbles .mine")).to_contain_text("YES")
    assert await played.read_replies() == 1
    await expect(page.locator(f"#visit-{visit.id}")).to_contain_text("Confirmed")
    await expect(page.locator(f"#visit-{visit.id}")).to_contain_text("“YES”")


async def test_what_is_being_typed_stays_while_the_page_changes(page: Page, played: Played) -> None:
    visit = await played.practice.book("Maria Lopez", "23:59")
    await played.remind(visit, "first")
    field = page.get_by_label("Answer as this person")
    await field.press_sequentially("I think I wi")
    await played.remind(visit, "second")
    await confirm_by_reply(played, visit)
    await expect(page.locator("#bubbles")).to_contain_text("second")
    await expect(page.locator(f"#visit-{visit.id}")).to_contain_text("Confirmed")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("I think I wi")
    await field.press_sequentially("ll come")
    await field.press("Enter")
    await expect(page.locator("#bubbles .mine")).to_contain_text("I think I will come")
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()


async def test_a_button_that_has_the_focus_is_not_swapped_until_it_has_not(page: Page, played: Played) -> None:
    visit = await played.practice.book("Maria Lopez", "23:59")
    button = page.locator(f"#confirm-{visit.id}")
    await button.focus()
    await confirm_by_reply(played, visit)
    await expect(page.locator(f"#state-{visit.id}")).to_contain_text("Confirmed")
    await expect(button).to_be_focused()
    await page.locator("h1").click()
    await expect(button).to_be_hidden()
    await expect(page.locator(f"#arrive-{visit.id}")).to_be_visible()


async def test_by_keyboard_alone_a_visit_is_confirmed_and_the_place_is_kept(page: Page, played: Played) -> None:
    visit = await played.practice.book("Maria Lopez", "23:59")
    await page.locator(f"#confirm-{visit.id}").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(f"#state-{visit.id}")).to_contain_text("Confirmed by anna@riverside.example")
    await expect(page.locator(f"#open-{visit.id}")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Maria Lopez")


async def test_cancelling_asks_first(page: Page, played: Played) -> None:
    visit = await played.practice.book("Maria Lopez", "23:59")
    row = page.locator(f"#visit-{visit.id}")
    await row.locator("details.more > summary").click()
    await expect(row.get_by_role("button", name="Yes, cancel the visit")).to_be_hidden()
    await row.get_by_text("Cancel the visit…").click()
    await row.get_by_role("button", name="Yes, cancel the visit").click()
    await expect(row.locator(".state")).to_contain_text("Cancelled")
    await page.keyboard.press("Escape")
    await expect(row.locator("details.more[open]")).to_have_count(0)


async def test_what_cannot_be_done_is_told_above_the_page(
    page: Page, played: Played, complaints: list[str]
) -> None:
    visit = await played.practice.book("Maria Lopez", "23:59")
    row = page.locator(f"#visit-{visit.id}")
    await expect(row).to_be_visible()
    await page.route(
        "**/confirm", lambda route: route.fulfill(status=409, content_type="text/plain", body="Too late.")
    )
    await row.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("alert")).to_have_text("Too late.")
    await expect(row).to_contain_text("No answer yet")
    assert any("409" in complaint for complaint in complaints)
    complaints.clear()


async def test_the_page_says_when_it_is_not_live(browser: Browser, played: Played) -> None:
    page = await browser.new_page(base_url=played.practice.service.url)
    await page.goto(f"/sign-in?token={await played.practice.invite()}")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    played.practice.service.services.stopping.set()
    await expect(page.get_by_text("Not live: connecting again…")).to_be_visible()
    await page.close()


async def test_everything_can_be_done_without_scripts(browser: Browser, played: Played) -> None:
    visit = await played.practice.book("Maria Lopez", "23:59")
    await played.remind(visit)
    context = await browser.new_context(base_url=played.practice.service.url, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"/sign-in?token={await played.practice.invite()}")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("Not live: load the page again to see changes")).to_be_visible()
    await page.get_by_role("button", name="Confirm Maria Lopez").click()
    await expect(page.locator(f"#visit-{visit.id}")).to_contain_text("Confirmed by anna@riverside.example")
    await page.get_by_label("Answer as this person").fill("thank you")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#bubbles .mine")).to_contain_text("thank you")
    await context.close()
