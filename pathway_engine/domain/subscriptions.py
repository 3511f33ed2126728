"""Subscriptions: the topics that a program may follow, and whether a change is one that it asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Topic(StrEnum):
    """What may be followed.

    A task that came, changed or was withdrawn; an episode that entered a phase, or ended; a stay whose patient was
    said to be ready for discharge, or is not any more.
    """

    TASK_CHANGED = "task-changed"
    PHASE_CHANGED = "phase-changed"
    DISCHARGE_READY = "discharge-ready"


class Standing(StrEnum):
    """How a subscription stands, in FHIR's words.

    Requested ones have not shaken hands yet, active ones are told, those in error wait for somebody to ask anew,
    and those that are off are not told and miss what happens.
    """

    REQUESTED = "requested"
    ACTIVE = "active"
    ERROR = "error"
    OFF = "off"


class Kind(StrEnum):
    """What a notification is, in FHIR's words."""

    HANDSHAKE = "handshake"
    HEARTBEAT = "heartbeat"
    EVENTS = "event-notification"


FILTERS: Mapping[Topic, tuple[str, ...]] = {
    Topic.TASK_CHANGED: ("patient", "owner", "code", "status"),
    Topic.PHASE_CHANGED: ("patient",),
    Topic.DISCHARGE_READY: ("patient",),
}
"""By what each topic may be narrowed."""

Filter = tuple[str, tuple[str, ...]]
"""A parameter of `FILTERS` and the values of which one must be there."""
Seat = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that a commit changed, as subscriptions look at it.

    `type` and `focus` are the resource that it is about, `episode` the episode that this happened in. `method` is
    POST for what is new, PUT for what changed, DELETE for what nobody may read any more. `about` holds the values
    that filters ask for: a task's owners before and after, since it also left somebody. `lists` are the seats that
    have or had it on a list; None when lists do not decide who may know.
    """

    topic: Topic
    type: str
    focus: str
    episode: str
    patient_id: str
    at: datetime
    method: str
    about: Mapping[str, frozenset[str]]
    lists: frozenset[Seat] | None = None


def is_wanted(change: Change, filters: Iterable[Filter]) -> bool:
    """Whether *change* passes every one of *filters*."""
    return all(not change.about.get(name, frozenset()).isdisjoint(values) for name, values in filters)
