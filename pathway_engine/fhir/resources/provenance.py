"""Provenance: who or which message changed a Task, an Encounter or a CarePlan, as the patient's log has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.fhir.canonicals import logical_id
from adapters.fhir.outcome import Json, refusal
from adapters.fhir.systems import OURS
from pathway_engine.domain.errors import UnknownPatient
from pathway_engine.domain.events import Acted
from pathway_engine.fhir.exchange import Exchange, Found, Served, instant, with_meta
from pathway_engine.fhir.matching import matches
from pathway_engine.fhir.numbers import names_a_person
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.search_language import Criterion, Reference, Search
from pathway_engine.fhir.searching import Page, page_of, searcher
from pathway_engine.service.relations import require
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.rows import EpisodeRow, LogRow, TaskRow

STANDARD = "http://hl7.org/fhir/SearchParameter/Provenance-"
PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
OPERATIONS = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
MESSAGE = f"{OURS}/message"
TARGETS = ("Task", "Encounter", "CarePlan", "Patient")
MOST_PATIENTS = 100
"""So many logs are looked at where a search does not say whose."""
ASKED_BY = ("patient", "target")
HIDDEN = "hidden"


def read(exchange: Exchange, id: str) -> Found | None:
    """The change, if the caller may see its patient."""
    seq = int(id) if id.isascii() and id.isdigit() and len(id) <= 18 else 0
    patient = exchange.records.patient_of_entry(seq)
    return (
        next((each for each in _of_patient(exchange, patient) if each.resource["id"] == id), None) if patient else None
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """The logs of the patients whom a search names, directly or by what was changed; all that the caller may see."""

    sortable: frozenset[str] | None = None

    def page(self, exchange: Exchange, served: Served, search: Search) -> Page:
        """Return the page that *search* asks for."""
        return page_of(_found(exchange, search), served, search)

    def total(self, exchange: Exchange, served: Served, search: Search) -> int:
        """Return how many match."""
        return len(_found(exchange, search))


def _found(exchange: Exchange, search: Search) -> list[Found]:
    named = [each for each in search.criteria if each.parameter.name in ASKED_BY and not each.modifier]
    patients = dict.fromkeys(id for each in named for id in _patients(exchange, each)) if named else _listed(exchange)
    others = tuple(each for each in search.criteria if each.parameter.name != "patient")
    every = (found for patient in patients for found in _of_patient(exchange, patient))
    return [each for each in every if _is_of(each, named) and matches(each.resource, others, exchange.now)]


def _listed(exchange: Exchange) -> list[str]:
    """The patients on the caller's lists. Raises FhirRefusal when they are too many to look at all their logs."""
    seats = exchange.caller.who.seats
    listed = sorted({line.patient.id for line in exchange.records.worklist(seats)}) if seats else []
    if len(listed) > MOST_PATIENTS:
        raise refusal(
            422, "too-costly", "Whose changes is to be said; patient=[id] or target=[type]/[id] would be right."
        )
    return listed


def _is_of(found: Found, named: Sequence[Criterion]) -> bool:
    """Whether it is about one of the patients whom each parameter of that name allows."""
    asked = [each.values for each in named if each.parameter.name == "patient"]
    return all(any(isinstance(each, Reference) and each.id == found.patient_id for each in values) for values in asked)


def _patients(exchange: Exchange, asked: Criterion) -> Iterator[str]:
    """The patients of what a parameter names; whether the caller may see them is asked later."""
    for value in asked.values:
        patient = _patient_of(exchange, value) if isinstance(value, Reference) else None
        if patient is not None:
            yield patient


def _patient_of(exchange: Exchange, named: Reference) -> str | None:
    records = exchange.records
    match named.type or "Patient":
        case "Task":
            task = records.task(named.id)
            return task.patient_id if task else None
        case "CarePlan":
            episode = records.episode(named.id)
            return episode.patient_id if episode else None
        case "Encounter":
            stay = records.stay_of_public_id(named.id)
            return stay[1] if stay else None
        case _:
            return named.id or None


def _of_patient(exchange: Exchange, patient: str) -> list[Found]:
    """Every change in the log of a patient whom the caller may see; nothing of others."""
    try:
        relation = require(exchange.context, exchange.records, exchange.caller.who, patient, exchange.now)
    except UnknownPatient:
        return []
    log = _Log(exchange, relation.patient.id)
    return [log.found(row) for row in exchange.records.log(log.patient)]


