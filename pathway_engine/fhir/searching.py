"""Searches answered: read what is asked, find a page of it, bring along what belongs to it, put it on record.

A type is searched over a `Source`. `InMemory` looks at every resource of a small type; `pathway_engine.fhir.rows` asks
the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import Any, Protocol
from urllib.parse import parse_qsl

from adapters.fhir.outcome import FhirRefusal, refusal
from pathway_engine.fhir.auditing import note_search
from pathway_engine.fhir.bundles import entries_of, searchset
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Handler, Served
from pathway_engine.fhir.identity_in_searches import resolved
from pathway_engine.fhir.includes import brought_along
from pathway_engine.fhir.matching import is_behind, matches, sort_keys
from pathway_engine.fhir.paging import PAGE, next_address, opened
from pathway_engine.fhir.search_language import Search, parameters_of, read_search

FORM = "application/x-www-form-urlencoded"
MOST_PAIRS = 200
Keys = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of matches; `more` is the position behind which the next one begins, None on the last."""

    found: Sequence[Found]
    more: tuple[Any, ...] | None = None


class Source(Protocol):
    """Where a type's resources are found; `sortable` are the parameters to sort by, None is any."""

    @property
    def sortable(self) -> frozenset[str] | None: ...

    def page(self, exchange: Exchange, served: Served, search: Search) -> Page: ...

    def total(self, exchange: Exchange, served: Served, search: Search) -> int: ...


def searcher(source: Source) -> Handler:
    """Return what answers searches over *source*."""

    def find(exchange: Exchange) -> Answer:
        return answered(exchange, source)

    return find


def small(every: Callable[[Exchange], Iterable[Found]]) -> Handler:
    """Return what searches a small type by looking at all of it."""
    return searcher(InMemory(every))


def answered(exchange: Exchange, source: Source) -> Answer:
    """Answer the search that *exchange* asks for. Raises FhirRefusal."""
    served = exchange.served[exchange.type]
    search, own = _asked(exchange, served, source)
    if search.counts_only:
        return searchset(exchange, search, [], total=source.total(exchange, served, search))
    page = source.page(exchange, served, search)
    entries = entries_of(exchange, search, page.found) + brought_along(exchange, search, page.found)
    note_search(exchange, (found.patient_id for found in page.found))
    onwards = None if page.more is None else next_address(exchange, search.used, page.more)
    return searchset(
        exchange, search, entries, total=_total(exchange, served, search, source, page), onwards=onwards, own=own
    )  # fmt: skip


def _total(exchange: Exchange, served: Served, search: Search, source: Source, page: Page) -> int | None:
    """How many there are: where that is asked for, or known because all of them are here."""
    if search.total == "none":
        return None
    if search.at is None and page.more is None:
        return len(page.found)
    return source.total(exchange, served, search) if search.total else None


# -- what is asked


def _asked(exchange: Exchange, served: Served, source: Source) -> tuple[Search, str | None]:
    """What is asked for, and the page's own address where it is a later page of a search."""
    strict = is_strict(exchange.headers)
    pages = [value for name, value in exchange.query if name == PAGE]
    if pages:
        if strict and len(exchange.query) > 1:
            raise refusal(400, "invalid", f"An address with {PAGE} says everything; nothing else belongs there.")
        pairs, position = opened(exchange, pages[0])
        own = f"{exchange.base}/{exchange.type}?{PAGE}={pages[0]}"
        return replace(_read(exchange, served, source, pairs, strict=False), at=position), own
    pairs = resolved(exchange, served, exchange.query, _posted(exchange))
    return _read(exchange, served, source, pairs, strict=strict), None


def _read(
    exchange: Exchange, served: Served, source: Source, pairs: Sequence[tuple[str, str]], *, strict: bool
) -> Search:  # fmt: skip
    return read_search(served, pairs, base=exchange.base, strict=strict, sortable=source.sortable)


def is_strict(headers: Mapping[str, str]) -> bool:
    """Whether the caller wants to be told of what is not understood."""
    wishes = headers.get("prefer", "").replace(";", ",").split(",")
    return any(wish.replace(" ", "").lower() == "handling=strict" for wish in wishes)


def _posted(exchange: Exchange) -> list[tuple[str, str]]:
    """The pairs of the form that was posted. Raises FhirRefusal when it is none."""
    if exchange.method != "POST" or not exchange.body:
        return []
    if not exchange.headers.get("content-type", "").lower().startswith(FORM):
        raise refusal(415, "not-supported", f"A search is posted as {FORM}.")
    try:
        return parse_qsl(
            exchange.body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict",
            max_num_fields=MOST_PAIRS,
        )  # fmt: skip
    except ValueError:
        raise _no_form() from None


def _no_form() -> FhirRefusal:
    return refusal(400, "invalid", f"The form cannot be read; would be right: name=value, at most {MOST_PAIRS} pairs.")


# -- small types


@dataclass(frozen=True, slots=True)
class InMemory:
    """All resources of a small type that the caller may see, by *every*."""

    every: Callable[[Exchange], Iterable[Found]]
    sortable: frozenset[str] | None = None

    def page(self, exchange: Exchange, served: Served, search: Search) -> Page:
        """Return the page that *search* asks for."""
        return page_of(self._matches(exchange, search), served, search)

    def total(self, exchange: Exchange, served: Served, search: Search) -> int:
        """Return how many match."""
        return len(self._matches(exchange, search))

    def _matches(self, exchange: Exchange, search: Search) -> list[Found]:
        return [each for each in self.every(exchange) if matches(each.resource, search.criteria, exchange.now)]


def page_of(found: Iterable[Found], served: Served, search: Search) -> Page:
    """Sort what was found and return the page behind `search.at`."""
    known = parameters_of(served)
    order = tuple((known[name].path, descends) for name, descends in search.sort)
    falls = tuple(descends for _, descends in order)
    keyed: list[tuple[Keys, Found]] = [(sort_keys(each.resource, order), each) for each in found]

    def first(one: tuple[Keys, Found], other: tuple[Keys, Found]) -> int:
        return is_behind(one[0], other[0], falls) - is_behind(other[0], one[0], falls)

    keyed.sort(key=cmp_to_key(first))
    if search.at is not None:
        keyed = [pair for pair in keyed if is_behind(pair[0], tuple(search.at), falls)]
    shown = keyed[: search.count]
    more = shown[-1][0] if len(keyed) > len(shown) and shown else None
    return Page([each for _, each in shown], more)
