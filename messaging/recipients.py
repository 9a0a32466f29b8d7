"""The row that everybody locks first: one phone number, as one account texts it."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import clock
from models.base import table_of
from models.ids import new_id
from models.recipient import Recipient

_recipients = table_of(Recipient)


async def find_recipient(session: AsyncSession, account_id: str, phone_number: str) -> Recipient | None:
    """Return the recipient without a lock, or None for a number never texted."""
    query = select(Recipient).where(Recipient.account_id == account_id, Recipient.phone_number == phone_number)
    return (await session.exec(query)).first()


async def lock_recipient(session: AsyncSession, account_id: str, phone_number: str) -> Recipient:
    """Return the recipient, made if it is new, locked until the transaction ends.

    Whoever changes consent, or moves or cancels what is texted, takes this lock first and an appointment's second.
    """
    row = {
        "id": new_id("rcp"),
        "account_id": account_id,
        "phone_number": phone_number,
        "created_at": clock.now(),
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(
        insert(_recipients).values(row).on_conflict_do_nothing(index_elements=["account_id", "phone_number"])
    )
    query = (
        select(Recipient)
        .where(Recipient.account_id == account_id, Recipient.phone_number == phone_number)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.exec(query)).one()


async def recipient_ids(session: AsyncSession, account_id: str, phone_numbers: set[str]) -> dict[str, str]:
    """Return the ids of many recipients by number, made where they are new, without a lock."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    numbers = sorted(phone_numbers)
    made = [
        {"id": new_id("rcp"), "account_id": account_id, "phone_number": number, "created_at": clock.now()}
        for number in numbers
    ]
    found: dict[str, str] = {}
    for start in range(0, len(numbers), 500):
        await session.execute(
            insert(_recipients).on_conflict_do_nothing(index_elements=["account_id", "phone_number"]),
            made[start : start + 500],
        )
        rows = await session.execute(
            _recipients.select()
            .with_only_columns(_recipients.c.phone_number, _recipients.c.id)
            .where(
                _recipients.c.account_id == account_id,
                _recipients.c.phone_number.in_(numbers[start : start + 500]),
            )
        )
        found.update((number, id) for number, id in rows.all())
    return found
