"""SMART scopes: what a program may do with each type, whatever patients its person may see.

``system/Task.rs`` grants reading (r) and searching (s), the others are creating (c), updating (u) and deleting (d);
``system/*.cruds`` grants everything. The older ``.read``, ``.write`` and ``.*`` mean rs, cud and cruds. Scopes of a
person's or patient's launch are refused, and so are those narrowed by search parameters: a scope that is
taken must hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from adapters.fhir.outcome import refusal
from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.fhir.exchange import Answer, Exchange

EVERY = "*"
ORDER = "cruds"
EVERYTHING = frozenset({f"system/{EVERY}.{ORDER}"})
_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|(?=[cruds])c?r?u?d?s?)")
_FIRST_VERSION = {"read": "rs", "write": "cud", "*": "cruds"}
RIGHTS = {"read": "r", "search-type": "s", "create": "c", "update": "u", "patch": "u", "delete": "d"}
"""Which letter an interaction takes."""
WRITING_OPERATIONS: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("PlanDefinition", "$apply"): (("CarePlan", "c"), ("Task", "c")),
}
"""What operations make when they are posted; every operation takes reading of its own type."""


class UnfitScope(PathwayEngineError):
    """The scope is none that is granted here. Would be right: system/Task.rs."""


def read_scope(text: str) -> tuple[str, frozenset[str]]:
    """Return the type, or ``*``, and the letters of a scope. Raises UnfitScope."""
    found = _SCOPE.fullmatch(text)
    if found is None:
        raise UnfitScope
    return found[1], frozenset(_FIRST_VERSION.get(found[2], found[2]))


def granted(asked: str, registered: Iterable[str]) -> frozenset[str]:
    """Return the scopes that stand in both *asked*, with blanks between, and *registered*, in the form of version 2.

    What cannot be granted is left out; of nothing nothing is granted.
    """
    found: dict[str, set[str]] = {}
    own = [read_scope(each) for each in registered]
    for type, letters in _readable(asked.split()):
        for registered_type, registered_letters in own:
            if EVERY in (type, registered_type) or type == registered_type:
                narrow = registered_type if type == EVERY else type
                found.setdefault(narrow, set()).update(letters & registered_letters)
    return frozenset(written(type, letters) for type, letters in found.items() if letters)


def _readable(scopes: Iterable[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for each in scopes:
        try:
            yield read_scope(each)
        except UnfitScope:
            continue


def written(type: str, letters: Iterable[str]) -> str:
    """Return the scope of *letters* on *type*, in the order that SMART prescribes."""
    return f"system/{type}.{''.join(sorted(letters, key=ORDER.index))}"


def allows(scopes: frozenset[str], type: str, letter: str) -> bool:
    """Whether one of *scopes* lets its holder do what *letter* stands for with resources of *type*."""
    letters = _letters(scopes)
    return letter in letters.get(type, "") or letter in letters.get(EVERY, "")


@lru_cache(maxsize=256)
def _letters(scopes: frozenset[str]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for each in scopes:
        type, letters = read_scope(each)
        found[type] = found.get(type, frozenset()) | letters
    return found


# -- what an exchange takes


def require(exchange: Exchange, interaction: str) -> None:
    """Raise FhirRefusal 403, saying which scope would be right, unless the caller holds what *interaction* takes."""
    for type, letter in _needed(exchange, interaction):
        _require(exchange, type, letter)


def require_shown(exchange: Exchange, answer: Answer) -> None:
    """Raise FhirRefusal 403 when a Bundle holds a type that the caller may not read, however it came into it.

    So what is included, and what an operation gathers, takes a scope of its own.
    """
    body = answer.body
    if not isinstance(body, dict) or body.get("resourceType") != "Bundle" or str(body.get("type")).endswith("response"):
        return
    entries = body.get("entry")
    for type in sorted(_types(entries if isinstance(entries, list) else []) - {exchange.type, "OperationOutcome"}):
        _require(exchange, type, "r")


def _types(entries: Iterable[Mapping[str, object]]) -> set[str]:
    resources = (entry.get("resource") for entry in entries)
    return {str(each.get("resourceType")) for each in resources if isinstance(each, dict)}


def _needed(exchange: Exchange, interaction: str) -> Iterator[tuple[str, str]]:
    if exchange.operation.startswith("$"):
        yield exchange.type, "r"
        if exchange.method == "POST":
            yield from WRITING_OPERATIONS.get((exchange.type, exchange.operation), ())
        return
    yield exchange.type, RIGHTS[interaction]
    if interaction == "create" and (exchange.query or "if-none-exist" in exchange.headers):
        yield exchange.type, "s"  # a condition is a search


def _require(exchange: Exchange, type: str, letter: str) -> None:
    if not allows(exchange.caller.scopes, type, letter):
        raise refusal(403, "forbidden", f"The token has no scope for this; {written(type, letter)} would be right.")
