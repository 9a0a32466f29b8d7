"""/v1/contacts: who is texted."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlmodel import col, select
from starlette.responses import Response

from api.answers import answer
from api.appointment_fields import ContactBody
from api.fields import Instant, PhoneNumber, Shown, absent
from api.lists import ListOf, ListQuery, select_page
from api.reading import Read
from api.route import Route
from api.unit import Work
from api.versions import ExpectedVersion, require_version
from appointments.checking_contact import checked_contact
from appointments.consenting import contact_objects, contact_with_history, set_consent
from appointments.contacts import get_contact, match_or_create_contact, update_contact
from appointments.erasing import erase_contact
from appointments.faults import Wrongs
from appointments.fields import ContactFields
from models.account import Account
from models.contact import Contact, Reachability
from models.recipient import ConsentSource, ConsentState

router = APIRouter(prefix="/v1/contacts", tags=["Contacts"], route_class=Route)


class ContactSettings(ContactBody):
    """A contact, as it is entered or changed. `consent` is that of its number."""

    consent: Literal["subscribed", "unsubscribed"] = absent()


class ConsentChanged(BaseModel):
    """A change of consent. `sender` is null where it concerns every number of the account."""

    consent: ConsentState
    source: ConsentSource
    sender: str | None
    message_id: str | None
    at: Instant


class ContactObject(Shown):
    """A contact."""

    object: Literal["contact"]
    contact_id: str
    external_id: str | None
    name: str | None
    phone_number: str | None
    timezone: str | None
    language: str | None
    reachability: Reachability
    consent: ConsentState
    consent_history: list[ConsentChanged] = Field(default=[], description="Newest first; on one contact only.")
    metadata: dict[str, str]


class ContactQuery(ListQuery):
    """Which contacts to list."""

    external_id: str | None = Field(default=None, max_length=255)
    phone_number: PhoneNumber | None = None
    reachability: Reachability | None = None


@router.post(
    "",
    status_code=201,
    response_model=ContactObject,
    responses={200: {"model": ContactObject, "description": "A known contact, brought up to date."}},
)
async def create_contact(work: Work, body: Read[ContactSettings]) -> Response:
    """Enter a contact, or bring a known one up to date.

    Known is whoever has the `external_id`; else the number and the name, with case and spaces folded; else,
    without a name, the only contact with that number.
    """
    fields, consent = _read(body, new=True)
    session = await work.session()
    account = await session.get_one(Account, work.account_id)
    contact = await match_or_create_contact(session, account, fields, by=work.actor)
    status = 201 if contact in session.new else 200
    await session.flush()
    if consent is not None:
        await set_consent(session, contact, consent, by=work.actor)
    return answer(await contact_with_history(session, contact), status)


@router.get("", response_model=ListOf[ContactObject])
async def list_contacts(work: Work, asked: Annotated[ContactQuery, Query()]) -> Response:
    """List the contacts, newest first."""
    query = select(Contact).where(Contact.account_id == work.account_id, col(Contact.deleted_at).is_(None))
    for name in ("external_id", "phone_number", "reachability"):
        if (value := getattr(asked, name)) is not None:
            query = query.where(getattr(Contact, name) == value)
    session = await work.session()
    contacts, rest = await select_page(session, query, asked)
    return answer({"data": await contact_objects(session, contacts), **rest})


@router.get("/{contact_id}", response_model=ContactObject)
async def get_one_contact(work: Work, contact_id: str) -> Response:
    """Return a contact with the history of its consent."""
    session = await work.session()
    contact = await get_contact(session, work.account_id, contact_id)
    return answer(await contact_with_history(session, contact))


@router.patch("/{contact_id}", response_model=ContactObject)
async def change_contact(
    work: Work, contact_id: str, body: Read[ContactSettings], expected: ExpectedVersion
) -> Response:
    """Change a contact. A new number moves all texts not yet sent."""
    fields, consent = _read(body, new=False)
    session = await work.session()
    account = await session.get_one(Account, work.account_id)
    contact, _ = await update_contact(
        session, account, contact_id, fields, by=work.actor, expected_version=expected
    )
    if consent is not None:
        await set_consent(session, contact, consent, by=work.actor)
    return answer(await contact_with_history(session, contact))


@router.delete("/{contact_id}", response_model=ContactObject)
async def delete_contact(work: Work, contact_id: str, expected: ExpectedVersion) -> Response:
    """Erase a person's data and stop their texts; the opt-out of their number is kept."""
    session = await work.session()
    contact = await get_contact(session, work.account_id, contact_id)
    require_version(expected, contact.version)
    contact = await erase_contact(session, work.account_id, contact_id, by=work.actor)
    return answer(await contact_with_history(session, contact))


def _read(body: Read[ContactSettings], *, new: bool) -> tuple[ContactFields, ConsentState | None]:
    """Return what a body says of the contact and of its consent. Raises Faults with all that is wrong."""
    wrongs = Wrongs(faults=list(body.faults))
    said = dict(body.fields)
    consent = said.pop("consent", None)
    fields = ContactFields(**said)  # type: ignore[typeddict-item]  # the model has these fields and no others
    checked_contact(fields, wrongs, new=new and not body.faults)
    wrongs.settle()
    return fields, None if consent is None else ConsentState(consent)
