"""A large type is searched where its rows are: by columns as far as there are columns, then by looking at resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapters.fhir.outcome import refusal
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.fields import Afterwards, Field, condition_of
from pathway_engine.fhir.matching import matches
from pathway_engine.fhir.search_language import Criterion, Search
from pathway_engine.fhir.searching import Page, page_of
from pathway_engine.service.relations import ground_of
from pathway_engine.storage.conditions import EVERYTHING, All, Condition
from pathway_engine.storage.searching import Placed, Wanted

AT_ONCE = 200
"""Rows that are fetched at once where not all of them are shown."""
LOOKED_AT_MOST = 2000
"""Rows that are looked at for one page; one that is not full then goes on behind them."""
COUNTED = 5
"""So many times as many rows are looked at to say how many there are."""
AFTERWARDS = Afterwards()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Where a type's rows are. What the caller may not see `render` gives as None; a row may do so always.

    `fields` say which columns the parameters look at: what none looks at is decided by the resource. `sorts` are the
    columns to sort by; by anything else only few can be sorted. `count` counts rows where all of them are shown.
    `narrowed` is what follows from a search beyond its single criteria. `likely` looks at a row before it is rendered.
    `looked_at` is how many rows are looked at for a page.
    """

    fields: Mapping[str, Field]
    sorts: Mapping[str, str]
    find: Callable[[Exchange, Wanted], list[Placed]]
    render: Callable[[Exchange, Sequence[Any]], Sequence[Found | None]]
    count: Callable[[Exchange, Condition], int] | None = None
    narrowed: Callable[[Search], Condition] = lambda search: EVERYTHING
    likely: Callable[[Any, Search, datetime], bool] | None = None
    looked_at: int = LOOKED_AT_MOST
    sortable: frozenset[str] | None = field(default=None, init=False)

    def page(self, exchange: Exchange, served: Served, search: Search) -> Page:
        """Return the page that *search* asks for."""
        if any(name not in self.sorts for name, _ in search.sort):
            return page_of(self._all(exchange, search), served, search)
        shown: list[tuple[Placed, Found]] = []
        looked = 0
        wanted = self._wanted(exchange, search)
        while True:
            wanted = replace(wanted, limit=self._share(search.count - len(shown), looked))
            placed = self.find(exchange, wanted)
            for row, found in self._fitting(exchange, search, placed):
                if len(shown) == search.count:
                    return Page([each for _, each in shown], shown[-1][0].position)
                shown.append((row, found))
            if len(placed) < wanted.limit:
                return Page([each for _, each in shown])
            looked += len(placed)
            wanted = replace(wanted, after=placed[-1].position)
            if looked >= self.looked_at:
                return Page([each for _, each in shown], placed[-1].position)

    def total(self, exchange: Exchange, served: Served, search: Search) -> int:
        """Return how many match. Raises FhirRefusal where that would take too long."""
        if self.count is not None and not self._is_decided_afterwards(search):
            return self.count(exchange, self._condition(exchange, search))
        return len(self._all(exchange, search))

    def _all(self, exchange: Exchange, search: Search) -> list[Found]:
        shown: list[Found] = []
        wanted = replace(self._wanted(exchange, replace(search, sort=(), at=None)), limit=AT_ONCE)
        for _ in range(0, self.looked_at * COUNTED, AT_ONCE):
            placed = self.find(exchange, wanted)
            shown += [found for _, found in self._fitting(exchange, search, placed)]
            if len(placed) < wanted.limit:
                return shown
            wanted = replace(wanted, after=placed[-1].position)
        raise refusal(403, "too-costly", "There are too many to count or sort so; name a patient or a time.")

    def _share(self, missing: int, looked: int) -> int:
        """How many rows to ask for: one more than are missing, to know of more; more when the first were not enough."""
        return missing + 1 if self.count is not None or not looked else max(missing + 1, AT_ONCE)

    def _wanted(self, exchange: Exchange, search: Search) -> Wanted:
        order = tuple((self.sorts[name], descends) for name, descends in search.sort)
        return Wanted(condition=self._condition(exchange, search), order=(*order, ("id", False)), after=search.at)

    def _condition(self, exchange: Exchange, search: Search) -> Condition:
        each = (condition_of(exchange, self._field(criterion), criterion) for criterion in search.criteria)
        return All((*each, self.narrowed(search)))

    def _field(self, criterion: Criterion) -> Field:
        return self.fields.get(criterion.parameter.name, AFTERWARDS)

    def _is_decided_afterwards(self, search: Search) -> bool:
        return any(not self._field(criterion).exact for criterion in search.criteria)

    def _fitting(self, exchange: Exchange, search: Search, placed: Sequence[Placed]) -> Iterator[tuple[Placed, Found]]:
        """The rows that the caller may see and whose resources are as asked."""
        rest = tuple(each for each in search.criteria if not self._field(each).exact)
        if self.likely is not None:
            placed = [each for each in placed if self.likely(each.row, search, exchange.now)]
        for row, found in zip(placed, self.render(exchange, [each.row for each in placed]), strict=True):
            if found is not None and (not rest or matches(found.resource, rest, exchange.now)):
                yield row, found


class Nearness:
    """Whose patients the caller may see, each asked once."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._known: dict[str, bool] = {}

    def sees(self, patient_id: str) -> bool:
        """Whether the caller may see that patient."""
        if patient_id not in self._known:
            self._known[patient_id] = self._ask(patient_id)
        return self._known[patient_id]

    def _ask(self, patient_id: str) -> bool:
        exchange = self._exchange
        row = exchange.records.patient(patient_id)
        if row is not None and row.survivor_id is not None:
            row = exchange.records.patient(row.survivor_id)
        who, now = exchange.caller.who, exchange.now
        return row is not None and ground_of(exchange.context, exchange.records, who, row, now) is not None
