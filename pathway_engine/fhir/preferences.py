"""The header ``Prefer``: what the answer to a write should hold, and how strictly a request is taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adapters.fhir.outcome import outcome
from pathway_engine.fhir.exchange import Answer, Exchange, Found
from pathway_engine.fhir.preconditions import version_headers


class Return(StrEnum):
    """What the body of an answer to a write holds."""

    MINIMAL = "minimal"
    REPRESENTATION = "representation"
    OUTCOME = "OperationOutcome"


@dataclass(frozen=True, slots=True)
class Preference:
    """What the asker prefers. What is not known, ``respond-async`` too, is no reason to refuse."""

    content: Return = Return.REPRESENTATION
    is_strict: bool = False


def preference(headers: Mapping[str, str]) -> Preference:
    """Read the header; the first of a repeated preference counts."""
    told: dict[str, str] = {}
    for part in re.split(r"[,;]", headers.get("prefer", "")):
        name, _, value = part.partition("=")
        told.setdefault(name.strip().lower(), value.strip().strip('"'))
    contents = {each.value.lower(): each for each in Return}
    content = contents.get(told.get("return", "").lower(), Return.REPRESENTATION)
    return Preference(content, told.get("handling", "").lower() == "strict")


def written(exchange: Exchange, found: Found, status: int = 200) -> Answer:
    """The answer to a write that left *found*: with its version, its address, and as much body as is preferred."""
    place = exchange.address(str(found.resource["resourceType"]), str(found.resource["id"]))
    headers = {**version_headers(found), "Location": place}
    patients = (found.patient_id,) if found.patient_id else ()
    match preference(exchange.headers).content:
        case Return.MINIMAL:
            return Answer(status=status, headers=headers, patients=patients)
        case Return.OUTCOME:
            return Answer(status=status, body=outcome(()), headers=headers, patients=patients)
        case _:
            return Answer(status=status, body=found.resource, headers=headers, patients=patients)
