"""The time a person wishes for, read into a window; what can be read two ways is marked, never guessed.

An own small grammar: general date parsers read "Thursday after 3" as a day in March.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.decision import RequestedTime
from agent.normalise import plain
from agent.situation import Situation, Visit
from agent.wished_day import WishedDays, wished_days
from agent.wished_hour import MIDNIGHT, WishedHours, wished_hours

_SAME_TIME = re.compile(
    r"\b(?:same (?:time|hour)|misma hora|gleiche[nr]? (?:zeit|uhrzeit)|selbe[nr]? (?:zeit|uhrzeit)"
    r"|meme heure|mesm[oa] hor\w+)\b"
)
_COUNT = r"(?P<{0}>\d{{1,3}}|half an?|an?|one|two|three|una?|dos|tres|media|eine?|zwei|deux|uma|duas)"
_UNIT = (
    r"(?P<{0}>min(?:ute|uto)?s?|minuten|hours?|hrs?|horas?|heures?|stunden?|days?|dias?|tage?|jours?"
    r"|weeks?|semanas?|wochen?)"
)
_LATER = r"later|mas tarde|despues|spater|plus tard|mais tarde"
_EARLIER = r"earlier|sooner|antes|mas temprano|fruher|plus tot|mais cedo"
_SHIFT = re.compile(
    rf"\b{_COUNT.format('count')}\s?{_UNIT.format('unit')}\s(?P<way>{_LATER}|{_EARLIER})\b"
    rf"|\b(?P<push>push|delay|move|bump)(?:ed)?(?: it| this| that| my \w+)?"
    r"(?P<back> back| out| up| forward)?(?: by)?"
    rf" {_COUNT.format('count2')}\s?{_UNIT.format('unit2')}\b"
)
_COUNTS = {
    "half a": 0.5,
    "half an": 0.5,
    "media": 0.5,
    "two": 2,
    "dos": 2,
    "zwei": 2,
    "deux": 2,
    "duas": 2,
    "three": 3,
    "tres": 3,
}
_REFUSED = re.compile(
    r"\b(?:can't|cant|cannot|can not|not|won't|no puedo|no podre|kann nicht|peux pas|nao posso|instead of"
    r"|rather than|in place of)"
    r"(?: (?:do|make|come|be|there|it|on|el|am|le|the|this|ir|venir|estar|in))* ?$"
)
# Where 6/12 is June 12.
_MONTH_FIRST = frozenset({"US", "CA"})


def requested_time(text: str, visit: Visit | None, situation: Situation) -> RequestedTime | None:
    """The time wished for in a text, None where it names none.

    Read on the clock of the visit, else the person's own; the window is in UTC.
    """
    zone = ZoneInfo(visit.timezone if visit else situation.contact_timezone or "UTC")
    today = situation.now.astimezone(zone).date()
    start = visit.starts_at.astimezone(zone) if visit else None
    line = plain(text)
    if start and (shifted := _shifted(line, start)):
        return shifted
    named = wished_days(line, today, start.date() if start else today, month_first=_month_first(situation))
    blanked = _without(line, named)
    days = _wanted(line, named)
    hours = wished_hours(blanked)
    same = _SAME_TIME.search(line)
    if not days and not hours and not same:
        return None
    spans = [*(day.span for day in days), *(hour.span for hour in hours), *([same.span()] if same else [])]
    words = _said(text, line, min(a for a, _ in spans), max(b for _, b in spans))
    if len(days) > 1 or len(hours) > 1 or (not days and start is None):
        return RequestedTime(words, unsure=True)
    day = days[0] if days else None
    return _window(
        words, day, _same_hours(start) if same and start else (hours[0] if hours else None), start, zone, today
    )


def names_another_day(situation: Situation, visit: Visit) -> bool:
    """Whether the text names a day, and not the visit's."""
    zone = ZoneInfo(visit.timezone)
    today, day = situation.now.astimezone(zone).date(), visit.starts_at.astimezone(zone).date()
    named = wished_days(plain(situation.text), today, day, month_first=_month_first(situation))
    covered = (wish.first <= day < wish.first + timedelta(days=wish.count) for wish in named)
    # On the day itself "Tuesday" is read as the next one.
    same_weekday = any(wish.unsure and wish.first.weekday() == day.weekday() for wish in named)
    return bool(named) and not any(covered) and not same_weekday


