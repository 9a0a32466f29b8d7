"""A practice with visits, and somebody at its desk, for tests of the staff's pages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx

from api.staff.sign_in import invite
from appointments.booking import book
from appointments.fields import AppointmentFields, Asked, ContactFields, PatientFields
from messaging.local_time import to_utc
from messaging.recipients import lock_recipient
from messaging.shape import message_row
from messaging.transition import record_statuses
from models import clock
from models.appointment import Appointment
from models.base import rfc3339
from models.event import SYSTEM
from models.message import Direction, Kind, Message, Status
from models.phone_number import PhoneNumber
from tests.api.numbers import make_number
from tests.api.service import Service

EMAIL = "anna@riverside.example"
HOME = ZoneInfo("America/New_York")


@dataclass
class Practice:
    """A service whose account has a number."""

    service: Service
    number: PhoneNumber

    @classmethod
    async def open(cls, service: Service) -> "Practice":
        """Give the service's account a number."""
        return cls(service, await make_number(service))

    async def book(
        self,
        name: str,
        at: str = "12:00",
        *,
        day: int = 0,
        phone: str | None = "+12125550123",
        patient: str | None = None,
        timezone: str | None = None,
        service: str | None = None,
        provider: str | None = None,
        reminders: bool = False,
    ) -> Appointment:
        """Book a visit so many days from today, at a time on the practice's clock."""
        fields = AppointmentFields(
            contact=ContactFields(name=name, phone_number=phone),
            starts_at=rfc3339(moment(at, day)),
            timezone=timezone,
            service=service,
            provider=provider,
            duration_minutes=30,
        )
        if patient is not None:
            fields["patient"] = PatientFields(name=patient)
        if not reminders:
            fields["reminders"] = []
        async with self.service.database.write() as session:
            return (await book(session, self.service.account.id, Asked(fields), by=SYSTEM)).appointment

    async def invite(self, email: str = EMAIL) -> str:
        """Make a sign-in token for somebody."""
        async with self.service.database.write() as session:
            return await invite(session, self.service.account.id, email)

    async def text(
        self,
        appointment: Appointment,
        body: str,
        status: Status,
        *,
        phone: str = "+12125550123",
        error_code: str | None = None,
        intent: str | None = None,
    ) -> Message:
        """Store a text about a visit: one that the person wrote where its status is `received`, else ours."""
        inbound = status is Status.RECEIVED
        ours, theirs = self.number.phone_number, phone
        async with self.service.database.write() as session:
            recipient = await lock_recipient(session, self.service.account.id, phone)
            message = Message(
                account_id=self.service.account.id,
                direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
                kind=Kind.INBOUND if inbound else Kind.REMINDER,
                status=status,
                phone_number_id=self.number.id,
                recipient_id=recipient.id,
                from_number=theirs if inbound else ours,
                to_number=ours if inbound else theirs,
                body=body,
                appointment_id=appointment.id,
                contact_id=appointment.contact_id,
                error_code=error_code,
                intent=intent,
                processed_at=clock.now(),
            )
            session.add(message)
            await session.flush()
            await record_statuses(session, [message_row(message)])
        return message

    @asynccontextmanager
    async def desk(self, email: str = EMAIL) -> AsyncIterator["Desk"]:
        """A signed-in browser."""
        async with httpx.AsyncClient(base_url=self.service.url, follow_redirects=True) as browser:
            answer = await browser.post("/sign-in", data={"token": await self.invite(email)})
            assert answer.status_code == 200
            yield Desk(browser, form_token_of(answer.text))


@dataclass
class Desk:
    """A signed-in browser, and the token that its forms carry."""

    browser: httpx.AsyncClient
    form_token: str

    async def get(self, address: str, *, part: bool = False) -> httpx.Response:
        """Load a page, or the part of it that the page's script asks for."""
        return await self.browser.get(address, headers={"HX-Request": "true"} if part else {})

    async def post(self, address: str, *, part: bool = False, **fields: str) -> httpx.Response:
        """Send a form of the page."""
        headers = {"HX-Request": "true"} if part else {}
        return await self.browser.post(address, data={"form_token": self.form_token, **fields}, headers=headers)


def form_token_of(page: str) -> str:
    """Return the token that the forms of a page carry."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def moment(at: str, day: int = 0) -> datetime:
    """Return the instant (UTC) of a time on the practice's clock, so many days from today there."""
    today = clock.now().astimezone(HOME).date()
    return to_utc(datetime.combine(today + timedelta(days=day), time.fromisoformat(at)), HOME)
