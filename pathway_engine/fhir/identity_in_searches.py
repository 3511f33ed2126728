"""People searched for by their numbers: only in a posted form, and found at once, so that no address ever holds one.

What the number was is known to nobody afterwards: the search goes on with the patient's id, and its
addresses show that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from adapters.fhir.outcome import refusal
from pathway_engine.domain.errors import InvalidIdentityNumber, UnknownPatient
from pathway_engine.domain.events import Identifier
from pathway_engine.domain.identifiers import DNR, FHN, FNR, NationalIdentityNumber
from pathway_engine.fhir.exchange import Exchange, Pairs, Served
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.search_language import token
from pathway_engine.service.relations import require

NATIONAL = (FNR, DNR, FHN)
NOBODY = "nobody"
"""The id of a patient that there never is."""
PATIENT = "Patient"
_ELEVEN = re.compile(r"(?<![0-9A-Za-z])\d{11}(?![0-9A-Za-z])", re.ASCII)
POST = "Numbers of people stand in the form of POST [base]/[type]/_search, never in an address."


def resolved(exchange: Exchange, served: Served, told: Pairs, posted: Sequence[tuple[str, str]]) -> Pairs:
    """Return all pairs, those that name a patient by identifier with the patient's id instead. Raises FhirRefusal.

    A patient whom the caller may not see is as unknown as one who is not there.
    """
    if any(_is_secret(served, name, value) for name, value in told):
        raise refusal(400, "security", POST)
    pairs = tuple(_with_ids(exchange, served, name, value) for name, value in (*told, *posted))
    if any(holds_number(value) or holds_number(name) for name, value in pairs):
        raise refusal(400, "security", f"Only patient:identifier, or the identifier of a Patient, is a number. {POST}")
    return pairs


def _is_secret(served: Served, name: str, value: str) -> bool:
    """Whether a pair must not stand in an address. A hospital's own number for a Patient may.

    What looks like a national number anywhere in an address is refused before anything else: see `numbers`.
    """
    if _by_identifier(served, name) is None:
        return False
    return served.type != PATIENT or any(part.partition("|")[0] in NATIONAL for part in value.split(","))


def _by_identifier(served: Served, name: str) -> str | None:
    """The parameter that is to get ids, when *name* asks for a patient by identifier."""
    if served.type == PATIENT:
        return "_id" if name == "identifier" else None
    bare, _, modifier = name.partition(":")
    bare, _, chained = bare.partition(".")
    if modifier.startswith(f"{PATIENT}."):  # patient:Patient.identifier
        modifier, chained = "", modifier.removeprefix(f"{PATIENT}.")
    people = {each.name for each in served.parameters if each.kind is Kind.REFERENCE and PATIENT in each.targets}
    return bare if bare in people and "identifier" in (modifier, chained) else None


def _with_ids(exchange: Exchange, served: Served, name: str, value: str) -> tuple[str, str]:
    parameter = _by_identifier(served, name)
    if parameter is None:
        return name, value
    found = [id for part in value.split(",") for id in _ids(exchange, part)] or [NOBODY]
    return parameter, ",".join(id if parameter == "_id" else f"{PATIENT}/{id}" for id in dict.fromkeys(found))


def _ids(exchange: Exchange, text: str) -> Iterator[str]:
    """The patients of an identifier whom the caller may see."""
    for row in exchange.records.find_patients(list(_identifiers(text))):
        try:
            found = require(exchange.context, exchange.records, exchange.caller.who, row.id, exchange.now)
        except UnknownPatient:
            continue
        yield found.patient.id


def _identifiers(text: str) -> Iterable[Identifier]:
    asked = token(text)
    if asked.code is None:
        raise refusal(400, "invalid", "A patient is named by system|value.")
    if asked.system is not None:
        return [Identifier(system=asked.system, value=asked.code)]
    number = _number(asked.code)
    return [Identifier(system=number.system, value=number.digits)] if number else []


def holds_number(text: str) -> bool:
    """Whether a national identity number stands in *text*."""
    return any(_number(digits) for digits in _ELEVEN.findall(text))


def _number(digits: str) -> NationalIdentityNumber | None:
    try:
        return NationalIdentityNumber(digits)
    except InvalidIdentityNumber:
        return None
