"""The days of the story on a wall in Norway, and the clock that everything in it goes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from pathway_engine.domain.norway import OSLO

SEED = 8


def wall(text: str, *, again: bool = False) -> datetime:
    """The instant that a wall clock shows as *text*; `again` is the second time that an hour passes."""
    told = datetime.fromisoformat(text).replace(tzinfo=OSLO, fold=int(again))
    return told.astimezone(UTC)


BEGINS, ENDS = wall("2026-10-24T07:00"), wall("2026-12-28T16:00")
"""From the day before summer time ends to the first working day after Christmas: nine weeks and two days."""


@dataclass(slots=True)
class Clock:
    """A clock that only the story moves, and never back."""

    now: datetime

    def __call__(self) -> datetime:
        """What the clock shows, in UTC."""
        return self.now

    def show(self, at: datetime) -> None:
        """Let it be *at*, or stay where it is when that has passed."""
        self.now = max(self.now, at)
