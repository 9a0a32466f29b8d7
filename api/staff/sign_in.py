"""Signing in: one-time links for the people who work at a practice. The command line makes them too."""

import hashlib
import secrets
from datetime import timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.account import Account
from models.errors import Invalid, NotFound, NotPermitted
from models.staff import SignInLink, StaffMember, StaffRole

# Over a weekend: a link made on Friday still opens the page on Monday.
LINK_LASTS = timedelta(days=3)
_LONGEST_ADDRESS = 254


class LinkUnusable(NotPermitted):
    """A sign-in link that signs nobody in: unknown, used, too old, or of somebody who was removed."""

    def __init__(self, message: str) -> None:
        super().__init__("sign_in_link_unusable", message)


async def invite(session: AsyncSession, account_id: str, email: str, role: StaffRole = StaffRole.RECEPTION) -> str:
    """Make a one-time sign-in token for a member of staff, who is added, let in again or given the role.

    Raises Invalid (`email`), NotFound (the account).
    """
    address = checked_email(email)
    if await session.get(Account, account_id) is None:
        raise NotFound("account", account_id)
    query = select(StaffMember).where(StaffMember.account_id == account_id, StaffMember.email == address)
    member = (await session.exec(query)).first() or StaffMember(account_id=account_id, email=address)
    member.role = role
    member.removed_at = None
    session.add(member)
    await session.flush()
    token = secrets.token_urlsafe(32)
    session.add(SignInLink(token_hash=hashed(token), staff_id=member.id, expires_at=clock.now() + LINK_LASTS))
    return token


def sign_in_address(public_url: str, token: str) -> str:
    """Return the link that a person opens."""
    return f"{public_url.rstrip('/')}/sign-in?token={token}"


async def look_up(session: AsyncSession, token: str) -> StaffMember:
    """Return whom a link would sign in, without using it. Raises LinkUnusable."""
    link = await session.get(SignInLink, hashed(token))
    member = await session.get(StaffMember, link.staff_id) if link is not None else None
    if link is None or member is None:
        raise LinkUnusable("This sign-in link is not complete: copy all of it, or ask for a new one.")
    if link.used_at is not None:
        raise LinkUnusable("This sign-in link was used already; each works once. Ask for a new one.")
    if link.expires_at <= clock.now():
        raise LinkUnusable("This sign-in link is too old. Ask for a new one.")
    if member.removed_at is not None:
        raise LinkUnusable("You are no longer on the list of this practice's staff.")
    return member


async def redeem(session: AsyncSession, token: str) -> StaffMember:
    """Use a link up and return whom it signs in; of two at once, one wins. Raises LinkUnusable."""
    member = await look_up(session, token)
    spend = (
        update(SignInLink)
        .where(col(SignInLink.token_hash) == hashed(token), col(SignInLink.used_at).is_(None))
        .values(used_at=clock.now())
    )
    if (await session.exec(spend)).rowcount != 1:
        raise LinkUnusable("This sign-in link was used already; each works once. Ask for a new one.")
    return member


async def staff_of(session: AsyncSession, staff_id: str) -> tuple[StaffMember, Account] | None:
    """Return a member of staff and the practice, or None for one who is unknown or was removed."""
    member = await session.get(StaffMember, staff_id)
    if member is None or member.removed_at is not None:
        return None
    account = await session.get(Account, member.account_id)
    return (member, account) if account is not None else None


def checked_email(email: str) -> str:
    """Return an e-mail address in lower case; raises Invalid for what cannot be one."""
    address = email.strip().lower()
    name, at, domain = address.rpartition("@")
    plain = address.isascii() and address.isprintable() and " " not in address and "@" not in name
    if not (at and name and "." in domain.strip(".") and plain and len(address) <= _LONGEST_ADDRESS):
        raise Invalid(
            "invalid_parameter", "email must be an e-mail address, such as anna@example.com.", param="email"
        )
    return address


def hashed(token: str) -> str:
    """Return the stored form of a token: it has 256 random bits, so a plain hash of it cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
