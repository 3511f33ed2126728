"""A Subscription as programs write it: R4 with the extensions of the Subscriptions R5 Backport (hl7.org)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.fhir.outcome import FhirRefusal, Issue, Json
from adapters.fhir.systems import OURS
from pathway_engine.domain.subscriptions import FILTERS, Filter, Standing, Topic

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
PROFILE = f"{BACKPORT}/backport-subscription"
FILTER = f"{BACKPORT}/backport-filter-criteria"
CONTENT = f"{BACKPORT}/backport-payload-content"
HEARTBEAT = f"{BACKPORT}/backport-heartbeat-period"
TIMEOUT = f"{BACKPORT}/backport-timeout"
MOST_EVENTS = f"{BACKPORT}/backport-max-count"
JSON = "application/fhir+json"
CHANNEL, FILTERS_AT = "Subscription.channel", "Subscription.criteria.extension"
TOPICS: Mapping[str, Topic] = {f"{OURS}/SubscriptionTopic/{topic}": topic for topic in Topic}
"""What may be followed, by canonical."""
CONTENTS = ("id-only", "empty")
SHORTEST_HEARTBEAT, LONGEST_HEARTBEAT = 10, 7 * 24 * 3600
LONGEST_TIMEOUT = 30
MOST_HEADERS, LONGEST_HEADER, LONGEST_REASON, MOST_FILTERS = 10, 4000, 1000, 20
HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")
NOT_YOURS = frozenset({
    "connection", "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that belong to the connection, or say what is sent: they are ours."""
