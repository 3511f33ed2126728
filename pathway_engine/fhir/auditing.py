"""Whoever is shown or changes what is known of a patient over FHIR is in the audit, in the same transaction.

Searches write their own row, with the ids that they showed. What was refused is written afterwards, since its
transaction was undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from adapters.fhir.outcome import Json
from pathway_engine.fhir.exchange import Answer, Exchange
from pathway_engine.service.context import Context
from pathway_engine.storage.records import Records

ACTIONS = {
    "read": "fhir read", "search-type": "fhir search", "create": "fhir create", "update": "fhir update",
    "patch": "fhir patch", "delete": "fhir delete", "operation": "fhir operation",
}  # fmt: skip
"""The audit's word for each interaction."""
WROTE_ITS_OWN = "search-type"
WRITES = frozenset({"create", "update", "patch", "delete"})
REFUSED = frozenset({403, 404, 409, 412, 422})
"""The statuses of what was understood and not done; what was not even understood told of nobody."""
SUBJECTS = ("for", "subject", "patient", "beneficiary")
LONGEST_ID = 64
MARK = "refused"
MOST_CAUSES = 20


def note(exchange: Exchange, interaction: str, answer: Answer) -> None:
    """Put on record whom the answer tells of; definitions and the directory tell of nobody."""
    if interaction == WROTE_ITS_OWN:
        return
    patients = sorted(set(answer.patients or _patients(answer.body)))
    if not (patients or interaction in WRITES):
        return
    caller, action = exchange.caller, ACTIONS[interaction]
    exchange.records.write_audit(
        at=exchange.now, actor=caller.client, role=caller.who.role, action=action,
        patient_id=patients[0] if len(patients) == 1 else None, object_id=_object(exchange, answer),
        detail=" ".join(patients) if len(patients) > 1 else "",
    )  # fmt: skip


def note_search(exchange: Exchange, shown: Iterable[str | None]) -> None:
    """Put on record whose resources a search showed; their ids stand in the row's detail."""
    patients = sorted({each for each in shown if each})
    if patients:
        caller = exchange.caller
        exchange.records.write_audit(
            at=exchange.now, actor=caller.client, role=caller.who.role, action="fhir search", patient_id=None,
            object_id=exchange.type, detail=" ".join(patients),
        )  # fmt: skip


def mark(error: Exception, exchange: Exchange, interaction: str, status: int) -> None:
    """Let the error say what was refused: it is put on record once the transaction has been undone."""
    if status in REFUSED:
        vars(error).setdefault(MARK, (exchange, interaction))


def note_refused(context: Context, error: BaseException) -> None:
    """Put on record what *error*, or what led to it, says was refused."""
    marked = next((each for each in led_to(error) if MARK in vars(each)), None)
    if marked is not None:
        context.committed(partial(_note_refused, asked=vars(marked)[MARK]))


def led_to(error: BaseException) -> Iterator[BaseException]:
    """*error*, then what led to it, one after the other."""
    each: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if each is None:
            return
        yield each
        each = each.__cause__ or each.__context__


def _note_refused(records: Records, asked: tuple[Exchange, str]) -> None:
    """Of a foreign patient and of a missing one alike, no more is told than what was asked."""
    exchange, interaction = asked
    caller, action = exchange.caller, ACTIONS.get(interaction, ACTIONS["operation"])
    place = f"{exchange.type}/{exchange.id[:LONGEST_ID]}" if exchange.id else exchange.type
    records.write_audit(
        at=exchange.now, actor=caller.client, role=caller.who.role, action=action, patient_id=None, object_id=place,
        outcome="refused",
    )  # fmt: skip


def _object(exchange: Exchange, answer: Answer) -> str:
    made = answer.body.get("id") if isinstance(answer.body, dict) and not exchange.operation else None
    id = exchange.id or (made if isinstance(made, str) else "")
    return f"{exchange.type}/{id}" if id else exchange.type


def _patients(body: Json | bytes | None) -> Iterator[str]:
    """The patients whom a resource, or each of a Bundle's, names as those it is about."""
    if not isinstance(body, dict):
        return
    entries = body.get("entry")
    if body.get("resourceType") == "Bundle" and isinstance(entries, list):
        yield from _of_each(entry.get("resource") for entry in entries)
    else:
        yield from _of_each([body])


def _of_each(resources: Iterable[object]) -> Iterator[str]:
    for each in resources:
        if isinstance(each, dict):
            yield from _named(each)


def _named(resource: Json) -> Iterator[str]:
    if resource.get("resourceType") == "Patient":
        yield str(resource.get("id"))
    for name in SUBJECTS:
        told = resource.get(name)
        reference = told.get("reference") if isinstance(told, dict) else None
        if isinstance(reference, str) and "Patient/" in reference:
            yield reference.rpartition("/")[2]
