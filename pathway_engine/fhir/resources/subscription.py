"""Subscription: a program asks to be told of what happens. Each client sees its own alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from adapters.fhir.checks import read_resource
from adapters.fhir.outcome import FhirRefusal, Issue, Json, refusal
from adapters.fhir.subscriptions import PROFILE, TOPICS, read_subscription
from pathway_engine.domain.subscriptions import Standing
from pathway_engine.fhir.bodies import resource_in
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Operation, Served
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.preconditions import require_match
from pathway_engine.fhir.preferences import written
from pathway_engine.fhir.standard_parameters import standard
from pathway_engine.fhir.subscription_bundles import history, statuses, subscription
from pathway_engine.service.endpoints import WrongEndpoint
from pathway_engine.service.subscriptions.asking import OtherTopic, Wanted, change, end, subscribe
from pathway_engine.service.subscriptions.delivery import told_events
from pathway_engine.service.subscriptions.naming import notification_id
from pathway_engine.service.subscriptions.numbering import numbered
from pathway_engine.storage.subscription_rows import SubscriptionRow

OPERATIONS = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition"
MOST_EVENTS = 1000
CONTENTS = ("id-only", "empty")


# -- reading


def read(exchange: Exchange, id: str) -> Found | None:
    """The subscription, if it is the caller's own."""
    row = exchange.records.subscription(id)
    return found(row) if row is not None and row.client == exchange.caller.client else None


def every(exchange: Exchange) -> Iterable[Found]:
    """All subscriptions of the caller."""
    return [found(row) for row in exchange.records.subscriptions_of(exchange.caller.client)]


def found(row: SubscriptionRow) -> Found:
    """A row as a resource."""
    return Found(resource=subscription(row), version=f"{row.version}", updated=row.updated_at)


def _own(exchange: Exchange) -> SubscriptionRow:
    """The caller's own subscription, locked. Raises FhirRefusal."""
    row = exchange.records.lock_subscription(exchange.id)
    if row is None or row.client != exchange.caller.client:
        raise refusal(404, "not-found", "There is no such resource for you.")
    return row


# -- writing


def create(exchange: Exchange) -> Answer:
    """Keep a new subscription; the handshake comes by itself."""
    wanted = _wanted(exchange, resource_in(exchange))
    if wanted.status not in (Standing.REQUESTED, Standing.OFF):
        raise _wrong("A new one is requested; it becomes active after its handshake.", "Subscription.status")
    caller = exchange.caller
    holder = (caller.who.person, caller.who.role)
    row = subscribe(exchange.records, str(uuid4()), caller.client, holder, wanted, exchange.now)
    return written(exchange, found(row), 201)


def update(exchange: Exchange) -> Answer:
    """Change the caller's own subscription, ask for it anew, or turn it off."""
    row = _own(exchange)
    require_match(exchange, found(row))
    wanted = _wanted(exchange, resource_in(exchange))
    try:
        return written(exchange, found(change(exchange.records, row, wanted, exchange.now)))
    except OtherTopic:
        raise _wrong("Another topic is asked for with a new subscription.", "Subscription.criteria") from None


def delete(exchange: Exchange) -> Answer:
    """Delete the caller's own subscription."""
    row = _own(exchange)
    require_match(exchange, found(row))
    end(exchange.records, row, exchange.now)
    return Answer(status=204)


def _wanted(exchange: Exchange, told: Json) -> Wanted:
    asked = read_subscription(told)
    if asked.status == Standing.OFF:
        return Wanted(**asdict(asked))
    try:
        exchange.context.endpoints.check(asked.endpoint)
    except WrongEndpoint as wrong:
        raise _wrong(str(wrong), "Subscription.channel.endpoint") from None
    if asked.ends_at is not None and asked.ends_at <= exchange.now:
        raise _wrong("An instant that is still to come would be right.", "Subscription.end")
    return Wanted(**asdict(asked))


def _wrong(text: str, expression: str) -> FhirRefusal:
    return FhirRefusal(422, Issue("value", text, expression))


# -- operations


