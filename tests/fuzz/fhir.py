"""FHIR resources as a fuzz target: whatever comes is a resource that is written as it was read, or a told refusal."""

from __future__ import annotations

import copy
import json
import os
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from adapters.fhir.checks import READABLE, check, read_resource
from adapters.fhir.codes import CODES
from adapters.fhir.json_text import read_json, write_json
from adapters.fhir.outcome import FhirRefusal, outcome
from tests.adapters.fhir.specimens import bundle, encounter, patient, posted, task
from tests.fuzz.corpus import naughty
from tests.fuzz.mutating import Grammar

WORDS = (
    "null", "true", "1e400", "0.40", "-0", "[]", "{}", '""', '"resourceType"', '"Task"', '"FooType"', '"Bundle"',
    '"contained"', '"extension"', '"modifierExtension"', '"_status"', '"valueString"', '"valueCode"', '"reference"',
    '"#"', '"#p"', '"Patient/1"', '"urn:uuid:1"', '"2026-02-30"', '"2026"', '"2026-11-22T10:00:00Z"', "\\u0000",
    "\\ud800", "\ufeff", '"discharged"', '"klar"', "<script>", "<!--", "&nbsp;", "{" * 70, "[" * 70, '{"a":' * 70,
)  # fmt: skip
TEXTS = (
    "", " ", "a", "klar", "2026", "2026-02-30", "true", "#", "#p", "Patient/1", "Encounter/1", "https://a.example/b",
    "urn:uuid:1", "1.2", "x" * 70, "active", "home", "<div/>", "discharged", "2026-11-22T10:00:00", "10:00:00", "mo",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, [], {}, 0, -1, 1.5, True, False, [None], [[]], {"id": "a"}, {"extension": []}, {"x": 1}, 10**20,
    {"extension": [{"url": "https://a.example/x", "valueString": "a"}]},
)  # fmt: skip
NAMES = (
    "id", "extension", "modifierExtension", "valueString", "valueCode", "status", "contained", "resourceType", "text",
    "reference", "system", "code", "value", "url", "period", "implicitRules", "fhir_comments", "for_fhir",
)  # fmt: skip


class Broken(AssertionError):
    """A promise does not hold."""


@cache
def resources() -> tuple[dict[str, Any], ...]:
    """Ours, and the small ones of the official examples where they lie at hand."""
    own = (task(), patient(), encounter(), bundle(posted(task())), bundle({"resource": patient()}, type="collection"))
    folder = Path(os.environ.get("PATHWAY_FHIR_EXAMPLES") or "/nowhere")
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    small = [file for file in files if file.stat().st_size < 9000 and file.name.partition("-")[0] in READABLE]
    return (*own, *(json.loads(file.read_bytes()) for file in small))


def altered(chance: Random, resource: dict[str, Any]) -> dict[str, Any]:
    """*resource* with something left out, added, put elsewhere or changed for something odd."""
    made = copy.deepcopy(resource)
    for _ in range(chance.choice((1, 1, 1, 2))):
        places = list(_places(made))
        if places:
            chance.choice(WAYS)(chance, *chance.choice(places))
    return made


def _places(value: Any) -> Any:
    """Every value within, as what holds it and its key or number."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(items):
        yield value, key
        yield from _places(each)


def _left_out(chance: Random, holder: Any, key: Any) -> None:
    del holder[key]


def _odd(chance: Random, holder: Any, key: Any) -> None:
    holder[key] = copy.deepcopy(chance.choice(ODD))


def _another_text(chance: Random, holder: Any, key: Any) -> None:
    holder[key] = chance.choice(TEXTS)


def _elsewhere(chance: Random, holder: Any, key: Any) -> None:
    other, place = chance.choice(list(_places(chance.choice(resources()))))
    holder[place if isinstance(place, str) and isinstance(holder, dict) else key] = copy.deepcopy(other[place])


def _added(chance: Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[chance.choice((f"_{key}", *NAMES))] = copy.deepcopy(chance.choice((*ODD, *TEXTS)))
    else:
        holder.append(copy.deepcopy(holder[key]))


def _one_character(chance: Random, holder: Any, key: Any) -> None:
    text = holder[key]
    if isinstance(text, str) and text:
        place = chance.randrange(len(text))
        holder[key] = text[:place] + chance.choice(("", "9", "-", " ", "T", "é", "<", "#")) + text[place + 1 :]


WAYS = (_left_out, _odd, _another_text, _elsewhere, _elsewhere, _added, _added, _one_character)


@cache
def grammar() -> Grammar:
    """Resources, half of them altered, cut at what stands between JSON's pieces."""
    whole = [json.dumps(each).encode() for each in resources()]
    chance = Random(1)
    odd = [json.dumps(altered(chance, chance.choice(resources()))).encode() for _ in range(2000)]
    words = (*naughty(), *(word.encode("utf-8", "surrogatepass") for word in WORDS * 6))
    return Grammar((*whole * (1000 // len(whole)), *odd), words, (b",", b'"', b":", b", ", b"{", b"}", b"[", b"]"))


def feed(raw: bytes) -> bool:
    """A resource comes out as it went in and is still right, or issues come out of which an outcome can be made."""
    named = re.search(rb'"resourceType": ?"([A-Za-z]+)"', raw)
    try:
        resource = read_resource(raw, named[1].decode() if named else "Task")
    except FhirRefusal as refusal:
        _is_told(refusal)
        return False
    if read_json(write_json(resource)) != resource or check(resource):
        raise Broken("what was read is not what is written")
    return True


def _is_told(refusal: FhirRefusal) -> None:
    if refusal.status not in (400, 413, 422) or not refusal.issues:
        raise Broken(f"refused with {refusal.status} and {len(refusal.issues)} issues")
    for issue in refusal.issues:
        if issue.code not in CODES["OperationOutcomeIssue.code"] or not re.fullmatch(r"[\w.\[\]]*", issue.expression):
            raise Broken(f"an issue of the code {issue.code} at {issue.expression}")
        if not issue.text.isprintable() or len(issue.text) > 1000:
            raise Broken("an issue is not one short line")
    write_json(outcome(refusal.issues))
