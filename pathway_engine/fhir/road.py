"""The road of a written resource: it is a message, stored and applied in the transaction of its interaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from adapters.fhir.elements import table, text
from adapters.fhir.envelope import FHIR, NOTHING, Before, Envelope, enveloped
from adapters.fhir.outcome import FhirRefusal, Issue, Json, refusal
from pathway_engine.domain.errors import MessageError, TaskError
from pathway_engine.domain.events import Identifier
from pathway_engine.fhir.auditing import led_to, note_refused
from pathway_engine.fhir.exchange import Answer, Exchange, instant
from pathway_engine.service.channel import AmbiguousPatient, SameIdOtherContent, StayOfAnother, ToldAhead, UnknownSender
from pathway_engine.service.context import Context
from pathway_engine.service.receiving import Incoming
from pathway_engine.service.receiving_within import keep_refused, receive_within
from pathway_engine.service.relations import ground_of
from pathway_engine.storage.rows import InboxRow, KeptRow, PatientRow
from pathway_engine.storage.unit_of_work import UnitOfWork

A_MOMENT = timedelta(microseconds=1)
SAID: Mapping[type[MessageError], tuple[int, str]] = {
    UnknownSender: (403, "forbidden"), AmbiguousPatient: (409, "conflict"), StayOfAnother: (409, "conflict"),
    SameIdOtherContent: (409, "conflict"), ToldAhead: (422, "business-rule"),
}  # fmt: skip
"""The HTTP status and the issue of what the service refuses; anything else is 422."""


class RefusedWrite(FhirRefusal):
    """A resource that was written is refused. Its message is stored, set aside, once the transaction is undone."""

    def __init__(self, error: MessageError, incoming: Incoming, at: datetime) -> None:
        status, code = SAID.get(type(error), (422, "processing"))
        if isinstance(error, FhirRefusal):
            super().__init__(error.status, *error.issues)
        else:
            super().__init__(status, Issue(code, f"{error}"))
        self.error = error
        self.incoming = incoming
        self.at = at


def committed(context: Context, work: Callable[[UnitOfWork], Answer]) -> Answer:
    """Do *work* in one commit; what was written and refused is stored by itself, with its reason, before it raises."""
    try:
        return context.committed(work)
    except (TaskError, MessageError) as error:
        _keep_what_was_refused(context, error)
        note_refused(context, error)
        raise


def _keep_what_was_refused(context: Context, error: BaseException) -> None:
    """Store the message of a refused write that *error*, or what led to it, tells of; nothing of other errors."""
    write = next((each for each in led_to(error) if isinstance(each, RefusedWrite)), None)
    if write is not None:
        keep_refused(context, write.incoming, write.error, write.at)


def envelope_of(
    exchange: Exchange, *, patient: tuple[Identifier, ...] = (), stay: str = "", before: Before = NOTHING,
    after: datetime | None = None,
) -> Envelope:  # fmt: skip
    """Return the line about this writing, which goes on from what was written down at *after* at the latest.

    The message's id is made of all that makes the writing what it is.
    """
    sender, digest = exchange.caller.sender, sha256(exchange.body).hexdigest()
    parts = (sender, exchange.method, exchange.type, exchange.id, exchange.now.isoformat(), digest)
    return Envelope(
        sender=sender, client=exchange.caller.client, method=exchange.method, type=exchange.type, id=exchange.id,
        message_id=str(uuid5(NAMESPACE_URL, "|".join(parts))), at=exchange.now,
        recorded_at=max(exchange.now, after + A_MOMENT) if after else exchange.now, patient=patient, stay=stay,
        before=before,
    )  # fmt: skip


def take(exchange: Exchange, envelope: Envelope) -> InboxRow:
    """Store and apply the body as a message; return its row. Raises RefusedWrite."""
    incoming = Incoming(enveloped(envelope, exchange.body), FHIR, f"fhir:{exchange.caller.client}")
    try:
        return receive_within(exchange.context, exchange.records, incoming, exchange.now)
    except MessageError as error:
        raise RefusedWrite(error, incoming, exchange.now) from error


def keep(exchange: Exchange, id: str, row: InboxRow, before: KeptRow | None, *, stay: str | None, seq: int) -> KeptRow:
    """Keep the bytes as the next version of the resource with that *id*."""
    assert row.patient_id is not None
    kept = KeptRow(
        type=exchange.type, id=id, version=before.version + 1 if before else 1, patient_id=row.patient_id, stay=stay,
        body=exchange.body, sender=exchange.caller.sender, at=exchange.now, inbox_id=row.id, last_seq=seq,
    )  # fmt: skip
    exchange.records.keep_resource(kept)
    return kept


def body_of(exchange: Exchange) -> Json:
    """The body as JSON, empty when it is none: the reading of the message says what is wrong with it."""
    try:
        return table(json.loads(exchange.body))
    except (ValueError, RecursionError):
        return {}


def require_id(exchange: Exchange, body: Mapping[str, object]) -> None:
    """Raise FhirRefusal for a body that names another id than the address."""
    if body and body.get("id") != exchange.id:
        raise refusal(400, "invalid", "The id in the body is not the address's.", f"{exchange.type}.id")


def with_body(exchange: Exchange, resource: Json, method: str = "PUT") -> Exchange:
    """The same interaction with another body: that of a patched resource."""
    body = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
    return replace(exchange, body=body, method=method)


def referred(exchange: Exchange, reference: Mapping[str, object]) -> PatientRow | None:
    """The patient whom a reference leads to, as far as the caller may know of him or her."""
    told = text(reference.get("reference")).removeprefix(f"{exchange.base}/")
    type, _, id = told.partition("/")
    return known_patient(exchange, id) if type == "Patient" and id else None


def known_patient(exchange: Exchange, id: str) -> PatientRow | None:
    """The surviving record of that id, if the caller is near to the patient or wrote the record."""
    row = exchange.records.patient(id)
    if row is None:
        return None
    patient = row if row.survivor_id is None else exchange.records.patient(row.survivor_id)
    assert patient is not None
    return patient if is_near(exchange, patient) or wrote(exchange, "Patient", id) else None


def is_near(exchange: Exchange, patient: PatientRow) -> bool:
    """Whether the caller has a relation to the patient."""
    return ground_of(exchange.context, exchange.records, exchange.caller.who, patient, exchange.now) is not None


def wrote(exchange: Exchange, type: str, id: str) -> bool:
    """Whether the caller's own sender wrote any version of that resource."""
    return own_words(exchange, type, id) is not None


def own_words(exchange: Exchange, type: str, id: str) -> KeptRow | None:
    """The newest version that the caller's own sender wrote."""
    sender = exchange.caller.sender
    return exchange.records.kept_by(sender, type, id) if sender else None


def with_kept_meta(resource: Json, version: str, updated: datetime, profile: str) -> Json:
    """The resource with its version and instant, and else what its writer said in `meta`; ours has *profile*."""
    own = table(resource.get("meta"))
    return {
        **resource,
        "meta": {**(own or {"profile": [profile]}), "versionId": version, "lastUpdated": instant(updated)},
    }
