"""AuditEvent: who read or changed what is known of whom; all of it for auditors, to others what they did themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.fhir.outcome import refusal
from pathway_engine.domain.roles import AUDITOR
from pathway_engine.fhir.audit_rendering import rendered
from pathway_engine.fhir.dates import BEGINNING, END
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.matching import matches
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.search_language import Criterion, Moment, Reference, Search
from pathway_engine.fhir.searching import Page, searcher
from pathway_engine.storage.rows import AuditRow

STANDARD = "http://hl7.org/fhir/SearchParameter/AuditEvent-"
AT_ONCE = 200
MOST_LOOKED_AT = 10_000
"""So many rows are looked at for one page; one that is not full then goes on behind them."""
WITHIN = frozenset({"eq", "ge", "gt", "le", "lt", "sa", "eb"})


def read(exchange: Exchange, id: str) -> Found | None:
    """The event, if the caller may know of it."""
    number = int(id) if id.isascii() and id.isdigit() and len(id) <= 18 else 0
    row = exchange.records.audit_rows([number]).get(number)
    return _found(exchange, row) if row is not None and _may_see(exchange, row) else None


def is_auditor(exchange: Exchange) -> bool:
    """Whether the caller may know what everybody did."""
    return AUDITOR in exchange.caller.who.roles


def _may_see(exchange: Exchange, row: AuditRow) -> bool:
    return is_auditor(exchange) or row.actor == exchange.caller.client


def _found(exchange: Exchange, row: AuditRow) -> Found:
    resource = rendered(row, exchange.context.directories.at(row.at))
    return Found(resource=resource, version="1", updated=row.at, patient_id=row.patient_id)


@dataclass(frozen=True, slots=True)
class Trail:
    """The rows of the audit, newest first; they are sorted by nothing else."""

    sortable: frozenset[str] | None = frozenset()

    def page(self, exchange: Exchange, served: Served, search: Search) -> Page:
        """Return the page that *search* asks for; a position is the id of the last row that was looked at."""
        found: list[Found] = []
        last = 0
        for looked, (row, event) in enumerate(_looked_at(exchange, search)):
            if len(found) == search.count or looked == MOST_LOOKED_AT:
                return Page(found, (last,))
            last = row.id
            if matches(event.resource, search.criteria, exchange.now):
                found.append(event)
        return Page(found)

    def total(self, exchange: Exchange, served: Served, search: Search) -> int:
        """Return how many match. Raises FhirRefusal when too many would have to be looked at."""
        count = 0
        for looked, (_, event) in enumerate(_looked_at(exchange, search)):
            if looked == MOST_LOOKED_AT:
                raise refusal(
                    422, "too-costly", "There are too many to count; patient or a shorter time would be right."
                )
            count += matches(event.resource, search.criteria, exchange.now)
        return count


def _looked_at(exchange: Exchange, search: Search) -> Iterator[tuple[AuditRow, Found]]:
    """Every row that may match, newest first."""
    before = int(str(search.at[0])) if search.at else None
    asked: dict[str, Any] = dict(_bounds(search.criteria))
    if not is_auditor(exchange):
        asked["actor"] = exchange.caller.client
    while rows := exchange.records.audit_where(AT_ONCE, before=before, **asked):
        for row in rows:
            yield row, _found(exchange, row)
        before = rows[-1].id


def _bounds(criteria: tuple[Criterion, ...]) -> Iterator[tuple[str, str | datetime]]:
    """What the database may narrow by: one patient, and the time; the rest is looked at here."""
    for each in criteria:
        if each.modifier or len(each.values) != 1:
            continue
        match each.values[0]:
            case Reference(id=id) if each.parameter.name == "patient" and id:
                yield "patient", id
            case Moment(prefix=prefix, asked=time) if each.parameter.name == "date" and prefix in WITHIN:
                yield "since", time.start if prefix in ("eq", "ge", "gt", "sa") else BEGINNING
                yield "until", time.end if prefix in ("eq", "le", "lt", "eb") else END
            case _:
                pass


def _parameter(name: str, kind: Kind, path: str, *targets: str, about: str = "") -> Parameter:
    return Parameter(name=name, kind=kind, path=path, definition=STANDARD + name, targets=targets, about=about)


AUDIT_EVENT = Served(
    type="AuditEvent", read=read, find=searcher(Trail()),
    parameters=(
        _parameter("patient", Kind.REFERENCE, "entity.what", "Patient", about="Who was read or changed."),
        _parameter("date", Kind.DATE, "recorded"),
        _parameter("agent", Kind.REFERENCE, "agent.who", "Practitioner", about="The person who did it."),
        _parameter("agent-role", Kind.TOKEN, "agent.role"),
        _parameter("action", Kind.TOKEN, "action"),
        _parameter("type", Kind.TOKEN, "type"),
        _parameter("subtype", Kind.TOKEN, "subtype"),
        _parameter("entity", Kind.REFERENCE, "entity.what", "Patient", "Task", "CarePlan", "Encounter"),
        _parameter("outcome", Kind.TOKEN, "outcome"),
    ),
    about="Who read or changed what, over FHIR and on the pages; for auditors everything, for others their own doing.",
)  # fmt: skip
