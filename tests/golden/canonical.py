"""What followed from a log, as text that no later version may write otherwise.

The fields are listed here one by one and on purpose: a field that a later version adds is not a part of what an
older one promised, and one that it drops or renames is missed at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pathway_engine.domain.episode import Anchor, Episode, Outgoing, Recurrence
from pathway_engine.domain.events import Acted
from pathway_engine.domain.tasks import Comment, Note, Place, Task

OSLO = ZoneInfo("Europe/Oslo")
FIELDS: Mapping[type, tuple[str, ...]] = {
    Episode: (
        "pathway", "definition", "ordinal", "phase", "opened_at", "opened_by", "entered_at", "entered_by",
        "finished_at", "stays", "facts", "anchors", "tasks", "recurrences", "held", "outgoing", "history",
    ),
    Task: (
        "key", "pathway", "step", "owner", "cause", "event", "source", "entry", "raised_at", "stay", "place", "status",
        "business_status", "anchor", "anchor_at", "waits_for", "opens_at", "due_at", "capped_by", "deferred_until",
        "ended_at", "performer", "unit", "answers", "comments", "escalated", "overdue_noted", "remaining",
        "missing_facts", "history",
    ),
    Acted: (
        "id", "task", "act", "occurred_at", "recorded_at", "performer", "assignee", "unit", "answers", "until",
        "reason", "comment", "source",
    ),
    Anchor: ("at", "cause"),
    Comment: ("at", "by", "text"),
    Note: ("at", "what", "detail"),
    Outgoing: ("key", "message", "task", "decided_at"),
    Place: ("municipality", "district", "ward"),
    Recurrence: ("step", "cause", "since", "count", "paused_at"),
}  # fmt: skip


def canonical(value: object) -> str:
    """Return *value* as JSON, keys sorted; equal values give equal texts."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: object) -> str:
    """The SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in FIELDS[type(value)]}
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return {"date": value.isoformat()}
        case timedelta():
            return {"seconds": value.total_seconds()}
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value


def summary(episodes: Iterable[Episode]) -> list[str]:
    """What followed, to be read: a line an episode and a line a task, each with the start of its own digest."""
    return [line for episode in episodes for line in (_episode_line(episode), *_task_lines(episode))]


def _episode_line(episode: Episode) -> str:
    rest = {name: getattr(episode, name) for name in FIELDS[Episode] if name != "tasks"}
    until = f", finished {_wall(episode.finished_at)}" if episode.finished_at else ""
    return (
        f"{episode.pathway} {episode.ordinal}: {episode.phase} since {_wall(episode.entered_at)}, "
        f"opened {_wall(episode.opened_at)}{until} #{digest(rest)[:8]}"
    )


def _task_lines(episode: Episode) -> list[str]:
    """A line for each kind of task and end of it; what comes daily would else be hundreds."""
    kinds: dict[str, list[Task]] = {}
    for task in sorted(episode.tasks.values(), key=lambda task: (task.raised_at, task.key)):
        why = f" {task.business_status}" if task.business_status else ""
        kinds.setdefault(f"{task.step} {task.status}{why}", []).append(task)
    return [f"  {kind}{_task_text(tasks)} #{digest(tasks)[:8]}" for kind, tasks in kinds.items()]


def _task_text(tasks: list[Task]) -> str:
    first, last = tasks[0], tasks[-1]
    if len(tasks) > 1:
        return f" {len(tasks)} times, due {_wall(first.due_at)} to {_wall(last.due_at)}, for {first.cause} and others"
    due = f"due {_wall(first.due_at)}" if first.due_at else f"waits for {first.waits_for or 'nothing'}"
    return f", {due}, for {first.cause}"


def _wall(at: datetime | None) -> str:
    return "never" if at is None else f"{at.astimezone(OSLO):%Y-%m-%d %H:%M}"
