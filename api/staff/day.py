"""`/`: the day. Who comes, what they have said, and what somebody should look at."""

from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.staff.flags import Flag, flag_of
from api.staff.pages import page, wants_part
from api.staff.phone_panel import panel_for
from api.staff.route import NotSignedIn, PageRoute
from api.staff.rows import Row, row_of
from api.staff.times import WallClock, days_from
from api.staff.visitor import Visitor, find_visitor
from appointments.day import Tally, flagged, tallies, visits_between
from messaging.local_time import BadTime, parse_date
from models.errors import Invalid

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST_ROWS = 400
MOST_COMING = 100
MOST_FLAGS = 50
DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the practice. rows: those shown, which on a very full day are not all."""

    date: date
    name: str
    relative: str | None
    tally: Tally
    rows: list[Row]

    @property
    def total(self) -> int:
        """How many visits the day has, cancelled ones too."""
        return self.tally.expected + self.tally.cancelled


@dataclass(frozen=True, slots=True)
class DayView:
    """What the page shows: the day asked for, the days after it, and what to look at."""

    wall: WallClock
    day: Day
    coming: list[Day]
    flags: list[Flag]
    flags_in_all: int
    previous: date
    following: date

    @property
    def is_today(self) -> bool:
        """Tell whether the day shown is today."""
        return self.day.date == self.wall.today


@router.get("/")
async def show_day(request: Request, date: str | None = None, phone: str | None = None) -> Response:
    """Show a day, today where none is named; to somebody who is not signed in, how to get a link."""
    visitor = await find_visitor(request)
    if visitor is None:
        if wants_part(request):
            raise NotSignedIn
        return page("signed_out.html")
    view = await day_view(visitor, date)
    if wants_part(request):
        return page("day_part.html", visitor=visitor, view=view, asked_for=date)
    panel = await panel_for(visitor, phone)
    return page("day.html", visitor=visitor, view=view, asked_for=date, panel=panel)


async def day_view(visitor: Visitor, asked_for: str | None) -> DayView:
    """Read a day and the seven after it. Raises Invalid."""
    wall = WallClock.of(visitor.account)
    shown = _date(asked_for) if asked_for else wall.today
    ahead = days_from(shown, DAYS_AHEAD + 1)
    bounds = [wall.start(day) for day in days_from(shown, DAYS_AHEAD + 2)]
    account_id = visitor.account.id
    async with visitor.services.database.read() as session:
        counted = await tallies(session, account_id, bounds)
        today = await visits_between(session, account_id, bounds[0], bounds[1], limit=MOST_ROWS)
        later = await visits_between(session, account_id, bounds[1], bounds[-1], limit=MOST_COMING)
        flags, flags_in_all = await flagged(session, account_id, limit=MOST_FLAGS)
    rows: dict[date, list[Row]] = {day: [] for day in ahead}
    for listed in (*today, *later):
        rows[wall.date_of(listed.appointment.starts_at)].append(row_of(listed, wall))
    days = [
        Day(day, wall.day(day), wall.relative(day), tally, rows[day])
        for day, tally in zip(ahead, counted, strict=True)
    ]
    return DayView(
        wall=wall,
        day=days[0],
        coming=[day for day in days[1:] if day.rows],
        flags=[flag_of(one, wall) for one in flags],
        flags_in_all=flags_in_all,
        previous=shown - timedelta(days=1),
        following=ahead[1],
    )


def _date(text: str) -> date:
    try:
        return parse_date(text)
    except BadTime as fault:
        raise Invalid("invalid_parameter", f"date: {fault}.", param="date") from None
