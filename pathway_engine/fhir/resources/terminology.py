"""CodeSystem and ValueSet: our own codes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime

from adapters.fhir.outcome import Json
from adapters.fhir.terminology import Codes, code_lists, code_system_resource, value_set_resource
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.library import ROLE_NAMES, editions, kept, one_of
from pathway_engine.fhir.standard_parameters import published

Lists = dict[str, Codes]


def _lists(exchange: Exchange) -> tuple[Lists, datetime]:
    """The codes of all that is known, those in force first, and when the newest version came."""
    known = sorted(editions(exchange), key=lambda each: not each.is_current)
    newest = max((each.kept_since for each in known), default=exchange.now)
    return code_lists((each.pathway for each in known), ROLE_NAMES), newest


def _every(made: Callable[[str, Codes, str], Json]) -> Callable[[Exchange], Iterator[Found]]:
    def every(exchange: Exchange) -> Iterator[Found]:
        lists, newest = _lists(exchange)
        for name, codes in lists.items():
            version = hashlib.sha256(repr(sorted(codes.items())).encode()).hexdigest()[:8]
            yield kept(made(name, codes, version), newest)

    return every


every_code_system = _every(code_system_resource)
every_value_set = _every(lambda name, codes, version: value_set_resource(name, version))

CODE_SYSTEM = Served(
    type="CodeSystem", read=one_of(every_code_system), every=every_code_system,
    parameters=published("conformance", "url", "version", "name", "title", "status"),
    about="Our own codes: steps, roles, phases, reasons and what became of a task.",
)  # fmt: skip
VALUE_SET = Served(
    type="ValueSet", read=one_of(every_value_set), every=every_value_set,
    parameters=published("conformance", "url", "version", "name", "title", "status"),
    about="All codes of one of our own code systems.",
)  # fmt: skip
