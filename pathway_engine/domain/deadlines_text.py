"""Deadlines in words: the calendar arithmetic as a nurse would say it, in bokmål and in English."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pathway_engine.domain.definition import Duration, Text, Unit
from pathway_engine.domain.work_calendar import ONE_DAY, WorkCalendar

_DAYS = {
    "nb": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "nb": ("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september",
           "oktober", "november", "desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
}  # fmt: skip
_UNITS: dict[Unit, tuple[Text, Text]] = {
    Unit.HOURS: (Text("time", "hour"), Text("timer", "hours")),
    Unit.WORKING_HOURS: (
        Text("time i åpningstiden", "working hour"),
        Text("timer i åpningstiden", "working hours"),
    ),
    Unit.DAYS: (Text("dag", "day"), Text("dager", "days")),
    Unit.WORKING_DAYS: (Text("virkedag", "working day"), Text("virkedager", "working days")),
    Unit.WEEKS: (Text("uke", "week"), Text("uker", "weeks")),
}


def format_day(day: date, language: str) -> str:
    """Return *day* in words, e.g. ``tirsdag 17. november 2026`` for ``nb``, English for ``en``."""
    dot = "." if language == "nb" else ""
    month = _MONTHS[language][day.month - 1]
    return f"{_DAYS[language][day.weekday()]} {day.day}{dot} {month} {day.year}"


def format_instant(at: datetime, time_zone: str, language: str) -> str:
    """Return the local wall time of *at* in words, e.g. ``tirsdag 17. november 2026 kl. 13.30``."""
    local = at.astimezone(ZoneInfo(time_zone))
    clock = f"kl. {local:%H.%M}" if language == "nb" else f"at {local:%H:%M}"
    return f"{format_day(local.date(), language)} {clock}"


def format_duration(duration: Duration) -> Text:
    """Return *duration* in words, e.g. ``3 virkedager`` and ``3 working days``."""
    if _is_same_day(duration):
        words = Text("samme dag", "same day")
    else:
        unit = _UNITS[duration.unit][duration.amount != 1]
        words = Text(f"{duration.amount} {unit.nb}", f"{duration.amount} {unit.en}")
    if duration.at is None:
        return words
    return Text(f"{words.nb} kl. {duration.at:%H.%M}", f"{words.en} at {duration.at:%H:%M}")


def explain(
    start: datetime,
    due: Duration,
    result: datetime,
    calendar: WorkCalendar,
    *,
    anchor: Text | None = None,
    capped_by: Text | None = None,
) -> Text:
    """Return how *due* after *start* became *result*.

    `anchor` names what *start* is, `capped_by` the date fact that moved the deadline forward.
    """
    skipped = _closed_days_skipped(start, due, result, calendar)
    return Text(
        _arithmetic_nb(start, due, result, calendar.time_zone, anchor)
        + (f"; {skipped} {'stengt dag' if skipped == 1 else 'stengte dager'} hoppet over" if skipped else "")
        + (f"; ikke senere enn {capped_by.nb}" if capped_by else ""),
        _arithmetic_en(start, due, result, calendar.time_zone, anchor)
        + (f"; {skipped} closed {'day' if skipped == 1 else 'days'} skipped" if skipped else "")
        + (f"; no later than {capped_by.en}" if capped_by else ""),
    )


def _arithmetic_nb(start: datetime, due: Duration, result: datetime, zone: str, anchor: Text | None) -> str:
    count = "samme dag som" if _is_same_day(due) else f"{format_duration(due).nb} fra"
    named = f"{anchor.nb}, " if anchor else ""
    return f"{count} {named}{format_instant(start, zone, 'nb')} → {format_instant(result, zone, 'nb')}"


def _arithmetic_en(start: datetime, due: Duration, result: datetime, zone: str, anchor: Text | None) -> str:
    count = "same day as" if _is_same_day(due) else f"{format_duration(due).en} from"
    named = f"{anchor.en}, " if anchor else ""
    return f"{count} {named}{format_instant(start, zone, 'en')} → {format_instant(result, zone, 'en')}"


def _is_same_day(duration: Duration) -> bool:
    return duration.amount == 0 and duration.unit in (Unit.DAYS, Unit.WEEKS)


def _closed_days_skipped(start: datetime, due: Duration, result: datetime, calendar: WorkCalendar) -> int:
    if due.unit not in (Unit.WORKING_DAYS, Unit.WORKING_HOURS):
        return 0
    first, last = calendar.local_day(start), calendar.local_day(result)
    if due.unit is Unit.WORKING_HOURS:
        first -= ONE_DAY  # hours may begin to count on a later day than the start's own
    return calendar.closed_days_between(first, last)
