"""What the outbox keeps of a decision: the task that decided, or a record of the event that did, and the content.

The text is the task's own with `decided` beside it, so that whoever asks only for the task finds it as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from pathway_engine.domain.episode import Episode, Outgoing
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.message_slots import KINDS
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.service.episode_codec import task_from
from pathway_engine.storage.codec import decode_json, encode_json

NEW, CHANGE, CANCEL = "N", "M", "C"
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Decided:
    """What goes out: `status` of 7309, and the ids of the chain's first and last message where it follows one."""

    task: Task
    content: Mapping[str, FactValue] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)
    status: str = NEW
    first: str = ""
    parent: str = ""

    def says_the_same_as(self, other: Decided) -> bool:
        """Whether a receiver would read the same in both."""
        return (dict(self.content), dict(self.times)) == (dict(other.content), dict(other.times))


def decided(episode: Episode, outgoing: Outgoing, owners: Mapping[str, str]) -> Decided:
    """Return what *outgoing* is of *episode*; *owners* are the roles of the messages that no task sends."""
    task = episode.tasks[outgoing.task] if outgoing.task else _unasked(episode, outgoing, owners)
    return Decided(task, outgoing.content, outgoing.times)


def _unasked(episode: Episode, outgoing: Outgoing, owners: Mapping[str, str]) -> Task:
    """The task that nobody was asked to do: it says which rule sent the message, and for which event."""
    return Task(
        key=outgoing.key, pathway=episode.pathway, step=outgoing.rule, owner=owners.get(outgoing.rule, ""),
        cause=outgoing.cause, event=outgoing.event, source=outgoing.source, stay=outgoing.stay,
        entry=episode.entered_by, raised_at=outgoing.decided_at, ended_at=outgoing.decided_at,
        status=TaskStatus.COMPLETED, place=episode.place,
    )  # fmt: skip


def encode_decided(told: Decided) -> bytes:
    """Return the canonical text; nothing is added where nothing but the task is known."""
    values = msgspec.to_builtins(told.task, builtin_types=(datetime,))
    values["answers"] = dict(told.task.answers)
    if told.content or told.times or told.status != NEW:
        values["decided"] = {
            "content": dict(told.content), "times": dict(told.times), "status": told.status, "first": told.first,
            "parent": told.parent,
        }  # fmt: skip
    return encode_json(values)


def decode_decided(body: bytes, message: str) -> Decided:
    """Read it back; where no content was declared, it is the answers that are called as the message's slots."""
    values = decode_json(body)
    found = values.pop("decided", NOTHING)
    task = task_from(values)
    content, kind = found.get("content", NOTHING), KINDS.get(message)
    if not content and kind is not None:
        content = {name: value for name, value in task.answers.items() if name in kind.slots}
    return Decided(
        task, content, found.get("times", NOTHING), found.get("status", NEW),
        found.get("first", ""), found.get("parent", ""),
    )  # fmt: skip
