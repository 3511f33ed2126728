"""Between a message's way of naming a number (a type code or an OID) and the `Identifier` that is kept.

Type codes are those of Volven 8116 (people) and 9051 (organisations), OIDs those of the Norwegian register of them.
A national number is known by its digits, whatever it was said to be. Nobody is refused for a check digit: a number
that is not what it is said to be is kept as one of its assigner's own, so that it joins nobody with anybody else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pathway_engine.domain.definition import Text
from pathway_engine.domain.errors import InvalidIdentityNumber
from pathway_engine.domain.events import Identifier
from pathway_engine.domain.identifiers import DNR, FHN, FNR, NationalIdentityNumber

HPR = "urn:oid:2.16.578.1.12.4.1.4.4"
DUF = "urn:oid:2.16.578.1.12.4.1.4.5"
ENH = "urn:oid:2.16.578.1.12.4.1.4.101"
RESH = "urn:oid:2.16.578.1.12.4.1.4.102"
HER = "urn:oid:2.16.578.1.12.4.1.2"
"""Systems of health personnel, immigration cases, organisations, specialist units and the address register."""

PEOPLE = "2.16.578.1.12.4.1.1.8116"
ORGANISATIONS = "2.16.578.1.12.4.1.1.9051"
"""Code systems of the type codes."""

LOCAL = "local:"
OTHER = "XXX"
_URN = "urn:oid:"
_CODE_AFTER = "#"


@dataclass(frozen=True, slots=True)
class TypeCode:
    """How a message names the kind of a number: code, the OID of its code system, and the name to display."""

    code: str
    code_system: str
    name: str


TYPES: Mapping[str, TypeCode] = {
    FNR: TypeCode("FNR", PEOPLE, "Fødselsnummer"),
    DNR: TypeCode("DNR", PEOPLE, "D-nummer"),
    FHN: TypeCode("FHN", PEOPLE, "Felles hjelpenummer"),
    HPR: TypeCode("HPR", PEOPLE, "HPR-nummer"),
    DUF: TypeCode("DUF", PEOPLE, "DUF-nummer"),
    HER: TypeCode("HER", ORGANISATIONS, "HER-id"),
    ENH: TypeCode("ENH", ORGANISATIONS, "Organisasjonsnummeret i Enhetsregisteret"),
    RESH: TypeCode("RSH", ORGANISATIONS, "RESH-id"),
}
"""The kinds that mean the same whoever says them, by system."""

LOCAL_TYPES: Mapping[str, TypeCode] = {
    each.code: each
    for each in (
        TypeCode("HNR", PEOPLE, "H-nummer"),
        TypeCode("PNR", PEOPLE, "Passnummer"),
        TypeCode("SEF", PEOPLE, "Svensk personnummer"),
        TypeCode("DKF", PEOPLE, "Dansk personnummer"),
        TypeCode("UID", PEOPLE, "Utenlandsk identifikasjon"),
        TypeCode(OTHER, PEOPLE, "Annet"),
        TypeCode("LAV", ORGANISATIONS, "Lokal avdelings-id"),
        TypeCode("LIN", ORGANISATIONS, "Lokal institusjons-id"),
        TypeCode("LOK", ORGANISATIONS, "Lokal id"),
    )
}
"""The kinds that hold only with whoever gave them, by code."""

_SHAPES = {HPR: r"[0-9]{1,9}", DUF: r"[0-9]{12}", RESH: r"[0-9]{1,10}", HER: r"[1-9][0-9]{0,9}", ENH: r"[0-9]{9}"}
"""What numbers look like that no check digit guards, or none that is asked for."""

NATIONAL = (FNR, DNR, FHN)
_SYSTEMS = {each.code: system for system, each in TYPES.items()}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a number in a message is kept as; `doubt` says, without the number, what is not right with it."""

    identifier: Identifier
    doubt: Text | None = None


def recognised(kind: str, value: str, assigner: str) -> Recognised:
    """Return what the *value* of *kind* (a type code, or an OID with or without ``urn:oid:``) is kept as.

    *assigner* is who gave or told it, for numbers that hold only there. Spaces in the value do not count.
    Never refuses: what is wrong becomes a local identifier with a doubt. A code that is not known is kept.
    """
    code, number = kind.strip(), "".join(value.split())
    system = system_of(code)
    if system is None:
        return Recognised(_local(assigner, code.upper() or OTHER, number))
    if system in NATIONAL:
        return _national(system, number, assigner)
    if re.fullmatch(_SHAPES[system], number):
        return Recognised(Identifier(system=system, value=number))
    return _doubted(system, number, assigner)


def system_of(kind: str) -> str | None:
    """Return the system that a type code or OID names; None for one that holds only with its assigner."""
    oid = _URN + kind.strip().removeprefix(_URN)
    return oid if oid in TYPES else _SYSTEMS.get(kind.strip().upper())


def type_code(identifier: Identifier) -> TypeCode:
    """Return how a message names the kind of *identifier*: the way back from `recognised`."""
    known = TYPES.get(identifier.system)
    if known is not None:
        return known
    _, _, code = identifier.system.partition(_CODE_AFTER)
    if code in _SYSTEMS:
        return TYPES[_SYSTEMS[code]]
    return LOCAL_TYPES.get(code) or TypeCode(code or OTHER, PEOPLE, LOCAL_TYPES[OTHER].name)


def system_by_digits(number: str) -> str | None:
    """Return the system of a national number by its own digits; None when they are no such number."""
    try:
        return NationalIdentityNumber(number).system
    except InvalidIdentityNumber:
        return None


def best_first(identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Return the identifiers, each once: national ones first, others in the message's order."""
    if len(identifiers) < 2:
        return identifiers
    rank = {system: place for place, system in enumerate(NATIONAL)}
    return tuple(sorted(dict.fromkeys(identifiers), key=lambda each: rank.get(each.system, len(rank))))


def succession(identifiers: Sequence[Identifier]) -> tuple[Identifier, Identifier] | None:
    """Return the fødselsnummer and the D-number of one person who has changed from the latter to the former.

    None unless there is exactly one of each and both tell the same day: then a person decides.
    """
    new, old = ([each for each in identifiers if each.system == system] for system in (FNR, DNR))
    if len(new) != 1 or len(old) != 1 or None in map(system_by_digits, (new[0].value, old[0].value)):
        return None
    follows = NationalIdentityNumber(new[0].value).succeeds(NationalIdentityNumber(old[0].value))
    return (new[0], old[0]) if follows else None


def _national(said: str, number: str, assigner: str) -> Recognised:
    system = system_by_digits(number)
    if system is None:
        return _doubted(said, number, assigner)
    doubt = None
    if system != said:
        doubt = Text(
            f"Nummeret er oppgitt som {TYPES[said].name}, men er et {TYPES[system].name}.",
            f"The number is said to be {TYPES[said].code}, but is {TYPES[system].code}.",
        )
    return Recognised(Identifier(system=system, value=number), doubt)


def _doubted(system: str, number: str, assigner: str) -> Recognised:
    each = TYPES[system]
    doubt = Text(
        f"Nummeret er oppgitt som {each.name}, men har feil lengde, sifre eller kontrollsifre; det er beholdt som "
        "lokalt.",
        f"The number is said to be {each.code}, but its length, digits or check digits are wrong; it is kept as "
        "a local one.",
    )
    return Recognised(_local(assigner, each.code, number), doubt)


def _local(assigner: str, code: str, number: str) -> Identifier:
    return Identifier(system=f"{LOCAL}{assigner}{_CODE_AFTER}{code}", value=number)
