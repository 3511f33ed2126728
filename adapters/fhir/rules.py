"""What may be said of an element as a whole: which of its parts go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.fhir.outcome import Json


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold of an element: its key, what would be right, and whether it does."""

    key: str
    right: str
    holds: Callable[[Json], bool]


def needs(one: str, *others: str) -> Callable[[Json], bool]:
    """Where *one* is, all of *others* are too."""
    return lambda value: one not in value or all(other in value for other in others)


def not_both(one: str, other: str) -> Callable[[Json], bool]:
    """At most one of the two is there."""
    return lambda value: not (one in value and other in value)


def any_of(*names: str) -> Callable[[Json], bool]:
    """At least one of *names* is there."""
    return lambda value: any(name in value for name in names)


def exactly_one(one: str, other: str) -> Callable[[Json], bool]:
    """One of the two is there and not the other."""
    return lambda value: (one in value) != (other in value)
