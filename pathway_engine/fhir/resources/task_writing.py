"""Task writes: a new state of the whole resource becomes what a person does, all of it in one commit."""

from __future__ import annotations

from dataclasses import replace

from adapters.fhir.canonicals import logical_id
from adapters.fhir.outcome import Json, refusal
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.events import Acted
from pathway_engine.fhir.bodies import as_resource, resource_in
from pathway_engine.fhir.exchange import Answer, Exchange, Found
from pathway_engine.fhir.held_tasks import Held, checklist_in, hold
from pathway_engine.fhir.patching import patched
from pathway_engine.fhir.preconditions import has_match, require_match
from pathway_engine.fhir.preferences import preference, written
from pathway_engine.fhir.resources import task as reading
from pathway_engine.fhir.task_acts import do, key_of, was_done, wishes
from pathway_engine.fhir.task_changes import changes_of
from pathway_engine.fhir.task_outputs import answers_with
from pathway_engine.service.acting import changed_by
from pathway_engine.storage.rows import TaskRow

BY_US = ("Task.status",)
"""What a refusal tells better than a check: which status may come next."""
INSTEAD = {
    "create": "Tasks are raised by the pathway. Would be right: PlanDefinition/[id]/$apply to enrol a patient, an "
    "Encounter to tell what happened, or a Communication about a Task.",
    "delete": 'A task is not deleted. Would be right: status "rejected" with a statusReason.',
}
"""What is right where a Task is not written."""


def update(exchange: Exchange) -> Answer:
    """Take a whole Task."""
    wanted = resource_in(exchange, unless=BY_US)
    held = hold(exchange, exchange.id)
    found, key = _found(exchange, held.row), key_of(exchange, held.row)
    if was_done(exchange, key):
        return written(exchange, found)
    require_match(exchange, found)
    _require_seen(exchange, held, wanted)
    return _changed(exchange, held, found.resource, wanted, key, complete=preference(exchange.headers).is_strict)


def patch(exchange: Exchange) -> Answer:
    """Take what changes of a Task."""
    held = hold(exchange, exchange.id)
    found, key = _found(exchange, held.row), key_of(exchange, held.row)
    if was_done(exchange, key):
        return written(exchange, found)
    require_match(exchange, found)
    wanted = as_resource(exchange, patched(exchange, found.resource), unless=BY_US)
    return _changed(exchange, held, found.resource, wanted, key, complete=True)


def _found(exchange: Exchange, row: TaskRow) -> Found:
    found = reading.read(exchange, row.id)
    if found is None:
        raise UnknownTask
    return found


def _changed(
    exchange: Exchange, held: Held, current: Json, wanted: Json, key: str, *, complete: bool
) -> Answer:  # fmt: skip
    changes = changes_of(current, wanted, held.task, complete=complete)
    changes = replace(changes, owner=_person(exchange, changes.owner))
    answers = answers_with(changes, checklist_in(exchange, held), held.row.id)
    do(exchange, held.row.id, wishes(held.task, changes, answers, exchange.caller.who.person), key)
    return written(exchange, _found(exchange, held.row))


def _person(exchange: Exchange, id: str | None) -> str | None:
    """The person whose Practitioner has that id; the id itself when nobody has."""
    people = exchange.context.directory.people
    return next((each for each in people if logical_id(each) == id), id) if id else id


def _require_seen(exchange: Exchange, held: Held, wanted: Json) -> None:
    """Raise 409 when the body was read in an earlier version, and somebody else has changed the task since."""
    meta = wanted.get("meta")
    seen = meta.get("versionId") if isinstance(meta, dict) else None
    if has_match(exchange) or not isinstance(seen, str) or seen == f"{held.row.version}":
        return
    since = held.row.version - int(seen) if seen.isdecimal() else 0
    mine = [performer == exchange.caller.who.person for performer in _performers(exchange, held)[-since:]]
    if since <= 0 or len(mine) < since or not all(mine):
        raise refusal(409, "conflict", changed_by(exchange.context.directory, held.task), "Task.meta.versionId")


def _performers(exchange: Exchange, held: Held) -> list[str]:
    """Who did what was done to the task, in order."""
    told = [row.entry for row in exchange.records.log(held.row.patient_id)]
    return [entry.performer for entry in told if isinstance(entry, Acted) and entry.task == held.row.key]
