"""The demo practice of `make run`: an account with a sandbox number, an agent and a sample day."""

from dataclasses import dataclass

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.accounts import create_account, list_keys
from api.staff.sign_in import invite
from cli.problem import Problem
from cli.sample_day import add_sample_day, local_zone
from cli.wiring import House
from messaging.agents import create_agent
from messaging.numbers import import_number, webhook_address
from messaging.thread import sandbox_senders
from models import clock
from models.account import Account
from models.appointment import Appointment
from models.errors import Conflict
from models.event import Actor
from models.ids import new_id
from models.phone_number import Carrier, PhoneNumber
from models.staff import StaffMember, StaffRole

NAME = "Riverside Dental"
EMAIL = "you@riverside.example"
# One of these is free, also where an earlier demo's database was removed and its sandbox still has its number.
_NUMBERS = [f"+121255501{last:02}" for last in (0, *range(60, 100))]


@dataclass(frozen=True, slots=True)
class Demo:
    """What a newcomer is told. secret: only at the first start. texted: who gets a text soon, if anybody."""

    account_id: str
    sign_in_token: str
    key_id: str | None
    secret: str | None
    texted: str | None


async def open_demo(house: House) -> Demo | None:
    """Make the demo practice in an empty database; later find it, with a new day where nothing is to come.

    Returns None where the database has accounts, but not that one. Each step finds what an earlier start, killed
    half-way, has left.
    """
    secret: str | None = None
    async with house.database.write() as session:
        account = await _standing(session)
        if account is None:
            if (await session.exec(select(func.count()).select_from(Account))).one():
                return None
            account, _, secret = await create_account(session, NAME, local_zone())
        sign_in_token = await invite(session, account.id, EMAIL, StaffRole.ADMIN)
        key_ids = [key.id for key in await list_keys(session, account.id) if key.revoked_at is None]
        has_number = await _had_number(session, account)
    if not has_number:
        await _import_sandbox_number(house, account)
    async with house.database.write() as session:
        texted = await _add_day_if_needed(session, account)
    return Demo(account.id, sign_in_token, key_ids[0] if key_ids else None, secret, texted)


async def _standing(session: AsyncSession) -> Account | None:
    """Return the demo's account, known by its member of staff: the practice and its number may be renamed."""
    query = (
        select(Account)
        .join(StaffMember, col(StaffMember.account_id) == col(Account.id))
        .where(StaffMember.email == EMAIL)
        .order_by(col(Account.created_at))
    )
    return (await session.exec(query)).first()


async def _had_number(session: AsyncSession, account: Account) -> bool:
    """Tell whether the account has or had a number; one that was removed is not made again."""
    query = select(PhoneNumber.id).where(PhoneNumber.account_id == account.id).limit(1)
    return (await session.exec(query)).first() is not None


async def _import_sandbox_number(house: House, account: Account) -> None:
    number_id = new_id("num")
    phone_number, sid, token, number_sid = await _sandbox_number(house, account.id, number_id)
    async with house.database.write() as session:
        agent = await create_agent(session, account.id, {"name": "Front desk"})
        number = PhoneNumber(
            id=number_id,
            account_id=account.id,
            agent_id=agent.id,
            phone_number=phone_number,
            carrier=Carrier.SANDBOX,
            twilio_sid=sid,
            twilio_token_encrypted=house.vault.encrypt(token),
            carrier_number_sid=number_sid,
        )
        await import_number(session, number)


async def _add_day_if_needed(session: AsyncSession, account: Account) -> str | None:
    to_come = select(Appointment.id).where(
        Appointment.account_id == account.id, Appointment.starts_at > clock.now()
    )
    if (await session.exec(to_come.limit(1))).first() is not None:
        return None
    if not await sandbox_senders(session, account.id):
        return None
    return await add_sample_day(session, account, by=Actor("staff", EMAIL))


async def _sandbox_number(house: House, account_id: str, number_id: str) -> tuple[str, str, str, str]:
    address = webhook_address(house.public_url, number_id)
    for phone_number in _NUMBERS:
        try:
            sid, token, number_sid = await house.sandbox.register(account_id, phone_number, address)
        except Conflict:
            continue
        return phone_number, sid, token, number_sid
    raise Problem("the sandbox has no number left for the demo: remove its ledger, showup.db.sandbox.jsonl")
