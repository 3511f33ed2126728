"""What the simulation knows to be true of the service: what it was told, what it promised, what people did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from tests.deterministic.letters import Letter


class Broken(AssertionError):
    """An invariant does not hold: `name` says which, the message what was found."""

    def __init__(self, name: str, found: str) -> None:
        super().__init__(f"{name}: {found}")
        self.name = name


def check(holds: bool, name: str, found: object = "") -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(name, str(found))


@dataclass(frozen=True, slots=True)
class Done:
    """An act that the service has taken: on whose task, and when by the service's clock."""

    person: int
    task: str


@dataclass
class Ledger:
    """The simulation's own books, kept beside the service's.

    `stored` counts the times that storing a message was committed; `promised` are the letters whose
    sender has an acknowledgement; `done` are the acts taken, by their entry's id; `at_most` is the
    latest instant that the service has heard of, by its clock or by a message.
    """

    stored: int = 0
    promised: dict[str, Letter] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    at_most: datetime | None = None
    faults: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)

    def heard_of(self, instant: datetime) -> None:
        """Nothing in the service may lie after the latest instant that it has heard of."""
        self.at_most = instant if self.at_most is None else max(self.at_most, instant)
