"""The working days of each municipality: public holidays and the closing days of the directory."""

from __future__ import annotations

from functools import cache

from pathway_engine.domain.directory import Directory, Opening
from pathway_engine.domain.episode import CalendarOf
from pathway_engine.domain.work_calendar import WorkCalendar
from pathway_engine.holiday_calendar import norwegian_calendar

FIRST_YEAR, LAST_YEAR = 2000, 2075


def calendars(directory: Directory) -> CalendarOf:
    """Return the calendar of a municipality; one without an entry has weekends and public holidays."""

    @cache
    def calendar_of(municipality: str | None) -> WorkCalendar:
        opening = directory.openings.get(municipality or "", Opening())
        return _calendar(opening)

    return calendar_of


@cache
def _calendar(opening: Opening) -> WorkCalendar:
    return norwegian_calendar(FIRST_YEAR, LAST_YEAR, opening.closing_days, opening.opens, opening.closes)
