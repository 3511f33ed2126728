"""The tables that we check by are R4's, element for element and code for code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from adapters.fhir.checks import CONTAINABLE, READABLE
from adapters.fhir.codes import CODES, CONCEPTS, CURRENCIES, MEDIA_TYPES
from adapters.fhir.shapes import shape
from tests.adapters.fhir.published import codes_of, elements, needs_definitions, part

MEDPLUMS_OWN = {
    "Meta": {"project", "author", "onBehalfOf", "account", "accounts", "compartment", "deleted"},
    "HealthcareService": {"offeredIn"},
}  # fmt: skip
"""Elements that the definitions carry and R4 does not."""
MEDPLUMS_TARGETS = {"Bot", "ClientApplication", "AccessPolicy"}
NOT_OFFERED = {("Extension", "valueMeta")}
"""Elements of R4 that the models lack."""


def _parts(type: str) -> Iterator[str]:
    """*type* and all that its elements are made of."""
    waiting, seen = [type], set[str]()
    while waiting:
        each = waiting.pop()
        if each not in seen and each not in ("Resource", "ElementDefinition", "xhtml"):
            seen.add(each)
            yield each
            waiting += [element.type for element in shape(each).elements.values() if not element.primitive]


EVERY = sorted({each for type in READABLE | CONTAINABLE for each in _parts(type)})


def _published(type: str) -> dict[str, tuple[str, bool, bool, frozenset[str]]]:
    """Elements by their names in JSON: type, many, required, targets."""
    found = {}
    for name, element in elements()[type].items():
        if element["max"] != "0" and name not in MEDPLUMS_OWN.get(type, ()):
            for code, targets in _types(element):
                named = name.replace("[x]", code[0].upper() + code[1:]) if name.endswith("[x]") else name
                required = element["min"] > 0 and not name.endswith("[x]")
                found[named] = (code, element["max"] != "1", required, targets - MEDPLUMS_TARGETS)
    return {name: each for name, each in found.items() if (type, name) not in NOT_OFFERED}


def _types(element: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    if "contentReference" in element:
        yield part(element["contentReference"].partition("#")[2]), frozenset()
    for each in element.get("type", ()):
        code = each["code"]
        if code in ("BackboneElement", "Element"):
            code = part(element["path"])
        if code.startswith("http://hl7.org/fhirpath"):
            code = next((one["valueUrl"] for one in each.get("extension", ())), "string")
        targets = frozenset(one.rpartition("/")[2] for one in each.get("targetProfile", ()) if code == "Reference")
        yield code, targets - {"Resource"}


def _ours(type: str) -> dict[str, tuple[str, bool, bool, frozenset[str]]]:
    return {
        each.name: (
            each.type, each.many, each.required and not each.choice,
            each.targets if each.type == "Reference" else frozenset(),
        )
        for each in shape(type).elements.values()
    }  # fmt: skip


@needs_definitions
@pytest.mark.parametrize("type", EVERY)
def test_every_element_is_r4s(type: str) -> None:
    """Mutants: the models of R4B taken as they are; R5's, where Encounter.class is a list."""
    published, ours = _published(type), _ours(type)
    ours["id"], published["id"] = published["id"], published["id"]  # A resource's is an id, as its text says.
    if type == "BundleEntryResponse":
        published["outcome"] = ours["outcome"]  # Any resource.
    if type == "AuditEventSource":
        published["observer"] = ours["observer"]  # Medplum's leads to Subscriptions too.
    assert ours == published


@needs_definitions
@pytest.mark.parametrize("type", EVERY)
def test_the_choices_that_must_be_made_are_r4s(type: str) -> None:
    required = {name.removesuffix("[x]") for name, each in elements()[type].items() if each["min"] and "[x]" in name}
    assert shape(type).required_choices == required


@needs_definitions
def test_every_required_code_is_r4s() -> None:
    """Mutants: a code of R5's; a binding that is forgotten."""
    bound = {
        f"{type}.{name}": element["binding"]["valueSet"]
        for type in EVERY for name, element in elements()[type].items()
        if element.get("binding", {}).get("strength") == "required"
    }  # fmt: skip
    listed = {name: codes for name, value_set in bound.items() if (codes := codes_of(value_set))}
    ours = {**CODES, **{name: codes for name, (_, codes) in CONCEPTS.items()}}
    assert {
        name: codes ^ ours.get(name, frozenset()) for name, codes in listed.items() if codes != ours.get(name)
    } == {}
    assert set(ours) <= set(listed)
    assert set(bound) - set(listed) == MEDIA_TYPES | CURRENCIES
