"""A resource that a client wrote, as a message: one line about the writing, then the bytes exactly as they came.

What a reading needs and the resource does not say is on the line: who wrote, when, whom its references lead to,
and what the engine knew of the stay. So a reading stays a function of the stored bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pathway_engine.domain.errors import UnreadableMessage
from pathway_engine.domain.events import Identifier

FHIR = "fhir"


@dataclass(frozen=True, slots=True)
class Standing:
    """An event of the stay that counts: its name, its cause, and when it happened, in UTC."""

    name: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """What the engine knew when the client wrote: what stands of the stay, in time order, and its facts as texts."""

    standing: tuple[Standing, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def last(self, *names: str) -> Standing | None:
        """Return the last that stands of the events *names*."""
        return next((each for each in reversed(self.standing) if each.name in names), None)

    def stands(self, name: str, *against: str) -> Standing | None:
        """Return the last event *name* unless one of *against* came after it."""
        last = self.last(name, *against)
        return last if last is not None and last.name == name else None


NOTHING = Before()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The line. `id` is the address that was written to, empty of a create; `stay` the stay that it is of.

    `patient` is whom the address, or the reference in the resource, leads to, best identifier first. `at` is when it
    was written, `recorded_at` when what it tells counts as written down: never before what the client went on from,
    however wrong the clock of whoever told that.
    """

    sender: str
    client: str
    method: str
    type: str
    id: str
    message_id: str
    at: datetime
    recorded_at: datetime
    patient: tuple[Identifier, ...] = ()
    stay: str = ""
    before: Before = NOTHING

    @property
    def source(self) -> str:
        """How entries of the message are known."""
        return f"{FHIR}:{self.sender}/{self.message_id}"


def enveloped(envelope: Envelope, body: bytes) -> bytes:
    """Return the message."""
    before = envelope.before
    line = {
        "sender": envelope.sender, "client": envelope.client, "method": envelope.method, "type": envelope.type,
        "id": envelope.id, "message_id": envelope.message_id, "at": envelope.at.isoformat(),
        "recorded_at": envelope.recorded_at.isoformat(),
        "patient": [[each.system, each.value] for each in envelope.patient], "stay": envelope.stay,
        "before": {
            "standing": [[each.name, each.cause, each.at.isoformat()] for each in before.standing],
            "facts": dict(before.facts),
        },
    }  # fmt: skip
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + body


def opened(raw: bytes) -> tuple[Envelope, bytes]:
    """Return the envelope and the bytes as they came. Raises UnreadableMessage."""
    line, _, body = raw.partition(b"\n")
    try:
        return _envelope(json.loads(line)), body
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnreadableMessage("The message is not one that was written over FHIR.") from None


def _envelope(told: Any) -> Envelope:
    texts = {name: str(told[name]) for name in ("sender", "client", "method", "type", "id", "message_id", "stay")}
    patient = tuple(Identifier(system=str(system), value=str(value)) for system, value in told["patient"])
    at, recorded_at = _instant(told["at"]), _instant(told["recorded_at"])
    return Envelope(**texts, at=at, recorded_at=recorded_at, patient=patient, before=_before(told["before"]))


def _before(told: Any) -> Before:
    standing = tuple(Standing(str(name), str(cause), _instant(at)) for name, cause, at in told["standing"])
    return Before(standing, {str(name): str(value) for name, value in told["facts"].items()})


def _instant(told: str) -> datetime:
    moment = datetime.fromisoformat(told)
    if moment.tzinfo is None:
        raise ValueError("not an instant")
    return moment.astimezone(UTC)
