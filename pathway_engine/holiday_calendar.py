"""The calendar of a Norwegian municipality: public holidays and its own closing days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from pathway_engine.domain.work_calendar import WorkCalendar

OPENS = time(8, 0)
CLOSES = time(15, 30)


def norwegian_calendar(
    first_year: int,
    last_year: int,
    closing_days: Iterable[date] = (),
    opens: time = OPENS,
    closes: time = CLOSES,
) -> WorkCalendar:
    """Return the calendar of the years *first_year* to *last_year*, both included, in Europe/Oslo.

    `closing_days` are closed locally beside the public holidays; opening hours are wall times.
    """
    import holidays  # here, since it takes long to load and the first thing to do is to listen

    public = holidays.country_holidays("NO", years=range(first_year, last_year + 1))
    return WorkCalendar(closed=frozenset(public) | frozenset(closing_days), opens=opens, closes=closes)
