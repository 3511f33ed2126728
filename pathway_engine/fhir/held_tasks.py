"""Tasks as the writes need them: the row and what it holds, locked where something is to be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.fhir.outcome import Json, refusal
from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.raising import checklist_of
from pathway_engine.domain.tasks import Task
from pathway_engine.fhir.exchange import Exchange
from pathway_engine.service.acting import rules_of, visible_task
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.service.stopped import STOPPED
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.rows import TaskRow

MOST = 2000
"""So many tasks are looked through for what belongs to them."""


@dataclass(frozen=True, slots=True)
class Held:
    """A task as it is now."""

    row: TaskRow
    task: Task


def hold(exchange: Exchange, id: str) -> Held:
    """Return the task with its patient locked until the transaction ends. Raises UnknownTask, of a foreign one too."""
    if exchange.records.lock_patient_of_task(id) is None:
        raise UnknownTask
    return looked_at(exchange, id)


def looked_at(exchange: Exchange, id: str) -> Held:
    """Return the task without locking anything. Raises UnknownTask, of a foreign one too."""
    return _held(visible_task(exchange.records, exchange.caller.who, id))


def _held(row: TaskRow) -> Held:
    return Held(row, decode_task(row.body))


def tasks_near(exchange: Exchange, patient: str | None = None) -> Iterator[Held]:
    """Every task, ended ones too, that stands on a list of the caller's; of one patient where that is asked.

    Raises FhirRefusal (403) where there are too many to look through.
    """
    seats = exchange.caller.who.seats
    lines = exchange.records.worklist(seats, include_closed=True, limit=MOST + 1, patient_id=patient)
    if len(lines) > MOST:
        raise refusal(403, "too-costly", "There are too many tasks to look through; name a patient.")
    return (_held(line.task) for line in lines)


def encounter_of(exchange: Exchange, held: Held) -> Json:
    """The stay that the task belongs to, as an element of what is about the task; nothing where it has none."""
    if held.task.stay is None:
        return {}
    id = public_id_of_stay(exchange.context.store.tenant, held.task.stay)
    return {"encounter": {"reference": f"Encounter/{id}"}}


def patient_asked(exchange: Exchange) -> str | None:
    """The one patient whom a search names; None where it names none or several."""
    named = [value for name, value in exchange.query if name in ("patient", "subject")]
    id = named[0].rpartition("/")[2] if len(named) == 1 and "," not in named[0] else ""
    return id or None


def checklist_in(exchange: Exchange, held: Held) -> Checklist | None:
    """The checklist that the task is answered by."""
    if held.row.step == STOPPED:
        return None
    return checklist_of(rules_of(exchange.context, exchange.records, held.row), held.task)
