"""Signing in by a one-time link, and staying signed in."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select
from starlette.responses import Response

from api.staff.session import Cookies, StaffSession
from api.staff.sign_in import LINK_LASTS, LinkUnusable, hashed, invite, redeem, sign_in_address
from models import clock
from models.errors import Invalid, NotFound
from models.staff import SignInLink, StaffMember, StaffRole
from models.vault import Vault
from tests.api.staff.practice import EMAIL, Practice, form_token_of


def browser_of(practice: Practice) -> httpx.AsyncClient:
    """A browser that is not signed in."""
    return httpx.AsyncClient(base_url=practice.service.url, follow_redirects=True)


async def test_a_link_shows_a_button_that_signs_in_once(stored_practice: Practice) -> None:
    token = await stored_practice.invite()
    async with browser_of(stored_practice) as browser:
        for _ in range(2):
            shown = await browser.get("/sign-in", params={"token": token})
            assert shown.status_code == 200
            assert EMAIL in shown.text
        assert (await browser.get("/")).url.path == "/"
        signed_in = await browser.post("/sign-in", data={"token": token})
        assert signed_in.status_code == 200
        assert EMAIL in signed_in.text
    async with browser_of(stored_practice) as another:
        again = await another.post("/sign-in", data={"token": token})
        assert again.status_code == 403
        assert "used already" in again.text


async def test_a_used_link_leads_one_who_is_signed_in_to_the_day(practice: Practice) -> None:
    token = await practice.invite()
    async with browser_of(practice) as browser:
        await browser.post("/sign-in", data={"token": token})
        again = await browser.get("/sign-in", params={"token": token})
    assert again.url.path == "/"
    assert EMAIL in again.text


@pytest.mark.parametrize(
    ("token", "said"), [("", "not complete"), ("x" * 43, "not complete"), ("é\x00", "not complete")]
)
async def test_a_link_that_is_none_of_ours_is_explained(practice: Practice, token: str, said: str) -> None:
    async with browser_of(practice) as browser:
        shown = await browser.get("/sign-in", params={"token": token})
        sent = await browser.post("/sign-in", data={"token": token})
    for answer in (shown, sent):
        assert answer.status_code == 403
        assert said in answer.text
        assert answer.headers["Content-Type"].startswith("text/html")


async def test_a_link_is_too_old_after_three_days(stored_practice: Practice) -> None:
    token = await stored_practice.invite()
    async with stored_practice.service.database.write() as session:
        link = await session.get_one(SignInLink, hashed(token))
        assert link.expires_at <= clock.now() + LINK_LASTS
        link.expires_at = clock.now()
        session.add(link)
    async with browser_of(stored_practice) as browser:
        shown = await browser.get("/sign-in", params={"token": token})
        sent = await browser.post("/sign-in", data={"token": token})
    assert (shown.status_code, sent.status_code) == (403, 403)
    assert "too old" in shown.text


async def test_only_the_hash_of_a_token_is_stored(practice: Practice) -> None:
    token = await practice.invite()
    async with practice.service.database.read() as session:
        [link] = (await session.exec(select(SignInLink))).all()
    assert token not in link.model_dump_json()
    assert link.token_hash == hashed(token)
    assert sign_in_address("https://showup.example/", token) == f"https://showup.example/sign-in?token={token}"


async def test_inviting_somebody_again_changes_their_role_and_lets_them_back_in(stored_practice: Practice) -> None:
    account_id = stored_practice.service.account.id
    database = stored_practice.service.database
    await stored_practice.invite("Anna@Riverside.example ")
    async with database.write() as session:
        [member] = (await session.exec(select(StaffMember))).all()
        assert (member.email, member.role) == (EMAIL, StaffRole.RECEPTION)
        member.removed_at = clock.now()
        session.add(member)
    async with database.write() as session:
        token = await invite(session, account_id, EMAIL, StaffRole.ADMIN)
    async with database.write() as session:
        back = await redeem(session, token)
    assert (back.id, back.role, back.removed_at) == (member.id, StaffRole.ADMIN, None)


async def test_the_links_of_somebody_who_was_removed_open_nothing(practice: Practice) -> None:
    token = await practice.invite()
    await remove(practice)
    async with practice.service.database.write() as session:
        with pytest.raises(LinkUnusable, match="no longer"):
            await redeem(session, token)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "a b@example.com",
        "a@b@c.de",
        "é@example.com",
        "x" * 250 + "@example.com",
    ],
)
async def test_what_is_no_address_is_not_invited(practice: Practice, email: str) -> None:
    async with practice.service.database.write() as session:
        with pytest.raises(Invalid, match=r"such as anna@example\.com") as fault:
            await invite(session, practice.service.account.id, email)
        assert fault.value.param == "email"


async def test_an_unknown_practice_has_no_staff(practice: Practice) -> None:
    async with practice.service.database.write() as session:
        with pytest.raises(NotFound):
            await invite(session, "acct_nowhere", EMAIL)


async def test_without_signing_in_the_page_says_how_and_a_part_of_it_is_refused(practice: Practice) -> None:
    async with browser_of(practice) as browser:
        page = await browser.get("/")
        visit = await browser.get("/appointments/appt_x")
        part = await browser.get("/", headers={"HX-Request": "true"})
        stream = await browser.get("/live")
    assert page.status_code == 200
    assert "showup staff invite" in page.text
    assert (visit.status_code, part.status_code, stream.status_code) == (401, 401, 401)
    assert "showup staff invite" in visit.text
    assert part.headers["Content-Type"].startswith("text/plain")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(practice: Practice) -> None:
    practice.service.services.public_url = "https://showup.example"
    token = await practice.invite()
    async with httpx.AsyncClient(base_url=practice.service.url) as browser:
        answer = await browser.post("/sign-in", data={"token": token})
    name, _, rest = answer.headers["Set-Cookie"].partition("=")
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "__Host-showup"
    assert {"httponly", "secure", "samesite=lax", "path=/", f"max-age={30 * 24 * 3600}"} <= attributes


async def test_a_forged_cookie_signs_nobody_in(practice: Practice) -> None:
    async with practice.desk() as desk:
        name, sealed = next(iter(desk.browser.cookies.items()))
        forged = {name: re.sub(r"^.", "x", sealed)}
        async with httpx.AsyncClient(base_url=practice.service.url, cookies=forged) as browser:
            assert EMAIL not in (await browser.get("/")).text


async def test_a_session_outlives_the_rotation_of_the_key(practice: Practice) -> None:
    services = practice.service.services
    async with practice.desk() as desk:
        services.vault = Vault("a new key,the key of a test")
        page = await desk.get("/")
        assert EMAIL in page.text
        assert (await desk.post("/sign-out")).status_code == 200
        services.vault = Vault("a new key")
        assert EMAIL not in (await desk.get("/")).text


@pytest.mark.parametrize(("age", "renewed", "signed_in"), [(0, False, True), (2, True, True), (30, False, False)])
async def test_a_session_is_renewed_daily_and_ends_after_thirty_days_unused(
    practice: Practice, age: int, renewed: bool, signed_in: bool
) -> None:
    await practice.invite()
    async with practice.service.database.read() as session:
        [member] = (await session.exec(select(StaffMember))).all()
    cookies = Cookies(practice.service.services)
    sealed = Response()
    cookies.set(sealed, StaffSession(member.id, "word", clock.now() - timedelta(days=age)))
    cookie = sealed.headers["Set-Cookie"].split(";")[0]
    async with httpx.AsyncClient(base_url=practice.service.url) as browser:
        page = await browser.get("/", headers={"Cookie": cookie})
    assert (EMAIL in page.text) is signed_in
    assert ("Set-Cookie" in page.headers) is renewed


async def test_somebody_who_is_removed_is_out_at_once(practice: Practice) -> None:
    async with practice.desk() as desk:
        assert EMAIL in (await desk.get("/")).text
        await remove(practice)
        assert "showup staff invite" in (await desk.get("/")).text
        assert (await desk.get("/", part=True)).status_code == 401
        assert (await desk.post("/sign-out")).status_code == 401


async def test_signing_out_ends_the_session_of_this_browser(practice: Practice) -> None:
    async with practice.desk() as desk:
        answer = await desk.post("/sign-out")
        assert "showup staff invite" in answer.text
        assert not desk.browser.cookies
        assert (await desk.get("/", part=True)).status_code == 401


async def test_a_form_of_another_site_does_nothing(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez")
    async with practice.desk() as desk:
        confirm = f"/appointments/{visit.id}/confirm"
        for origin in ("https://evil.example", "null"):
            answer = await desk.browser.post(
                confirm, data={"form_token": desk.form_token}, headers={"Origin": origin}
            )
            assert answer.status_code == 403
        without = await desk.browser.post(confirm, data={"form_token": "é"})
        assert without.status_code == 403
        own = await desk.browser.post(
            confirm, data={"form_token": desk.form_token}, headers={"Origin": practice.service.url}
        )
        assert own.status_code == 200
    async with browser_of(practice) as stranger:
        token = await practice.invite("ben@riverside.example")
        answer = await stranger.post("/sign-in", data={"token": token}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403


async def test_the_forms_of_one_session_are_not_those_of_another(practice: Practice) -> None:
    visit = await practice.book("Maria Lopez")
    async with practice.desk() as desk, practice.desk("ben@riverside.example") as other:
        assert desk.form_token != other.form_token
        assert form_token_of((await desk.get("/")).text) == desk.form_token
        desk.form_token = other.form_token
        assert (await desk.post(f"/appointments/{visit.id}/confirm")).status_code == 403


async def remove(practice: Practice, email: str = EMAIL) -> None:
    """Take somebody off the staff."""
    async with practice.service.database.write() as session:
        member = (await session.exec(select(StaffMember).where(StaffMember.email == email))).one()
        member.removed_at = clock.now()
        session.add(member)
