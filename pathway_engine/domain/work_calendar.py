"""Which days and hours a municipality's units work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pathway_engine.domain.errors import DefinitionError
from pathway_engine.domain.norway import TIME_ZONE

ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Local opening hours, and the days that are closed beside Saturdays and Sundays.

    `closed` holds public holidays and local closing days; `opens` and `closes` are wall times.
    """

    time_zone: str = TIME_ZONE
    closed: frozenset[date] = frozenset()
    opens: time = time(8, 0)
    closes: time = time(15, 30)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise DefinitionError(
                f"a unit opens at {self.opens:%H:%M} and closes at {self.closes:%H:%M}; it must open first"
            )
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise DefinitionError(f"time zone {self.time_zone!r} found; write e.g. Europe/Oslo") from None

    def local_day(self, instant: datetime) -> date:
        """Return the calendar day at *instant* where the patient lives."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()

    def is_working_day(self, day: date) -> bool:
        """Return whether the units are open on *day*."""
        return day.weekday() < _SATURDAY and day not in self.closed

    def next_working_day(self, day: date) -> date:
        """Return the first working day after *day*."""
        day += ONE_DAY
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def working_days_after(self, day: date, count: int) -> date:
        """Return the *count*-th working day after *day*; for 0 *day* itself, or the next if it is closed."""
        if count == 0:
            return day if self.is_working_day(day) else self.next_working_day(day)
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def closed_days_between(self, first: date, last: date) -> int:
        """Return how many closed days lie after *first* and before or on *last*."""
        days = range((last - first).days)
        return sum(not self.is_working_day(first + timedelta(days=n + 1)) for n in days)
