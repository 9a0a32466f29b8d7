"""Finding whom a booking means among the people an account knows.

By `external_id`; else by number and name, with case and spaces folded; else, without a name, the only contact
with that number: two people may share a phone.
"""

from collections.abc import Iterable, Sequence

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from appointments.fields import ContactFields
from appointments.locking import lock_numbers
from models.contact import Contact, fold_name
from models.errors import NotFound


class ContactBook:
    """The contacts that some bookings may mean, read under the locks of all their numbers."""

    def __init__(self, contacts: Iterable[Contact]) -> None:
        self._by_id: dict[str, Contact] = {}
        self._by_external_id: dict[str, Contact] = {}
        self._by_number: dict[str, dict[str, Contact]] = {}
        for contact in contacts:
            self.add(contact)

    @classmethod
    async def open(
        cls,
        session: AsyncSession,
        account_id: str,
        wanted: Sequence[ContactFields],
        *,
        ids: Sequence[str] = (),
    ) -> "ContactBook":
        """Lock the numbers of those wanted, old and new, then read who has them. ids: contacts named outright."""
        external_ids = {fields["external_id"] for fields in wanted if fields.get("external_id")}
        numbers = {fields["phone_number"] for fields in wanted if fields.get("phone_number")}
        named = select(Contact.phone_number).where(
            Contact.account_id == account_id,
            or_(col(Contact.id).in_(ids), col(Contact.external_id).in_(external_ids)),
        )
        standing = (await session.exec(named)).all() if ids or external_ids else []
        await lock_numbers(session, account_id, {*numbers, *standing})
        query = (
            select(Contact)
            .where(
                Contact.account_id == account_id,
                col(Contact.deleted_at).is_(None),
                or_(
                    col(Contact.id).in_(ids),
                    col(Contact.external_id).in_(external_ids),
                    col(Contact.phone_number).in_(numbers),
                ),
            )
            .execution_options(populate_existing=True)
        )
        return cls((await session.exec(query)).all())

    def add(self, contact: Contact) -> None:
        """Enter a contact: one who was just made, or whose number or external id changed."""
        self._by_id[contact.id] = contact
        if contact.external_id is not None:
            self._by_external_id[contact.external_id] = contact
        if contact.phone_number is not None:
            self._by_number.setdefault(contact.phone_number, {})[contact.id] = contact

    def known(self, id: str) -> Contact | None:
        """Return the contact with an id, or None."""
        return self._by_id.get(id)

    def named(self, id: str) -> Contact:
        """Return the contact with an id. Raises NotFound."""
        contact = self._by_id.get(id)
        if contact is None:
            raise NotFound("contact", id, param="contact_id")
        return contact

    def find(self, fields: ContactFields, standing: Contact | None = None) -> Contact | None:
        """Return whom the fields mean, or None for somebody new.

        standing: whom the appointment is with at present. A name alone, or a new number under the same name or
        under none, is theirs.
        """
        known = self._by_external_id.get(fields.get("external_id") or "")
        if known is not None:
            return known
        name, number = fold_name(fields.get("name")), fields.get("phone_number")
        if number is not None and (found := self._at(number, name, fields, standing)) is not None:
            return found
        if standing is None or not _may_be(standing, fields):
            return None
        is_theirs = "phone_number" not in fields or name in (None, standing.name_folded)
        return standing if is_theirs else None

    def _at(
        self, number: str, name: str | None, fields: ContactFields, standing: Contact | None
    ) -> Contact | None:
        sharing = [
            contact
            for contact in self._by_number.get(number, {}).values()
            if contact.phone_number == number and _may_be(contact, fields)
        ]
        if name is not None:
            return _oldest(contact for contact in sharing if contact.name_folded == name)
        if standing in sharing:
            return standing
        return sharing[0] if len(sharing) == 1 else _oldest(one for one in sharing if one.name_folded is None)


def _may_be(contact: Contact, fields: ContactFields) -> bool:
    """A contact known by another external id is somebody else, whatever their name."""
    return contact.external_id is None or fields.get("external_id") in (None, contact.external_id)


def _oldest(contacts: Iterable[Contact]) -> Contact | None:
    """The same one of several every time."""
    return min(contacts, key=lambda contact: (contact.created_at, contact.id), default=None)