NUMBER = re.compile(r"\d{11}")
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
TASK_STATUS = (
    "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold", "failed",
    "completed", "entered-in-error",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a Subscription asks for; see the service's record of the same fields. `headers` are secrets."""

    topic: Topic
    filters: tuple[Filter, ...]
    endpoint: str
    headers: tuple[tuple[str, str], ...]
    content: str
    heartbeat_seconds: int | None
    timeout_seconds: int | None
    most_events: int | None
    purpose: str
    ends_at: datetime | None
    status: str


def canonical(topic: str) -> str:
    """Return the canonical of a topic."""
    return f"{OURS}/SubscriptionTopic/{topic}"


def read_subscription(told: Json) -> Asked:
    """Read a Subscription that is valid R4. Raises FhirRefusal (422) that says what would be right."""
    channel = _table(told.get("channel"), CHANNEL)
    if channel.get("type") != "rest-hook":
        raise _wrong("Only rest-hook is offered.", f"{CHANNEL}.type", "not-supported")
    topic = _topic(told)
    return Asked(
        topic=topic, filters=_filters(told, topic), endpoint=_text(channel, "endpoint", f"{CHANNEL}.endpoint"),
        headers=tuple(_headers(channel)), content=_content(channel), purpose=_purpose(told),
        heartbeat_seconds=_number(channel, HEARTBEAT, "valueUnsignedInt", SHORTEST_HEARTBEAT, LONGEST_HEARTBEAT),
        timeout_seconds=_number(channel, TIMEOUT, "valueUnsignedInt", 1, LONGEST_TIMEOUT),
        most_events=_number(channel, MOST_EVENTS, "valuePositiveInt", 1, 1_000_000), ends_at=_end(told),
        status=_status(told),
    )  # fmt: skip


# -- elements


def _wrong(text: str, expression: str, code: str = "value") -> FhirRefusal:
    return FhirRefusal(422, Issue(code, text, expression))


def _table(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong("It is missing, or is no object.", path, "required")
    return value


def _text(table: Mapping[str, Any], name: str, path: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong("It is missing, or is no text.", path, "required")
    return value


def _extensions(element: Any, url: str) -> Iterator[dict[str, Any]]:
    found = element.get("extension") if isinstance(element, dict) else None
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and each.get("url") == url:
            yield each


def _status(told: Mapping[str, Any]) -> str:
    status = told.get("status")
    if status not in tuple(Standing):
        raise _wrong("requested (anew) or off would be right.", "Subscription.status", "required")
    return str(status)


def _topic(told: Mapping[str, Any]) -> Topic:
    criteria = _text(told, "criteria", "Subscription.criteria")
    if criteria not in TOPICS:
        offered = ", ".join(TOPICS)
        raise _wrong(f"A topic of ours would be right: {offered}.", "Subscription.criteria", "not-supported")
    return TOPICS[criteria]


def _purpose(told: Mapping[str, Any]) -> str:
    reason = _text(told, "reason", "Subscription.reason")
    if len(reason) > LONGEST_REASON or NUMBER.search(reason):
        raise _wrong(f"At most {LONGEST_REASON} characters and no identity number.", "Subscription.reason")
    return reason


def _end(told: Mapping[str, Any]) -> datetime | None:
    end = told.get("end")
    if end is None:
        return None
    try:
        at = datetime.fromisoformat(end)
        if at.tzinfo is None or "T" not in end:
            raise ValueError
    except (TypeError, ValueError):
        raise _wrong(
            "An instant with an offset, as 2026-12-31T12:00:00Z, would be right.", "Subscription.end"
        ) from None
    return at


# -- filters


def _filters(told: Mapping[str, Any], topic: Topic) -> tuple[Filter, ...]:
    texts = [each.get("valueString") for each in _extensions(told.get("_criteria"), FILTER)]
    if len(texts) > MOST_FILTERS:
        raise _wrong(f"At most {MOST_FILTERS} filters are taken.", FILTERS_AT)
    return tuple(found for text in texts for found in _filter(text, topic))


def _filter(text: Any, topic: Topic) -> Iterator[Filter]:
    """``Task?owner=Organization/east&status=ready,in-progress``; the type before ``?`` may be missing."""
    offered = ", ".join(FILTERS[topic])
    query = text.rpartition("?")[2] if isinstance(text, str) else ""
    for part in query.split("&"):
        name, _, values = part.partition("=")
        if name not in FILTERS[topic] or not values:
            raise _wrong(f"{topic} is filtered by {offered}, as patient=Patient/[id].", FILTERS_AT)
        yield name, tuple(READERS[name](value) for value in values.split(","))


def _reference(value: str, types: Sequence[str]) -> str:
    type, _, id = value.rpartition("/")
    if (type or types[0]) not in types or not ID.fullmatch(id) or re.fullmatch(r"\d{11}", id):
        raise _wrong(f"{types[0]}/[id] would be right.", FILTERS_AT)
    return f"{type or types[0]}/{id}"


def _patient(value: str) -> str:
    return _reference(value, ("Patient",)).partition("/")[2]


def _owner(value: str) -> str:
    return _reference(value, ("Organization", "Practitioner"))


def _code(value: str) -> str:
    code = value.rpartition("|")[2]
    if not code or NUMBER.search(code):
        raise _wrong("A code, or system|code, would be right.", FILTERS_AT)
    return code


def _task_status(value: str) -> str:
    if value not in TASK_STATUS:
        raise _wrong(f"One of {', '.join(TASK_STATUS)} would be right.", FILTERS_AT)
    return value


READERS = {"patient": _patient, "owner": _owner, "code": _code, "status": _task_status}


# -- the channel


def _content(channel: Mapping[str, Any]) -> str:
    if channel.get("payload", JSON) != JSON:
        raise _wrong(f"{JSON} would be right.", f"{CHANNEL}.payload", "not-supported")
    found = [each.get("valueCode") for each in _extensions(channel.get("_payload"), CONTENT)] or [CONTENTS[0]]
    if found[0] not in CONTENTS:
        raise _wrong(
            "id-only or empty would be right: what a notification is about is read over the interface, by who may.",
            f"{CHANNEL}.payload.extension", "not-supported",
        )  # fmt: skip
    return str(found[0])


def _number(channel: Mapping[str, Any], url: str, name: str, least: int, most: int) -> int | None:
    found = [each.get(name) for each in _extensions(channel, url)]
    if not found:
        return None
    value = found[0]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        what = url.rpartition("/")[2]
        raise _wrong(f"{what}: {name} from {least} to {most} would be right.", f"{CHANNEL}.extension")
    return value


def _headers(channel: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    lines = channel.get("header", [])
    if not isinstance(lines, list) or len(lines) > MOST_HEADERS:
        raise _wrong(f"A list of at most {MOST_HEADERS} lines would be right.", f"{CHANNEL}.header")
    for line in lines:
        found = HEADER.fullmatch(line) if isinstance(line, str) and len(line) <= LONGEST_HEADER else None
        if found is None or found[1].lower() in NOT_YOURS:
            raise _wrong(
                "A line as 'Authorization: Bearer ...' would be right; headers of the connection and of the content "
                "are ours.", f"{CHANNEL}.header",
            )  # fmt: skip
        yield found[1], found[2]
