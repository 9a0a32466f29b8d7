"""An office that makes reminder jobs over HTTP, on a clock that stands still."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import col, select

from models.event import Event
from models.phone_number import PhoneNumber
from tests.api.service import Service

ADDRESS = "/v1/reminders"
# Monday 2 March 2026, 10:00 in New York, six days before the clocks there go forward.
NOW = "2026-03-02T15:00:00Z"
ANA = "+12125550123"


@dataclass
class Desk:
    """The office: short ways to make, change and look at reminder jobs."""

    service: Service
    number: PhoneNumber

    @property
    def client(self) -> httpx.AsyncClient:
        """A client with a key of every scope."""
        return self.service.client

    def job(self, **fields: Any) -> dict[str, Any]:
        """The fields of a job for Friday at 10:00, unless told otherwise; None leaves a field out."""
        asked = {
            "agent_id": self.number.agent_id,
            "to": ANA,
            "from_number": self.number.phone_number,
            "message": "Your visit is on Friday at 15:00.",
            **fields,
        }
        if not asked.keys() & {"send_at", "cron", "before"}:
            asked["send_at"] = "2026-03-06T10:00:00-05:00"
        return {name: value for name, value in asked.items() if value is not None}

    async def create(self, **fields: Any) -> dict[str, Any]:
        """Make a job and return it."""
        return body_of(await self.client.post(ADDRESS, json=self.job(**fields)), 201)

    async def refuse(self, status: int = 400, **fields: Any) -> dict[str, Any]:
        """Ask for a job that cannot be made and return the error."""
        error: dict[str, Any] = body_of(await self.client.post(ADDRESS, json=self.job(**fields)), status)["error"]
        return error

    async def get(self, reminder_id: str) -> dict[str, Any]:
        """Read a job."""
        return body_of(await self.client.get(f"{ADDRESS}/{reminder_id}"))

    async def change(self, reminder_id: str, status: int = 200, **fields: Any) -> dict[str, Any]:
        """Change a job and return it, or the error."""
        body = body_of(await self.client.patch(f"{ADDRESS}/{reminder_id}", json=fields), status)
        return body if status == 200 else dict(body["error"])

    async def act(self, reminder_id: str, action: str, status: int = 200) -> dict[str, Any]:
        """Pause, resume or cancel a job and return it, or the error."""
        if action == "cancel":
            body = body_of(await self.client.delete(f"{ADDRESS}/{reminder_id}"), status)
        else:
            body = body_of(await self.client.post(f"{ADDRESS}/{reminder_id}/{action}"), status)
        return body if status == 200 else dict(body["error"])

    async def next(self, reminder_id: str, count: int = 10) -> list[dict[str, Any]]:
        """Read the next texts of a job."""
        data: list[dict[str, Any]] = body_of(await self.client.get(f"{ADDRESS}/{reminder_id}/next?count={count}"))[
            "data"
        ]
        return data

    async def book(self, **fields: Any) -> dict[str, Any]:
        """Book Ana for Friday at 15:00 without texts of its own, unless told otherwise."""
        asked = {
            "contact": {"name": "Ana Ruiz", "phone_number": ANA},
            "starts_at": "2026-03-06T15:00:00",
            "reminders": [],
            **fields,
        }
        return body_of(await self.client.post("/v1/appointments", json=asked), 201)

    async def happened(self, reminder_id: str) -> list[str]:
        """Return the types of a job's events, oldest first, without `reminder.`."""
        query = select(Event).where(Event.reminder_id == reminder_id, col(Event.type).startswith("reminder."))
        async with self.service.database.read() as session:
            events = (await session.exec(query.order_by(col(Event.sequence)))).all()
        return [event.type.removeprefix("reminder.") for event in events]


def body_of(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    """Return the body of an answer that has this status."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body
