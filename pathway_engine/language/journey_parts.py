"""A journey: what happens to one made-up patient, and what a nurse expects to follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pathway_engine.domain.events import Act, FactValue

DEFAULT_STAY = "VN1"
NONE = "none"
"""What a journey writes for no deadline, and for the phase of a patient without an episode."""

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must be so after a point; None says nothing. Changes count from the point before.

    Step names are sorted and stand once for each task. `due` and `opens` are local wall times to
    the minute, or ``none``. `lines` says where each expectation stands in the file.
    """

    raises: Steps | None = None
    cancels: Steps | None = None
    misses: Steps | None = None
    completes: Steps | None = None
    escalates: Steps | None = None
    corrects: Steps | None = None
    open: Steps | None = None
    phase: str | None = None
    due: Mapping[str, str] = field(default_factory=dict)
    opens: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One line of a journey: an event, a taking back, an act, or only a look at what has become of it.

    `at` is when it happened and `arrives` when it is heard of; both are UTC. `event` happened, or, when
    `is_void`, did not. `act` is done to the open task of `step` that was raised last.
    """

    line: int
    at: datetime
    arrives: datetime
    event: str = ""
    is_void: bool = False
    stay: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    act: Act | None = None
    step: str = ""
    answers: Mapping[str, FactValue] = field(default_factory=dict)
    expects: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A worked example of `pathway`; its points are in the order in which they arrive."""

    title: str
    pathway: str
    file: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """What a journey expects and what came instead; the line counts from 1."""

    file: str
    line: int
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: expected {self.expected}; found {self.found}"
