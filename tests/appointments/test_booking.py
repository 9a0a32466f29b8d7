"""Booking an appointment: what is stored, what is texted when, what is refused."""

import pytest

from models.appointment import Confirmation, Visit
from models.errors import Faults, Invalid, NotFound, NotPermitted
from tests.appointments.conftest import ASK, TELL, Practice


async def test_a_booking_plans_its_texts_before_the_start(practice: Practice) -> None:
    booked = await practice.book()
    assert booked.created
    assert await practice.coming(booked.appointment.id) == ["Thu 15:00", "Fri 13:00"]
    assert await practice.happened(booked.appointment.id) == ["created"]
