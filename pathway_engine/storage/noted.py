"""What a unit of work knows of the database, and what it has noted to be written."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from pathway_engine.storage.rows import EpisodeRow, InboxRow, LogRow, PatientRow, TaskRow
from pathway_engine.storage.statements import values_of

Name = tuple[str, str]
Values = dict[str, Any]


@dataclass(slots=True)
class Known:
    """What was read in this transaction, under the lock of the patients it is about, or written."""

    messages: dict[int, InboxRow] = field(default_factory=dict)
    owners: dict[Name, str | None] = field(default_factory=dict)
    patients: dict[str, PatientRow] = field(default_factory=dict)
    stays: dict[str, str | None] = field(default_factory=dict)
    episodes: dict[str, dict[str, EpisodeRow]] = field(default_factory=dict)
    live_tasks: dict[str, dict[str, TaskRow]] = field(default_factory=dict)
    all_tasks: dict[str, dict[str, TaskRow]] = field(default_factory=dict)
    """Of patients who were added in this transaction: nobody else knows tasks of theirs."""

    logs: dict[str, list[LogRow]] = field(default_factory=dict)
    causes: dict[str, bool] = field(default_factory=dict)
    entries: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Noted:
    """What is to be written, by table, in the order in which it must be."""

    new_patients: dict[str, Values] = field(default_factory=dict)
    changed_patients: dict[str, Values] = field(default_factory=dict)
    new_identifiers: list[Values] = field(default_factory=list)
    added_identifiers: list[Values] = field(default_factory=list)
    stays: dict[str, Values] = field(default_factory=dict)
    log: list[Values] = field(default_factory=list)
    new_episodes: dict[str, EpisodeRow] = field(default_factory=dict)
    changed_episodes: dict[str, tuple[int, EpisodeRow]] = field(default_factory=dict)
    tasks: dict[str, TaskRow] = field(default_factory=dict)
    moved_tasks: set[str] = field(default_factory=set)
    outgoing: list[Values] = field(default_factory=list)
    events: dict[tuple[str, str, str], Values] = field(default_factory=dict)
    audit: list[Values] = field(default_factory=list)
    disposed: dict[int, Values] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(_NOTED(self))


_NOTED = attrgetter(*(each.name for each in fields(Noted)))


def episode_change(read_version: int, row: EpisodeRow) -> Values:
    """The row of a changed episode, with the version that must still be there."""
    values = values_of(row)
    return {"id_": values.pop("id"), "read_version_": read_version, **values}
