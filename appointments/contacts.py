"""The people who are texted: entering them, changing them, erasing them."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.checking_contact import checked_contact
from appointments.contact_book import ContactBook
from appointments.faults import Wrongs
from appointments.fields import ContactFields
from appointments.following import follow_contact
from models import clock
from models.account import Account
from models.contact import Contact, Reachability, fold_name
from models.errors import Conflict, NotFound, Overtaken
from models.event import Actor
from models.ids import new_id
from models.owned import owned


async def match_or_create_contact(
    session: AsyncSession, account: Account, fields: ContactFields, *, by: Actor
) -> Contact:
    """Return the contact that the fields mean, brought up to date, or a new one. Raises Faults."""
    wrongs = Wrongs("contact.")
    checked = checked_contact(fields, wrongs, new=True)
    wrongs.settle()
    book = await ContactBook.open(session, account.id, [checked])
    known = book.find(checked)
    if known is None:
        return enter_contact(session, account.id, book, checked)
    await update_known(session, account, book, known, checked, by=by)
    return known


def enter_contact(session: AsyncSession, account_id: str, book: ContactBook, checked: ContactFields) -> Contact:
    """Make a new contact of checked fields and enter it into the book."""
    now = clock.now()
    # What has a default that is a function is given outright: pydantic looks such functions over at each call.
    contact = Contact(id=new_id("con"), account_id=account_id, created_at=now, updated_at=now, custom={})
    put_fields(contact, checked)
    if contact.phone_number is None:
        contact.reachability = Reachability.NO_PHONE
    session.add(contact)
    book.add(contact)
    return contact


async def update_known(
    session: AsyncSession,
    account: Account,
    book: ContactBook,
    contact: Contact,
    checked: ContactFields,
    *,
    by: Actor,
    except_appointment: str | None = None,
) -> tuple[str, ...]:
    """Bring a known contact up to date, with all texts not yet sent to them; return what changed.

    except_appointment: one whose texts the caller works out again itself.
    """
    changed = what_changes(contact, checked)
    if not changed:
        return ()
    old_number = contact.phone_number
    put_fields(contact, checked)
    contact.touch()
    session.add(contact)
    book.add(contact)
    await session.flush()
    await follow_contact(
        session, account, contact, changed, old_number=old_number, by=by, except_appointment=except_appointment
    )
    return changed


async def update_contact(
    session: AsyncSession,
    account: Account,
    contact_id: str,
    fields: ContactFields,
    *,
    by: Actor,
    expected_version: int | None = None,
) -> tuple[Contact, Sequence[str]]:
    """Change a contact by its id; return it and the fields that changed.

    A new number moves all texts not yet sent. Raises NotFound, Overtaken, Faults, and Conflict where the
    external id is another's.
    """
    wrongs = Wrongs()
    checked = checked_contact(fields, wrongs, new=False)
    wrongs.settle()
    book = await ContactBook.open(session, account.id, [checked], ids=[contact_id])
    try:
        contact = book.named(contact_id)
    except NotFound:
        raise NotFound("contact", contact_id) from None
    if expected_version is not None and expected_version != contact.version:
        raise Overtaken(expected_version, contact.version)
    if checked.get("external_id") is not None and await _is_taken(session, contact, checked):
        raise Conflict("external_id_taken", "Another contact has this external_id.", param="external_id")
    return contact, await update_known(session, account, book, contact, checked, by=by)


async def get_contact(session: AsyncSession, account_id: str, contact_id: str) -> Contact:
    """Return a contact of an account. Raises NotFound."""
    return await owned(session, Contact, contact_id, account_id=account_id, kind="contact")


def what_changes(contact: Contact, checked: ContactFields) -> tuple[str, ...]:
    """Return the names of the fields that would change."""
    wanted = _columns(contact, checked)
    names = {"custom": "metadata"}
    return tuple(names.get(name, name) for name, value in wanted.items() if getattr(contact, name) != value)


def put_fields(contact: Contact, checked: ContactFields) -> None:
    """Write checked fields into a contact; what is known of a number is not known of another."""
    wanted = _columns(contact, checked)
    if "phone_number" in wanted and wanted["phone_number"] != contact.phone_number:
        contact.reachability = Reachability.UNKNOWN if wanted["phone_number"] else Reachability.NO_PHONE
    for name, value in wanted.items():
        setattr(contact, name, value)
    contact.name_folded = fold_name(contact.name)


def _columns(contact: Contact, checked: ContactFields) -> dict[str, object]:
    columns: dict[str, object] = {name: value for name, value in checked.items() if name != "metadata"}
    if "metadata" in checked:
        merged = {**contact.custom, **checked["metadata"]} if checked["metadata"] is not None else {}
        columns["custom"] = {name: value for name, value in merged.items() if value is not None}
    return columns


async def _is_taken(session: AsyncSession, contact: Contact, checked: ContactFields) -> bool:
    query = select(Contact.id).where(
        Contact.account_id == contact.account_id,
        Contact.external_id == checked["external_id"],
        col(Contact.id) != contact.id,
    )
    return (await session.exec(query)).first() is not None
