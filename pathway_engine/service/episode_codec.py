"""Episodes and tasks as stored text, and back; the same state gives the same text."""

from __future__ import annotations

from pydantic import TypeAdapter

from pathway_engine.domain.episode import Episode
from pathway_engine.domain.tasks import Task
from pathway_engine.storage.codec import decode_json, encode_json

_EPISODE = TypeAdapter(Episode)
_TASK = TypeAdapter(Task)


def encode_episode(episode: Episode) -> bytes:
    """Return the canonical text of an episode: equal episodes give equal bytes."""
    return encode_json(episode)


def decode_episode(text: bytes) -> Episode:
    """Read what `encode_episode` wrote."""
    return _EPISODE.validate_python(decode_json(text))


def encode_task(task: Task) -> bytes:
    """Return the canonical text of a task."""
    return encode_json(task)


def decode_task(text: bytes) -> Task:
    """Read what `encode_task` wrote."""
    return _TASK.validate_python(decode_json(text))
