"""The way in over HTTP, joined: keys from a file of the installation's, families by content type."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pathway_engine.channels.families import CONTENT_TYPES, answers_in
from pathway_engine.service.context import Context
from pathway_engine.service.engine import Engine
from pathway_engine.settings import SHORTEST_SECRET, Settings, SettingsError
from pathway_engine.web.messages import MessageDoor

NAME = "PATHWAY_MESSAGE_KEYS"


def message_door(engine: Engine, settings: Settings) -> MessageDoor:
    """The door by the settings; without keys it lets nobody in. Raises SettingsError."""
    context = engine.context
    return MessageDoor(
        receive=engine.receive, sender_of=lambda family, raw: sender_of(context, family, raw),
        families={name: family for name, family in CONTENT_TYPES.items() if family in context.channels},
        keys=read_keys(settings.message_keys) if settings.message_keys else {}, max_bytes=settings.message_max_bytes,
        answers_in=answers_in,
    )  # fmt: skip


def sender_of(context: Context, family: str, raw: bytes) -> str | None:
    """The id of the sender that a message names, however wrong the rest; empty when the directory has none.

    None when the message names nobody. Else another's key could use up the ids of a sender's messages.
    """
    header = context.channels[family].header(raw)
    if not (header.application or header.facility):
        return None
    known = context.directory.sender(header.application, header.facility)
    return known.id if known else ""


def read_keys(file: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each key with whose it is; a line of the file is a sender's id and its key.

    Raises SettingsError, which names the line and never the key.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        raise SettingsError(f"{NAME} is {file}; a text file that can be read would be right.") from None
    keys: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            holder, key = _line(number, line)
            if key in keys:
                raise SettingsError(f"{NAME}, line {number}: the key of another line; a key of its own would be right.")
            keys[key] = holder
    return keys


def _line(number: int, line: str) -> tuple[str, str]:
    words = line.split()
    if len(words) != 2:
        raise SettingsError(f"{NAME}, line {number}: a sender's id, a space and its key would be right.")
    holder, key = words
    if len(key) < SHORTEST_SECRET:
        raise SettingsError(
            f"{NAME}, line {number}: the key has {len(key)} characters; {SHORTEST_SECRET} random ones would be right."
        )
    return holder, hashlib.sha256(key.encode()).hexdigest()
