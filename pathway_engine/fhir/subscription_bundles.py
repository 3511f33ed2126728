"""Subscriptions, their status and their notifications as R4 with the Subscriptions R5 Backport has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from adapters.fhir.outcome import Json
from adapters.fhir.subscriptions import (
    BACKPORT,
    CONTENT,
    FILTER,
    HEARTBEAT,
    JSON,
    MOST_EVENTS,
    PROFILE,
    TIMEOUT,
    canonical,
)
from pathway_engine.domain.subscriptions import Topic
from pathway_engine.fhir.exchange import instant, with_meta
from pathway_engine.service.subscriptions.asking import KEPT_HEADER
from pathway_engine.service.subscriptions.outward import Notification, Told
from pathway_engine.storage.subscription_rows import SubscriptionRow

STATUS_PROFILE = f"{BACKPORT}/backport-subscription-status-r4"
NOTIFICATION_PROFILE = f"{BACKPORT}/backport-subscription-notification-r4"
ERROR_WORDS: Mapping[str, str] = {
    "gone": "the endpoint answered 410 Gone", "ended": "its end was reached", "given-up": "in error for thirty days",
}  # fmt: skip
OUTCOMES = {"POST": "201", "PUT": "200", "DELETE": "204"}
"""What a request of that method leads to."""


# -- the subscription itself


def subscription(row: SubscriptionRow) -> Json:
    """A row as a resource; of headers only the names."""
    filters = [{"url": FILTER, "valueString": text} for text in _filters(row)]
    told: Json = {
        "resourceType": "Subscription", "id": row.id, "status": row.status, "reason": row.purpose,
        "criteria": canonical(row.topic), "channel": _channel(row),
    }  # fmt: skip
    if filters:
        told["_criteria"] = {"extension": filters}
    if row.ends_at is not None:
        told["end"] = instant(row.ends_at)
    if row.error:
        told["error"] = ERROR_WORDS.get(row.error, row.error)
    return with_meta(told, f"{row.version}", row.updated_at, PROFILE)


def _channel(row: SubscriptionRow) -> Json:
    numbers = (
        (HEARTBEAT, "valueUnsignedInt", row.heartbeat_seconds), (TIMEOUT, "valueUnsignedInt", row.timeout_seconds),
        (MOST_EVENTS, "valuePositiveInt", row.most_events),
    )  # fmt: skip
    extensions = [{"url": url, name: value} for url, name, value in numbers if value is not None]
    told: Json = {
        "type": "rest-hook", "endpoint": row.endpoint, "payload": JSON,
        "_payload": {"extension": [{"url": CONTENT, "valueCode": row.content}]},
    }  # fmt: skip
    if extensions:
        told["extension"] = extensions
    if row.headers:
        told["header"] = [f"{name}: {KEPT_HEADER}" for name, _ in row.headers]
    return told


def _filters(row: SubscriptionRow) -> Iterator[str]:
    type = {Topic.TASK_CHANGED: "Task", Topic.PHASE_CHANGED: "CarePlan"}.get(Topic(row.topic), "Encounter")
    for name, values in row.filters:
        shown = [f"Patient/{value}" if name == "patient" else value for value in values]
        yield f"{type}?{name}={','.join(shown)}"


# -- status


def status(
    row: SubscriptionRow, kind: str, base: str, events: Iterable[Json] = (), *, names_topic: bool = True
) -> Json:
    """The status of a subscription as Parameters, with the events of a notification."""
    topic: list[Json] = [{"name": "topic", "valueCanonical": canonical(row.topic)}] if names_topic else []
    parameters: list[Json] = [
        {"name": "subscription", "valueReference": {"reference": f"{base}/Subscription/{row.id}"}},
        *topic,
        {"name": "status", "valueCode": row.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": f"{row.last_number}"},
        *events,
    ]
    if row.error:
        parameters.append({"name": "error", "valueCodeableConcept": {"text": ERROR_WORDS.get(row.error, row.error)}})
    return {"resourceType": "Parameters", "meta": {"profile": [STATUS_PROFILE]}, "parameter": parameters}


def statuses(rows: Iterable[SubscriptionRow], base: str, now: datetime) -> Json:
    """The answer to ``$status``: a searchset of one status each."""
    entries = [
        {"fullUrl": _urn(f"{base}/{row.id}/status"), "resource": status(row, "query-status", base),
         "search": {"mode": "match"}}
        for row in rows
    ]  # fmt: skip
    found: Json = {"resourceType": "Bundle", "type": "searchset", "timestamp": instant(now), "total": len(entries)}
    return {**found, "entry": entries} if entries else found


# -- notifications


def notification(told: Notification, base: str) -> Json:
    """A notification as it goes out."""
    return history(told.subscription, told.kind, told.events, base, told.at, told.id, told.subscription.content)


def history(
    row: SubscriptionRow, kind: str, events: Iterable[Told], base: str, at: datetime, id: str, content: str
) -> Json:
    """The Bundle of a notification, or of the answer to ``$events``: the status first, then what the events name."""
    events = tuple(events)
    names = content == "id-only"
    parts = [_event(row, each, base, names=names) for each in events]
    first = {
        "fullUrl": _urn(f"{base}/{id}/status"), "resource": status(row, kind, base, parts, names_topic=names),
        "request": {"method": "GET", "url": f"Subscription/{row.id}/$status"}, "response": {"status": "200"},
    }  # fmt: skip
    entries = [_entry(each, base) for each in _latest(events)] if names else []
    return {
        "resourceType": "Bundle", "id": id, "meta": {"profile": [NOTIFICATION_PROFILE]}, "type": "history",
        "timestamp": instant(at), "entry": [first, *entries],
    }  # fmt: skip


def _event(row: SubscriptionRow, each: Told, base: str, *, names: bool) -> Json:
    event = each.event
    parts: list[Json] = [
        {"name": "event-number", "valueString": f"{each.number}"},
        {"name": "timestamp", "valueInstant": instant(event.at)},
    ]
    if names and not each.is_withheld:
        parts.append({"name": "focus", "valueReference": {"reference": f"{base}/{event.type}/{event.focus}"}})
        if event.type != "CarePlan":
            context = {"reference": f"{base}/CarePlan/{event.episode}"}
            parts.append({"name": "additional-context", "valueReference": context})
    return {"name": "notification-event", "part": parts}


def _latest(events: Iterable[Told]) -> list[Told]:
    """One event a resource, the newest: a Bundle names each resource once."""
    return list({(each.event.type, each.event.focus): each for each in events if not each.is_withheld}.values())


def _entry(each: Told, base: str) -> Json:
    event = each.event
    url = event.type if event.method == "POST" else f"{event.type}/{event.focus}"
    return {
        "fullUrl": f"{base}/{event.type}/{event.focus}", "request": {"method": event.method, "url": url},
        "response": {"status": OUTCOMES[event.method]},
    }  # fmt: skip


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"
