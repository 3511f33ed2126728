"""Die at a chosen point of the relay: before each statement, each commit, and around the handing over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, event

from pathway_engine.service.outward import Letter, Refused, Sent
from tests.outbox.house import House
from tests.outbox.receiver import Crash, Wire


@dataclass
class Points:
    """Counts the points that are passed and dies at the one that was chosen; 0 is none."""

    at: int = 0
    passed: int = 0

    def point(self, *_: object) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Crash


@contextmanager
def dying(engine: Engine, points: Points) -> Iterator[None]:
    """Let statements and commits of *engine* be points."""
    for name in ("before_cursor_execute", "commit"):
        event.listen(engine, name, points.point)
    try:
        yield
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(engine, name, points.point)


@dataclass
class DyingWire(Wire):
    """A wire with a point before the letter leaves, and one after it has arrived."""

    points: Points | None = None

    def send(self, letter: Letter) -> Sent | Refused:
        self._point()
        answer = super().send(letter)
        self._point()
        return answer

    def _point(self) -> None:
        if self.points is not None:
            self.points.point()


def crashed_at(house: House, wire: DyingWire, number: int, patients: tuple[str, str]) -> bool:
    """Decide three messages, die at the point of that number, begin anew; False when there is no such point."""
    house.decides(patients[0], 2)
    house.decides(patients[1])
    points = wire.points = Points(number)
    died = False
    with dying(house.engine.context.store.engine, points):
        try:
            house.engine.send_due(house.clock)
        except Crash:
            died = True
    wire.points = None
    house.clock.passes(minutes=3)
    house.settles()
    return died