# -- rendering


@dataclass(slots=True)
class _Log:
    """One patient's log with what its entries changed; messages are looked up once."""

    exchange: Exchange
    patient: str
    tasks: Sequence[TaskRow] = field(init=False)
    episodes: Sequence[EpisodeRow] = field(init=False)

    def __post_init__(self) -> None:
        self.tasks = self.exchange.records.tasks_of_patient(self.patient)
        self.episodes = self.exchange.records.episodes(self.patient)

    def found(self, row: LogRow) -> Found:
        targets = [*dict.fromkeys(self._targets(row))] or [f"Patient/{self.patient}"]
        told: Json = {
            "resourceType": "Provenance", "id": f"{row.seq}",
            "target": [{"reference": each} for each in targets], "recorded": instant(row.received_at),
            "activity": {"coding": [{"system": OPERATIONS, "code": "UPDATE"}], "text": _activity(row)},
            "agent": [{"type": _author(), "who": self._who(row)}],
        }  # fmt: skip
        occurred = _occurred(row)
        told |= {"occurredDateTime": instant(occurred)} if occurred else {}
        source = self._source(row)
        told |= {"entity": [{"role": "source", "what": source}]} if source else {}
        resource = with_meta(told, "1", row.received_at)
        return Found(resource=resource, version="1", updated=row.received_at, patient_id=self.patient)

    def _targets(self, row: LogRow) -> Iterable[str]:
        entry = row.entry
        if isinstance(entry, Acted):
            return [f"Task/{self.exchange.context.task_id(self.patient, entry.task)}"]
        stays = [public_id_of_stay(self.exchange.context.store.tenant, entry.stay)] if entry.stay else []
        raised = [f"Task/{task.id}" for task in self.tasks if task.cause == entry.cause]
        plans = [f"CarePlan/{each.id}" for each in self.episodes if _held_at(each, row.received_at)]
        return [*(f"Encounter/{stay}" for stay in stays), *plans, *raised]

    def _who(self, row: LogRow) -> Json:
        directory = self.exchange.context.directories.at(row.received_at)
        if isinstance(row.entry, Acted):
            person = directory.people.get(row.entry.performer)
            told: Json = {"reference": f"Practitioner/{logical_id(row.entry.performer)}"}
            return {**told, "display": person.name} if person else told
        if row.inbox_id is None:
            return {"display": "Pathway Engine"}
        sender = self.exchange.records.message(row.inbox_id).sender
        known = directory.sender(*sender.partition("|")[::2])
        if known is None:
            return {"display": "A sender that the directory does not know"}
        return {"reference": f"Organization/{logical_id(known.organisation)}"}

    def _source(self, row: LogRow) -> Json | None:
        """The message that told it, by the id that its sender gave; an id with somebody's number in it is not told."""
        if row.inbox_id is None:
            return None
        id = self.exchange.records.message(row.inbox_id).message_id
        return {"identifier": {"system": MESSAGE, "value": HIDDEN if names_a_person(id) or not id.strip() else id}}


def _held_at(episode: EpisodeRow, at: datetime) -> bool:
    return episode.opened_at <= at and (episode.closed_at is None or at <= episode.closed_at)


def _activity(row: LogRow) -> str:
    entry = row.entry
    match entry:
        case Acted():
            return f"{entry.act}"
        case _:
            return getattr(entry, "name", "withdrawn")


def _occurred(row: LogRow) -> datetime | None:
    return getattr(row.entry, "occurred_at", None)


def _author() -> Json:
    return {"coding": [{"system": PARTICIPANTS, "code": "author", "display": "Author"}]}


def _parameter(name: str, kind: Kind, path: str, *targets: str, about: str = "") -> Parameter:
    return Parameter(name=name, kind=kind, path=path, definition=STANDARD + name, targets=targets, about=about)


PROVENANCE = Served(
    type="Provenance", read=read, find=searcher(Changes()),
    parameters=(
        _parameter("target", Kind.REFERENCE, "target", *TARGETS, about="What was changed."),
        _parameter("patient", Kind.REFERENCE, "target", "Patient", about="Whose log."),
        _parameter("recorded", Kind.DATE, "recorded"),
        _parameter("agent", Kind.REFERENCE, "agent.who", "Practitioner", "Organization"),
    ),
    about="Who or which message changed a Task, Encounter or CarePlan; unless said, of the patients on one's lists.",
)  # fmt: skip
