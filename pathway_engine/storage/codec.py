"""Log entries and plain values as JSON, in which a date comes back as a date."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, assert_never

import msgspec

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Act, Acted, Entry, FactValue, Happened, Voided
from pathway_engine.storage.errors import IncompatibleLog

LOG_FORMAT = 2
"""What an entry may hold. Raised with every new kind or field, together with a migration that says the same
number, so that a program that does not know them meets a database whose schema it does not know either."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class DateRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A date among facts: ``{"$date": "2026-11-17"}``."""

    day: date = msgspec.field(name="$date")


FactRecord = str | int | float | bool | DateRecord


class HappenedRecord(msgspec.Struct, tag="happened", tag_field="kind", omit_defaults=True, forbid_unknown_fields=True):
    """`Happened` as it is written."""

    id: str
    name: str
    cause: str
    occurred_at: Instant
    recorded_at: Instant
    stay: str | None = None
    facts: dict[str, FactRecord] = {}
    source: str = ""


class VoidedRecord(msgspec.Struct, tag="voided", tag_field="kind", omit_defaults=True, forbid_unknown_fields=True):
    """`Voided` as it is written."""

    id: str
    cause: str
    recorded_at: Instant
    stay: str | None = None
    source: str = ""


class ActedRecord(msgspec.Struct, tag="acted", tag_field="kind", omit_defaults=True, forbid_unknown_fields=True):
    """`Acted` as it is written."""

    id: str
    task: str
    act: Act
    occurred_at: Instant
    recorded_at: Instant
    performer: str
    assignee: str | None = None
    unit: str | None = None
    answers: dict[str, FactRecord] = {}
    until: Instant | None = None
    reason: str = ""
    comment: str = ""
    source: str = ""


KINDS: Mapping[str, type[msgspec.Struct]] = {
    "acted": ActedRecord, "happened": HappenedRecord, "voided": VoidedRecord,
}  # fmt: skip

_ENCODER = msgspec.json.Encoder()
_ENTRIES = msgspec.json.Decoder(HappenedRecord | VoidedRecord | ActedRecord)
_FACTS = msgspec.json.Decoder(dict[str, FactRecord])


def encode_entry(entry: Entry) -> bytes:
    """Return *entry* as JSON, tagged by its kind; the same entry gives the same bytes.

    Raises StorageError for a naive instant and for a number that JSON does not have.
    """
    match entry:
        case Happened():
            return _ENCODER.encode(_happened_record(entry))
        case Voided():
            return _ENCODER.encode(_voided_record(entry))
        case Acted():
            return _ENCODER.encode(_acted_record(entry))
        case _:
            assert_never(entry)


def decode_entry(text: bytes | str, number: int | None = None) -> Entry:
    """Read what `encode_entry` wrote; *number* is the entry's in the log, to be named if it cannot be read.

    Raises IncompatibleLog for anything that this program does not know: nothing is left out silently.
    """
    try:
        record = _ENTRIES.decode(text)
    except msgspec.MsgspecError:
        raise IncompatibleLog(_unreadable(text, number)) from None  # msgspec's own words may quote a value
    match record:
        case HappenedRecord():
            return _happened(record)
        case VoidedRecord():
            return _voided(record)
        case ActedRecord():
            return _acted(record)
        case _:
            assert_never(record)


def _unreadable(text: bytes | str, number: int | None) -> str:
    entry = "A log entry" if number is None else f"Log entry {number}"
    return f"{entry} cannot be read: {_foreign_part(text)}. Use the program that wrote it, or a newer one."


def _foreign_part(text: bytes | str) -> str:
    """What this program does not know of an entry, by names of kinds and fields, never by values."""
    try:
        told = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        return "found no JSON object; would be right: an entry as this program writes it"
    kind = told.pop("kind", None)
    if kind not in KINDS:
        return f"found the kind {_code(kind)}; would be right: {', '.join(KINDS)}"
    known = KINDS[kind].__struct_encode_fields__
    foreign = sorted(_code(name) for name in told if name not in known)
    if foreign:
        return f"found the field {', '.join(foreign[:5])} in the kind {kind}; would be right: {', '.join(known)}"
    return f"found a field of the kind {kind} that is missing or not of its type"


def _code(name: object) -> str:
    """A name as it may be shown: a code of a program, not something that somebody wrote."""
    return repr(name) if isinstance(name, str) and name.isidentifier() and len(name) <= 40 else "of no name"


