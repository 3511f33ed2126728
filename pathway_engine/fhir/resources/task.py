"""Task: a person's work on one step for one patient, on the lists of those whose it is."""

from __future__ import annotations

from adapters.fhir.canonicals import logical_id, search_parameter
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.tasks import OPEN
from pathway_engine.fhir import fields
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.matching import IMPLIED
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.rows import Rows
from pathway_engine.fhir.search_language import Search, Token
from pathway_engine.fhir.searching import searcher
from pathway_engine.fhir.task_rendering import (
    BUSINESS_STATUS,
    EPISODE,
    KEY,
    PROFILE,
    ROUTINE,
    STEP,
    URGENT,
    tasks_found,
)
from pathway_engine.service.acting import visible_task
from pathway_engine.storage.conditions import EVERYTHING, All, Condition, In, Missing
from pathway_engine.storage.rows import TaskRow
from pathway_engine.storage.searching import TaskLine

DUE_DATE = search_parameter("Task", "due-date")


def _standard(name: str, kind: Kind, path: str, *targets: str) -> Parameter:
    definition = f"http://hl7.org/fhir/SearchParameter/Task-{name}"
    return Parameter(name=name, kind=kind, path=path, definition=definition, targets=targets)


PARAMETERS = (
    _standard("patient", Kind.REFERENCE, "for", "Patient"),
    _standard("subject", Kind.REFERENCE, "for", "Patient"),
    _standard("owner", Kind.REFERENCE, "owner", "Practitioner", "Organization"),
    _standard("status", Kind.TOKEN, "status"),
    _standard("code", Kind.TOKEN, "code"),
    _standard("period", Kind.DATE, "executionPeriod"),
    _standard("priority", Kind.TOKEN, "priority"),
    _standard("business-status", Kind.TOKEN, "businessStatus"),
    _standard("based-on", Kind.REFERENCE, "basedOn", "CarePlan"),
    _standard("focus", Kind.REFERENCE, "focus", "CarePlan"),
    _standard("encounter", Kind.REFERENCE, "encounter", "Encounter"),
    _standard("identifier", Kind.TOKEN, "identifier"),
    _standard("modified", Kind.DATE, "lastModified"),
    _standard("authored-on", Kind.DATE, "authoredOn"),
    _standard("group-identifier", Kind.TOKEN, "groupIdentifier"),
    Parameter(
        name="due-date", kind=Kind.DATE, path="restriction.period.end", definition=DUE_DATE,
        about="By when the task is to be done: the end of its restriction's period.",
    ),
)  # fmt: skip


def _of_performer(exchange: Exchange, id: str) -> Condition:
    people = [each for each in exchange.context.directory.people if logical_id(each) == id]
    return In("performer", (id, *people))


def _of_unit(exchange: Exchange, id: str) -> Condition:
    units = [each for each in exchange.context.directory.organisations if logical_id(each) == id]
    return In("assigned_unit", (id, *units))


_PATIENT = fields.Link({"Patient": fields.of_patient})
_PLAN = fields.Link({"CarePlan": fields.having("episode_id")})
_CHANGED = fields.Instant("changed_at")
FIELDS: dict[str, fields.Field] = {
    "_id": fields.ID, "_lastUpdated": _CHANGED, "modified": fields.Instant("modified_at"),
    "patient": _PATIENT, "subject": _PATIENT,
    "owner": fields.Link(
        {"Practitioner": _of_performer, "Organization": _of_unit}, All((Missing("performer"), Missing("unit")))
    ),
    "status": fields.Code("status", IMPLIED["Task.status"], implied=True), "code": fields.Code("step", STEP),
    "period": fields.Span("starts_at", "ended_at"),
    "priority": fields.Code(
        "hard", IMPLIED["Task.priority"], implied=True, kept={URGENT: True, ROUTINE: False}
    ),
    "business-status": fields.Code("business_status", BUSINESS_STATUS),
    "based-on": _PLAN, "focus": _PLAN,
    "encounter": fields.Link({"Encounter": fields.of_stay("stay")}, Missing("stay")),
    "identifier": fields.Code("key", KEY), "group-identifier": fields.Code("episode_id", EPISODE),
    "authored-on": fields.Instant("raised_at"), "due-date": fields.Instant("due_at"),
}  # fmt: skip
SORTS = {
    "_id": "id", "_lastUpdated": "changed_at", "modified": "modified_at", "authored-on": "raised_at",
    "due-date": "due_at", "period": "starts_at", "status": "status", "code": "step", "identifier": "key",
    "patient": "patient_id", "subject": "patient_id", "based-on": "episode_id", "focus": "episode_id",
    "group-identifier": "episode_id", "priority": "priority", "business-status": "told_status",
}  # fmt: skip


def _narrowed(search: Search) -> Condition:
    """Tasks that have no end, where only their statuses are asked for: an index knows those."""
    asked = [each.values for each in search.criteria if each.parameter.name == "status" and not each.modifier]
    codes = ({value.code for value in values if isinstance(value, Token)} for values in asked)
    return Missing("ended_at") if any(each <= set(OPEN) for each in codes) else EVERYTHING


ROWS = Rows(
    fields=FIELDS, sorts=SORTS, narrowed=_narrowed, render=tasks_found,
    find=lambda exchange, wanted: exchange.records.search_tasks(exchange.caller.who.seats, wanted),
    count=lambda exchange, condition: exchange.records.count_tasks(exchange.caller.who.seats, condition),
)  # fmt: skip


def read(exchange: Exchange, id: str) -> Found | None:
    """The task, if it stands on a list of the caller's."""
    try:
        row = visible_task(exchange.records, exchange.caller.who, id)
    except UnknownTask:
        return None
    return found(exchange, row)


def found(exchange: Exchange, row: TaskRow) -> Found:
    """A row as a resource."""
    episode = exchange.records.episode(row.episode_id)
    told = [getattr(row, name) for name in TaskLine._fields[:-1]]
    return tasks_found(exchange, [TaskLine._make([*told, episode.definition_hash if episode else ""])])[0]


TASK = Served(
    type="Task", profile=PROFILE, read=read, find=searcher(ROWS), parameters=PARAMETERS,
    includes=tuple(f"Task:{name}" for name in ("patient", "subject", "owner", "focus", "encounter", "based-on")),
    about="The tasks on the lists of those on whose behalf the caller asks.",
)  # fmt: skip