def _month_first(situation: Situation) -> bool:
    if situation.region is not None:
        return situation.region in _MONTH_FIRST
    return situation.language.lower() in ("en", "en-us")


def _wanted(line: str, days: list[WishedDays]) -> list[WishedDays]:
    """The days wished for: not one that is refused ("I can't Tuesday"), nor a week that another day is in."""
    wanted = [wish for wish in days if not _REFUSED.search(line[: wish.span[0]])] or days
    weeks = [wish for wish in wanted if wish.count == 7]
    single = [wish for wish in wanted if wish.count == 1]
    if len(weeks) == 1 and len(single) == 1 and len(wanted) == 2:
        monday, day = weeks[0].first, single[0].first
        first = monday + timedelta(days=day.weekday())
        span = (min(wish.span[0] for wish in wanted), max(wish.span[1] for wish in wanted))
        return [WishedDays(first, 1, span)]
    return wanted


def _said(text: str, line: str, start: int, end: int) -> str:
    """The person's own words between two places of the plain line, accents and all where they line up."""
    whole = text.strip()
    source = whole if len(whole) == len(line) else line
    return source[start:end].strip(" ,.?!")


def _without(line: str, days: list[WishedDays]) -> str:
    """The line with the day words blanked, so that "the 14th" is not read as an hour too."""
    for wish in days:
        start, end = wish.span
        line = line[:start] + " " * (end - start) + line[end:]
    return line


def _same_hours(start: datetime) -> WishedHours:
    at = start.hour * 60 + start.minute
    return WishedHours(at, min(at + 60, MIDNIGHT), (0, 0), exact=True)


def _window(
    words: str,
    days: WishedDays | None,
    hours: WishedHours | None,
    start: datetime | None,
    zone: ZoneInfo,
    today: date,
) -> RequestedTime:
    unsure = bool((days and days.unsure) or (hours and hours.unsure))
    first = days.first if days else start.date() if start else today
    if days and days.count > 1:
        if hours and hours.exact and start and "same" in words:
            return _exact(words, first + timedelta(days=start.weekday()), hours, zone, unsure)
        # "next week in the morning": the days are a window, the hours cannot be one instant's.
        end = first + timedelta(days=days.count)
        return RequestedTime(words, _utc(first, 0, zone), _utc(end, 0, zone), unsure or hours is not None)
    if hours is None:
        return RequestedTime(words, _utc(first, 0, zone), _utc(first + timedelta(days=1), 0, zone), unsure)
    return _exact(words, first, hours, zone, unsure)


def _exact(words: str, day: date, hours: WishedHours, zone: ZoneInfo, unsure: bool) -> RequestedTime:
    return RequestedTime(words, _utc(day, hours.start, zone), _utc(day, hours.end, zone), unsure)


def _utc(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    local = datetime.combine(
        day + timedelta(days=minutes // MIDNIGHT), time(minutes % MIDNIGHT // 60, minutes % 60), zone
    )
    return local.astimezone(UTC)


def _shifted(line: str, start: datetime) -> RequestedTime | None:
    """ "an hour later", "push it back 30 minutes": counted from the visit's own start."""
    match = _SHIFT.search(line)
    if match is None:
        return None
    said = match.group("count") or match.group("count2")
    unit = match.group("unit") or match.group("unit2")
    count = float(said) if said.isdigit() else _COUNTS.get(said, 1)
    span = timedelta(minutes=count * _unit_minutes(unit))
    sooner = bool(match.group("way")) and re.fullmatch(_EARLIER, match.group("way")) is not None
    unsure = bool(match.group("push")) and (match.group("back") or "").strip() in ("", "up", "forward")
    if match.group("push") == "push" and (match.group("back") or "").strip() in ("", "back", "out"):
        unsure = False
    at = start - span if sooner else start + span
    if unsure:
        return RequestedTime(match.group(), unsure=True)
    begins = at.astimezone(UTC)
    return RequestedTime(match.group(), begins, begins + timedelta(hours=1))


def _unit_minutes(unit: str) -> int:
    if unit.startswith("min"):
        return 1
    if unit.startswith(("h", "st")):
        return 60
    return 7 * 24 * 60 if unit.startswith(("w", "sem")) else 24 * 60