def status(exchange: Exchange) -> Answer:
    """How the subscription stands, or all of the caller's that the parameters name."""
    if exchange.id:
        rows = [_counted(exchange, _own(exchange))]
    else:
        asked = _parameters(exchange)
        mine = exchange.records.subscriptions_of(exchange.caller.client)
        wanted = [row for row in mine if _is_asked(row.id, asked, "id") and _is_asked(row.status, asked, "status")]
        locked = [exchange.records.lock_subscription(row.id) for row in wanted]
        rows = [_counted(exchange, row) for row in locked if row is not None]
    return Answer(status=200, body=statuses(rows, exchange.base, exchange.now))


def events(exchange: Exchange) -> Answer:
    """The events with the numbers that are asked for, as a notification would tell them."""
    row, asked = _counted(exchange, _own(exchange)), _parameters(exchange)
    since, until = _number(asked, "eventsSinceNumber", 1), _number(asked, "eventsUntilNumber", row.last_number)
    content = next((value for name, value in asked if name == "content"), row.content)
    if content not in CONTENTS:
        raise refusal(422, "not-supported", f"content: one of {', '.join(CONTENTS)} would be right.")
    told = told_events(exchange.context, exchange.records, row, (since, until, MOST_EVENTS), exchange.now)
    shown = [each.event.patient_id for each in told if not each.is_withheld]
    exchange.records.write_list_read(
        at=exchange.now, actor=exchange.caller.client, role=exchange.caller.who.role, shown=shown, action="events read"
    )  # fmt: skip
    id = notification_id(exchange.context.store.tenant, row.id, "query-event", since, max(until, since), 0)
    body = history(row, "query-event", told, exchange.base, exchange.now, id, content)
    return Answer(status=200, body=body)


def _counted(exchange: Exchange, row: SubscriptionRow) -> SubscriptionRow:
    """The subscription with what was committed until now in its count."""
    counted = numbered(exchange.context, exchange.records, row, exchange.now)
    if counted != row:
        exchange.records.save_subscription(counted)
    return counted


def _parameters(exchange: Exchange) -> list[tuple[str, str]]:
    """The parameters of the address, and of a posted Parameters."""
    given = list(exchange.query)
    if exchange.method == "POST" and exchange.body:
        listed: Any = read_resource(exchange.body, "Parameters").get("parameter", [])
        given += [(each["name"], str(value)) for each in listed for name, value in each.items() if name[:5] == "value"]
    return given


def _is_asked(value: str, asked: list[tuple[str, str]], name: str) -> bool:
    wanted = {part for key, text in asked if key == name for part in text.split(",")}
    return not wanted or value in wanted


def _number(asked: list[tuple[str, str]], name: str, otherwise: int) -> int:
    said = next((value for key, value in asked if key == name), None)
    if said is None:
        return otherwise
    if not (said.isascii() and said.isdigit() and len(said) <= 10):
        raise refusal(422, "value", f"{name}: a number such as 7 would be right.")
    return int(said)


SUBSCRIPTION = Served(
    type="Subscription", profile=PROFILE, read=read, every=every, create=create, update=update, delete=delete,
    parameters=(
        standard("status", Kind.TOKEN, "status", "Subscription-status"),
        standard("criteria", Kind.STRING, "criteria", "Subscription-criteria"),
        standard("url", Kind.URI, "channel.endpoint", "Subscription-url"),
        standard("type", Kind.TOKEN, "channel.type", "Subscription-type"),
    ),
    operations=(
        Operation(
            name="$status", handler=status, definition=f"{OPERATIONS}/backport-subscription-status",
            methods=("GET", "POST"), on_type=True,
        ),
        Operation(
            name="$events", handler=events, definition=f"{OPERATIONS}/backport-subscription-events",
            methods=("GET", "POST"),
        ),
    ),
    instead={"patch": "A Subscription is changed by PUT."},
    topics=tuple(TOPICS),
    about="What a program asked to be told of; rest-hook, with the topics of the Subscriptions R5 Backport.",
)  # fmt: skip
