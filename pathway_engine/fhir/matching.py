"""Whether a resource is what a search asks for, by looking at its JSON: for small types, and to check statements by."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from adapters.fhir.outcome import Json
from pathway_engine.fhir.dates import BEGINNING, END, Stretch, compare, stretch
from pathway_engine.fhir.search_language import Criterion, Moment, Reference, Token, Value

IMPLIED: Mapping[str, str] = {
    "Task.status": "http://hl7.org/fhir/task-status", "Task.priority": "http://hl7.org/fhir/request-priority",
    "CarePlan.status": "http://hl7.org/fhir/request-status", "Encounter.status": "http://hl7.org/fhir/encounter-status",
    "EpisodeOfCare.status": "http://hl7.org/fhir/episode-of-care-status",
    "Patient.gender": "http://hl7.org/fhir/administrative-gender",
}  # fmt: skip
"""The systems of codes that do not name theirs; of others any system will do."""


def matches(resource: Json, criteria: Iterable[Criterion], now: datetime) -> bool:
    """Say whether *resource* is what all of *criteria* ask for."""
    return all(_is_met(resource, each, now) for each in criteria)


def _is_met(resource: Json, criterion: Criterion, now: datetime) -> bool:
    path = criterion.parameter.path
    values = list(values_at(resource, path))
    if criterion.modifier == "missing":
        return (not values) == (criterion.values == ("true",))
    where = f"{resource.get('resourceType')}.{path}"
    found = any(_is_like(value, asked, criterion, where, now) for value in values for asked in criterion.values)
    return not found if criterion.modifier == "not" else found


def values_at(resource: object, path: str) -> Iterator[object]:
    """Give every value at a dotted *path*, through lists; of several paths with ``|`` between them all."""
    for way in path.split("|"):
        yield from _followed(resource, way.strip().split("."))


def _followed(value: object, steps: list[str]) -> Iterator[object]:
    if isinstance(value, list):
        for each in value:
            yield from _followed(each, steps)
    elif not steps:
        if value is not None:
            yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _followed(value[steps[0]], steps[1:])


def _is_like(value: object, asked: Value, criterion: Criterion, where: str, now: datetime) -> bool:
    match asked:
        case Token():
            return any(_is_token(asked, system, code) for system, code in _tokens(value, where))
        case Reference():
            return _is_reference(asked, value)
        case Moment():
            return compare(asked.prefix, asked.asked, covered(value), now)
        case _ if criterion.parameter.kind == "uri":
            return value == asked
        case _:
            return any(_is_text(asked, text, criterion.modifier) for text in _texts(value))


def _is_token(asked: Token, system: str | None, code: str) -> bool:
    """*system* None is one that is implied and not known."""
    fits = asked.system is None or system is None or asked.system == system
    return fits and asked.code in (None, code)


def _tokens(value: object, where: str) -> Iterator[tuple[str | None, str]]:
    """Give system and code of a code, Coding, CodeableConcept, Identifier, ContactPoint, boolean or text."""
    match value:
        case bool():
            yield None, "true" if value else "false"
        case str():
            yield from _implied(value, where)
        case {"coding": list(codings)}:
            for coding in codings:
                yield from _tokens(coding, where)
        case {"code": str(code)} | {"value": str(code)}:
            yield str(value.get("system", "")), code  # type: ignore[attr-defined]
        case _:
            pass


def _implied(code: str, where: str) -> Iterator[tuple[str | None, str]]:
    system = IMPLIED.get(where)
    yield system, code
    if system is not None:
        yield "", code


def _is_reference(asked: Reference, value: object) -> bool:
    told = value.get("reference") if isinstance(value, dict) else value
    if not isinstance(told, str):
        return False
    if not asked.id:
        return bool(asked.url) and asked.url in (told, told.partition("|")[0])
    type, _, id = told.partition("|")[0].rpartition("/")
    return id == asked.id and asked.type in ("", type.rpartition("/")[2])


def covered(value: object) -> Stretch:
    """The time that a date, an instant or a Period covers; open ends are without end."""
    if not isinstance(value, dict):
        return stretch(str(value))
    start = stretch(str(value["start"])).start if "start" in value else BEGINNING
    return Stretch(start, stretch(str(value["end"])).end if "end" in value else END)


def _texts(value: object) -> Iterator[str]:
    """Give the texts of a text, HumanName or Address."""
    match value:
        case str():
            yield value
        case dict():
            for name in ("text", "family", "given", "prefix", "suffix", "line", "city", "district", "state",
                         "postalCode", "country", "display"):  # fmt: skip
                part = value.get(name)
                yield from part if isinstance(part, list) else [part] if isinstance(part, str) else []
        case _:
            pass


def _is_text(asked: object, text: str, modifier: str) -> bool:
    if modifier == "exact":
        return asked == text
    sought, told = plain(str(asked)), plain(text)
    return sought in told if modifier == "contains" else told.startswith(sought)


def plain(text: str) -> str:
    """A text without case and accents: how names are looked for. Å, Ø and Æ are letters of their own."""
    kept = [sign if sign in "åøæ" else _bare(sign) for sign in unicodedata.normalize("NFC", text.casefold())]
    return " ".join("".join(kept).split())


def _bare(sign: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFD", sign) if not unicodedata.combining(part))


# -- sorting


def sort_key(resource: Json, path: str) -> str | None:
    """What a resource is sorted by: its first value at *path* as text; None without one."""
    value = next(values_at(resource, path), None)
    match value:
        case None:
            return None
        case {"start": str(at)}:
            return _sortable(at)
        case {"coding": [{"code": str(code)}, *_]} | {"code": str(code)} | {"reference": str(code)}:
            return code
        case {"value": str(code)}:
            return code
        case str():
            return _sortable(value)
        case _:
            return next((plain(text) for text in _texts(value)), str(value).lower())


def _sortable(text: str) -> str:
    """Instants in the order of time, whatever their zone; other texts without case."""
    try:
        return stretch(text).start.isoformat(timespec="microseconds") if text[:4].isdigit() else plain(text)
    except ValueError:
        return plain(text)


def sort_keys(resource: Json, order: Iterable[tuple[str, bool]]) -> tuple[str | None, ...]:
    """What a resource is sorted by: of each path a key, the id last."""
    return (*(sort_key(resource, path) for path, _ in order), str(resource.get("id", "")))


def is_behind(keys: tuple[object, ...], position: tuple[object, ...], falls: tuple[bool, ...]) -> bool:
    """Whether a resource with those *keys* comes after the one at *position*; what has no key comes last."""
    for mine, its, descends in zip(keys, position, (*falls, False), strict=True):
        if mine != its:
            if mine is None or its is None:
                return mine is None
            return bool(str(mine) < str(its)) if descends else bool(str(mine) > str(its))
    return False
