"""What every page is: guarded by its headers, escaped, and never JSON."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from api.staff import static
from tests.api.staff.practice import Practice


async def test_a_page_runs_and_loads_nothing_but_its_own_files(practice: Practice) -> None:
    await practice.book("Maria Lopez", "15:00")
    async with practice.desk() as desk:
        for address in ("/", "/phone", "/sign-in?token=x"):
            page = await desk.get(address)
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self';" in policy
            assert "style-src 'self';" in policy
            assert "unsafe" not in policy
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            assert page.headers["X-Frame-Options"] == "DENY"
            assert page.headers["Referrer-Policy"] == "same-origin"
            assert page.headers["Cache-Control"] == "no-store"
            assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?://", page.text)


async def test_files_are_kept_for_good_under_an_address_that_changes_with_them(practice: Practice) -> None:
    async with practice.desk() as desk:
        page = (await desk.get("/")).text
        addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
        assert {address.split("?")[0] for address in addresses} == {
            f"/static/{name}" for name in ("staff.css", "staff.js", "htmx.min.js", "showup.svg")
        }
        for address in set(addresses):
            file = await desk.get(address)
            assert file.status_code == 200
            assert "immutable" in file.headers["Cache-Control"]
            assert (await desk.get(address + "0")).headers["Cache-Control"] == "no-cache"
        assert (await desk.get("/static/..%2fday.py")).status_code == 404
        assert (await desk.get("/static/staff.py")).status_code == 404
    assert static.content("htmx.min.js").startswith(b"var htmx=")


async def test_what_people_are_called_and_write_is_only_ever_text(practice: Practice) -> None:
    visit = await practice.book("<script>alert(1)</script>", "15:00", service="<b>bold</b>")
    async with practice.desk() as desk:
        for address in ("/", f"/appointments/{visit.id}"):
            page = (await desk.get(address)).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
            assert "<b>" not in page


async def in_pieces() -> AsyncIterator[bytes]:
    """A body that does not say how large it is."""
    yield b"token=x"


@pytest.mark.parametrize("body", [b"x" * ((1 << 20) + 1), in_pieces()])
async def test_a_form_larger_than_any_of_ours_is_not_read(
    practice: Practice, body: bytes | AsyncIterator[bytes]
) -> None:
    transport = httpx.ASGITransport(practice.service.app)
    async with httpx.AsyncClient(base_url=practice.service.url, transport=transport) as browser:
        answer = await browser.post("/sign-in", content=body)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_a_form_that_makes_no_sense_is_answered_with_a_page(practice: Practice) -> None:
    async with practice.desk() as desk:
        answer = await desk.browser.post(
            "/phone", content=b"--x\r\nbroken", headers={"Content-Type": "multipart/form-data; boundary=x"}
        )
    assert answer.status_code in (400, 403)
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_a_defect_is_a_page_too(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with practice.desk() as desk:
        monkeypatch.setattr("api.staff.day.flagged", broken)
        answer = await desk.get("/")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "ZeroDivision" not in answer.text


async def test_the_pages_are_not_in_the_description_of_the_api(practice: Practice) -> None:
    async with practice.desk() as desk:
        paths = (await desk.get("/openapi.json")).json()["paths"]
    assert not [path for path in paths if path in ("/", "/phone", "/live") or path.startswith("/appointments")]