def encode_facts(facts: Mapping[str, FactValue]) -> bytes:
    """Return facts or answers as a JSON object, names sorted."""
    return _ENCODER.encode(_fact_records(facts))


def decode_facts(text: bytes | str) -> dict[str, FactValue]:
    """Read what `encode_facts` wrote."""
    return _facts(_FACTS.decode(text))


def encode_json(value: object) -> bytes:
    """Return a value of dicts, lists, records and scalars as JSON, keys sorted.

    A date becomes ``{"$date": ...}`` and an aware datetime ``{"$instant": ...}``.
    """
    return msgspec.json.encode(_marked(msgspec.to_builtins(value, builtin_types=(date, datetime, bytes))))


def decode_json(text: bytes | str) -> Any:
    """Read what `encode_json` wrote: dicts, lists, scalars, dates and instants in UTC."""
    return _unmarked(msgspec.json.decode(text))


def _marked(value: Any) -> Any:
    match value:
        case datetime():
            return {"$instant": _in_utc(value)}
        case date():
            return {"$date": value}
        case dict():
            return {key: _marked(value[key]) for key in sorted(value)}
        case list() | tuple() | set() | frozenset():
            return [_marked(item) for item in value]
        case _:
            return value


def _unmarked(value: Any) -> Any:
    match value:
        case {"$date": str(day)} if len(value) == 1:
            return date.fromisoformat(day)
        case {"$instant": str(instant)} if len(value) == 1:
            return datetime.fromisoformat(instant).astimezone(UTC)
        case dict():
            return {key: _unmarked(item) for key, item in value.items()}
        case list():
            return [_unmarked(item) for item in value]
        case _:
            return value


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise StorageError("An instant without time zone was given to the log; one in UTC is needed.")
    return instant.astimezone(UTC)


def _fact_records(facts: Mapping[str, FactValue]) -> dict[str, FactRecord]:
    return {name: _fact_record(facts[name]) for name in sorted(facts)}


def _fact_record(value: FactValue) -> FactRecord:
    if isinstance(value, datetime):
        raise StorageError("A fact is an instant; a date is needed.")
    if isinstance(value, date):
        return DateRecord(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise StorageError("A fact is not a finite number.")
    return value


def _facts(records: Mapping[str, FactRecord]) -> dict[str, FactValue]:
    return {name: value.day if isinstance(value, DateRecord) else value for name, value in records.items()}


def _happened_record(entry: Happened) -> HappenedRecord:
    return HappenedRecord(
        id=entry.id,
        name=entry.name,
        cause=entry.cause,
        occurred_at=_in_utc(entry.occurred_at),
        recorded_at=_in_utc(entry.recorded_at),
        stay=entry.stay,
        facts=_fact_records(entry.facts),
        source=entry.source,
    )


def _happened(record: HappenedRecord) -> Happened:
    return Happened(
        id=record.id,
        name=record.name,
        cause=record.cause,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        stay=record.stay,
        facts=_facts(record.facts),
        source=record.source,
    )


def _voided_record(entry: Voided) -> VoidedRecord:
    return VoidedRecord(
        id=entry.id,
        cause=entry.cause,
        recorded_at=_in_utc(entry.recorded_at),
        stay=entry.stay,
        source=entry.source,
    )


def _voided(record: VoidedRecord) -> Voided:
    return Voided(
        id=record.id,
        cause=record.cause,
        recorded_at=record.recorded_at,
        stay=record.stay,
        source=record.source,
    )


def _acted_record(entry: Acted) -> ActedRecord:
    return ActedRecord(
        id=entry.id,
        task=entry.task,
        act=entry.act,
        occurred_at=_in_utc(entry.occurred_at),
        recorded_at=_in_utc(entry.recorded_at),
        performer=entry.performer,
        assignee=entry.assignee,
        unit=entry.unit,
        answers=_fact_records(entry.answers),
        until=None if entry.until is None else _in_utc(entry.until),
        reason=entry.reason,
        comment=entry.comment,
        source=entry.source,
    )


def _acted(record: ActedRecord) -> Acted:
    return Acted(
        id=record.id,
        task=record.task,
        act=record.act,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        performer=record.performer,
        assignee=record.assignee,
        unit=record.unit,
        answers=_facts(record.answers),
        until=record.until,
        reason=record.reason,
        comment=record.comment,
        source=record.source,
    )
