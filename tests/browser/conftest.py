"""A browser, and somebody signed in at the desk of a practice whose patients can be played."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.api.staff.played import Played, playing


@pytest.fixture
async def played(migrated_sqlite_url: str) -> AsyncIterator[Played]:
    """A practice whose number is on a sandbox carrier."""
    async with playing(migrated_sqlite_url) as played:
        yield played
        # Open streams would keep the server from ending.
        played.practice.service.services.stopping.set()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A Chromium without a window."""
    async with async_playwright() as playwright:
        # As root, in a container, its own sandbox cannot work.
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the page complained about. A test that provokes something takes it out."""
    return []


@pytest.fixture
async def page(browser: Browser, played: Played, complaints: list[str]) -> AsyncIterator[Page]:
    """The page of somebody who signed in by a link; what it complains about fails the test."""

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page = await browser.new_page(base_url=played.practice.service.url)
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"/sign-in?token={await played.practice.invite()}")
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("#live[data-state=on]").wait_for()
    yield page
    assert complaints == []
    await page.close()
