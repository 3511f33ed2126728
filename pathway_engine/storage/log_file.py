"""A patient's log as a file: every entry, and the definition versions that the episodes keep to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from pathway_engine.domain.events import Entry
from pathway_engine.storage.codec import LOG_FORMAT, decode_entry, encode_entry
from pathway_engine.storage.errors import IncompatibleLog

FORMAT = f"pathway-log/{LOG_FORMAT}"
READABLE = frozenset(f"pathway-log/{number}" for number in range(1, LOG_FORMAT + 1))
"""Each format has all that the earlier ones had."""

Definition = Mapping[str, str]
"""A pathway's files: texts by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A log without a name or an identity number; what people wrote in it stands as it was written.

    `program` is the version that wrote it. `episodes` are definition hashes by pathway, one for each episode,
    the first episode first. `definitions` are the files of those that whoever reads it may not have.
    """

    program: str
    patient: str
    episodes: Mapping[str, Sequence[str]]
    entries: Sequence[Entry]
    definitions: Mapping[str, Definition]


class _Record(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    format: str
    program: str
    patient: str
    episodes: dict[str, list[str]]
    definitions: dict[str, dict[str, str]] = {}
    entries: list[msgspec.Raw]


def write_log_file(file: LogFile) -> bytes:
    """Return the file as JSON, one entry a line."""
    head = {
        "format": FORMAT, "program": file.program, "patient": file.patient, "episodes": file.episodes,
        "definitions": file.definitions,
    }  # fmt: skip
    entries = b",\n".join(encode_entry(entry) for entry in file.entries)
    return msgspec.json.encode(head)[:-1] + b',"entries":[\n' + entries + b"\n]}\n"


def read_log_file(text: bytes) -> LogFile:
    """Read what `write_log_file` wrote. Raises IncompatibleLog when it is of another format, or nothing of the kind."""
    _require_format(text)
    try:
        record = msgspec.json.decode(text, type=_Record)
    except msgspec.MsgspecError:
        names = ", ".join(_Record.__struct_encode_fields__)
        raise IncompatibleLog(f"The file is not a log as {FORMAT} has it; would be right: {names}.") from None
    return LogFile(
        program=record.program, patient=record.patient, episodes=record.episodes, definitions=record.definitions,
        entries=tuple(decode_entry(bytes(entry), number) for number, entry in enumerate(record.entries, 1)),
    )  # fmt: skip


def _require_format(text: bytes) -> None:
    try:
        told = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        found = msgspec.json.decode(told.get("format", b"null"))
    except msgspec.MsgspecError:
        found = None
    if found not in READABLE:
        raise IncompatibleLog(
            f"The file's format is {_shown(found)}; this program reads {FORMAT}. Use the program that wrote it, "
            "or a newer one."
        )


def _shown(found: object) -> str:
    return found if isinstance(found, str) and found.startswith("pathway-log/") and len(found) < 20 else "another"
