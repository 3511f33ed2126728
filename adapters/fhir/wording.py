"""Texts in two languages, codes and extensions as FHIR writes them: bokmål in the element, English beside it."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.fhir.outcome import Json
from pathway_engine.domain.definition import Text

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
LANGUAGE = "nb"


def both(element: str, text: Text) -> Json:
    """Return the primitive *element* in bokmål, with its English translation where that says something else."""
    told: Json = {element: text.nb}
    return told if text.en == text.nb or not text.en else {**told, f"_{element}": {"extension": [_english(text.en)]}}


def _english(said: str) -> Json:
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": said}]
    return {"url": TRANSLATION, "extension": parts}


def coding(code: str, system: str = "", display: Text | None = None) -> Json:
    """Return a Coding."""
    told: Json = {"system": system} if system else {}
    return {**told, "code": code, **(both("display", display) if display else {})}


def concept(*codings: Json, text: str = "") -> Json:
    """Return a CodeableConcept."""
    told: Json = {"coding": list(codings)} if codings else {}
    return {**told, "text": text} if text else told


def simple(url: str, kind: str, value: object) -> Json:
    """Return an extension with one value, as ``simple(url, "Code", "law")``."""
    return {"url": url, f"value{kind}": value}


def nested(url: str, parts: Iterable[Json]) -> Json:
    """Return an extension made of others."""
    return {"url": url, "extension": list(parts)}


def without_empty(resource: Json) -> Json:
    """Return *resource* without what has no value: FHIR knows no empty strings, lists or objects."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {}, ())}
