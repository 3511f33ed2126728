"""Episodes and tasks as stored text, and back; the same state gives the same text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec

from pathway_engine.domain.episode import Episode, Outgoing
from pathway_engine.domain.events import Acted, FactValue
from pathway_engine.domain.tasks import Task
from pathway_engine.storage.codec import DateRecord, FactRecord

Record = TypeVar("Record")
FACTS = dict[str, FactRecord]


class _Written(Generic[Record]):
    """How a domain record is written: field by field, without what is as usual, a date among facts marked.

    *types* names the fields whose written type is another than the record's own.
    """

    def __init__(self, kind: type[Record], types: Mapping[str, Any]) -> None:
        self._kind = kind
        self._names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
        self._values = attrgetter(*self._names)
        hints = get_type_hints(kind)
        told = [
            _field(field, types.get(field.name, hints[field.name]))
            for field in fields(kind)  # type: ignore[arg-type]
        ]
        self.struct = msgspec.defstruct(f"{kind.__name__}Record", told, omit_defaults=True)

    def written(self, record: Record, **changed: Any) -> Any:
        """The record to be encoded, with *changed* in place of its own fields."""
        struct = self.struct(*self._values(record))
        for name, value in changed.items():
            setattr(struct, name, value)
        return struct

    def read(self, struct: Any, **changed: Any) -> Record:
        """The domain record, with *changed* in place of what was written."""
        return self._kind(**{**dict(zip(self._names, self._values(struct), strict=True)), **changed})


def _field(field: Any, kind: Any) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.default_factory is not MISSING:
        return field.name, kind, msgspec.field(default_factory=field.default_factory)
    return (field.name, kind) if field.default is MISSING else (field.name, kind, field.default)


_ACTED = _Written(Acted, {"answers": FACTS})
_TASK = _Written(Task, {"answers": FACTS})
_OUTGOING = _Written(Outgoing, {"content": FACTS})
_EPISODE = _Written(
    Episode,
    {"facts": FACTS, "tasks": dict[str, _TASK.struct], "held": tuple[_ACTED.struct, ...],  # type: ignore[name-defined]
     "outgoing": tuple[_OUTGOING.struct, ...]},  # type: ignore[name-defined]
)  # fmt: skip
_ENCODER = msgspec.json.Encoder(order="deterministic")
_EPISODES = msgspec.json.Decoder(_EPISODE.struct)
_TASKS = msgspec.json.Decoder(_TASK.struct)
_LAST: list[tuple[bytes, Episode | None]] = [(b"", None)]
"""What was written last: whoever changes an episode shows it next, from the very bytes that it became."""


def encode_episode(episode: Episode) -> bytes:
    """Return the canonical text of an episode: equal episodes give equal bytes."""
    text = _ENCODER.encode(
        _EPISODE.written(
            episode,
            facts=_marked(episode.facts),
            tasks={key: _task_written(task) for key, task in episode.tasks.items()},
            held=tuple(_ACTED.written(act, answers=_marked(act.answers)) for act in episode.held),
            outgoing=tuple(_OUTGOING.written(each, content=_marked(each.content)) for each in episode.outgoing),
        )
    )
    _LAST[0] = text, episode
    return text


def decode_episode(text: bytes) -> Episode:
    """Read what `encode_episode` wrote."""
    written, episode = _LAST[0]
    if text is written and episode is not None:
        return episode
    struct: Any = _EPISODES.decode(text)
    return _EPISODE.read(
        struct,
        facts=_unmarked(struct.facts),
        tasks={key: _task_read(task) for key, task in struct.tasks.items()},
        held=tuple(_ACTED.read(act, answers=_unmarked(act.answers)) for act in struct.held),
        outgoing=tuple(_OUTGOING.read(each, content=_unmarked(each.content)) for each in struct.outgoing),
    )


def encode_task(task: Task) -> bytes:
    """Return the canonical text of a task."""
    return _ENCODER.encode(_task_written(task))


def decode_task(text: bytes) -> Task:
    """Read what `encode_task` wrote."""
    return _task_read(_TASKS.decode(text))


def task_from(values: Mapping[str, Any]) -> Task:
    """Return the task of those fields, instants and days as such: what an outbox row keeps."""
    struct = msgspec.convert({**values, "answers": {}}, _TASK.struct)
    return _TASK.read(struct, answers=values.get("answers", {}))


def _task_written(task: Task) -> Any:
    return _TASK.written(task, answers=_marked(task.answers)) if task.answers else _TASK.written(task)


def _task_read(struct: Any) -> Task:
    return _TASK.read(struct, answers=_unmarked(struct.answers)) if struct.answers else _TASK.read(struct)


def _marked(facts: Mapping[str, FactValue]) -> Mapping[str, FactRecord]:
    return {name: DateRecord(value) if isinstance(value, date) else value for name, value in facts.items()}


def _unmarked(facts: Mapping[str, FactRecord]) -> Mapping[str, FactValue]:
    return {name: value.day if isinstance(value, DateRecord) else value for name, value in facts.items()}
