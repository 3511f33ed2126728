"""The walk through a resource along the elements that R4 gives its type: all that is wrong, each with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from adapters.fhir import bundle_rules, narrative, primitives, references
from adapters.fhir.codes import CODES, CONCEPTS, CURRENCIES, MEDIA_TYPES
from adapters.fhir.invariants import INVARIANTS
from adapters.fhir.outcome import Json
from adapters.fhir.shapes import Element, Shape, shape
from adapters.fhir.telling import Findings, element_name, shown, within

MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:\s*;\s*[^\s;]+)*")
CURRENCY = re.compile("[A-Z]{3}")


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk: which `types` may stand where, and what is found.

    `contained` gives the types of what the resource contains by ``#id`` (itself by ``#``), `named` all that its
    references and addresses name. `bundle` is the type of the Bundle around it.
    """

    findings: Findings
    types: frozenset[str]
    containable: frozenset[str]
    understood: frozenset[str]
    bundle: str = ""
    contained: Mapping[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)


def walk_resource(value: object, path: str, walk: Walk) -> None:
    """Find what is wrong with a resource that stands by itself or in a Bundle."""
    type = allowed_type(value, path, walk.types, walk.findings)
    if type is None or not isinstance(value, dict):
        return
    bundle = str(value.get("type")) if type == "Bundle" else walk.bundle
    types = walk.types - {"Bundle"} if type == "Bundle" else walk.types
    inner = replace(walk, bundle=bundle, types=types, contained=_contained(value, type), named=set())
    _walk_composed(type, {name: each for name, each in value.items() if name != "resourceType"}, path, inner)
    _check_contained(value, path, inner)
    if type == "Bundle" and not walk.findings.count:
        _check_bundle(value, path, inner)


def allowed_type(value: object, path: str, types: Collection[str], findings: Findings) -> str | None:
    """Return the type of a resource when it is one of *types*; tell what would be right when it is none."""
    if not isinstance(value, dict):
        findings.add("structure", "A resource, which is a JSON object, would be right here.", path)
        return None
    type = value.get("resourceType")
    if not isinstance(type, str):
        findings.add("structure", "A resource names its type: resourceType, a text, would be right.", path)
    elif type not in types:
        right = ", ".join(sorted(types))
        findings.add("not-supported", f"Resources of type {shown(type)} are not taken here; taken are {right}.", path)
    else:
        return type
    return None


# -- What is contained


def _contained(value: Json, type: str) -> dict[str, str]:
    inside = value.get("contained")
    listed = inside if isinstance(inside, list) else []
    return {"#": type} | {
        f"#{each['id']}": str(each.get("resourceType")) for each in listed if isinstance(each, dict) and "id" in each
    }


def _walk_contained(value: object, path: str, walk: Walk) -> None:
    type = allowed_type(value, path, walk.containable, walk.findings)
    if type is None or not isinstance(value, dict):
        return
    if "contained" in value:
        walk.findings.add("invariant", "dom-2: what is contained contains nothing itself.", f"{path}.contained")
    meta = value.get("meta")
    if isinstance(meta, dict) and meta.keys() & {"versionId", "lastUpdated", "security"}:
        walk.findings.add("invariant", "dom-4, dom-5: what is contained has no version or label.", f"{path}.meta")
    inside = {name: each for name, each in value.items() if name not in ("resourceType", "contained")}
    named = walk.named
    walk.named = set()
    _walk_composed(type, inside, path, walk)
    if "#" in walk.named:
        walk.named.add(f"#{value.get('id')}")
    walk.named |= named


def _check_contained(value: Json, path: str, walk: Walk) -> None:
    inside = value.get("contained")
    for place, each in enumerate(inside if isinstance(inside, list) else []):
        where = f"{path}.contained[{place}]"
        if isinstance(each, dict) and "id" not in each:
            walk.findings.add("invariant", "dom-3: what is contained has an id, by which it is referred to.", where)
        elif isinstance(each, dict) and f"#{each['id']}" not in walk.named:
            walk.findings.add("invariant", "dom-3: what is contained is referred to; leave it out.", where)
    if isinstance(inside, list) and len(walk.contained) <= len(inside) and not walk.findings.count:
        walk.findings.add("invariant", "Each contained resource has an id of its own.", f"{path}.contained")


def _check_bundle(value: Json, path: str, walk: Walk) -> None:
    for where, right in bundle_rules.broken(value):
        walk.findings.add("invariant", f"{right}.", f"{path}{where}")
    if walk.bundle == "transaction":
        entries = value.get("entry")
        known = {each.get("fullUrl") for each in entries} if isinstance(entries, list) else set()
        for place, name in _urns(value, path):
            if name not in known:
                walk.findings.add("not-found", "No entry has this urn:uuid: as its fullUrl.", place)


def _urns(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every reference to a UUID within *value*."""
    if isinstance(value, dict):
        name = value.get("reference")
        if isinstance(name, str) and name.startswith("urn:uuid:"):
            yield f"{path}.reference", name
        for key, each in value.items():
            yield from _urns(each, within(path, key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _urns(each, f"{path}[{place}]")


# -- Elements


def _walk_composed(type: str, value: Json, path: str, walk: Walk) -> bool:
    """Walk through *value* as *type*; True when nothing is wrong in it."""
    before, form = walk.findings.count, shape(type)
    for name, each in value.items():
        _walk_named(form, type, name, each, value, path, walk)
    _check_required(form, value, path, walk.findings)
    if type == "Extension":
        _check_extension(value, path, walk.findings)
    if walk.findings.count == before:
        _check_invariants(type, value, path, walk.findings)
    return walk.findings.count == before


def _walk_named(form: Shape, type: str, name: str, value: object, around: Json, path: str, walk: Walk) -> None:
    element = form.elements.get(name.removeprefix("_"))
    if element is None or (name.startswith("_") and not element.primitive):
        text = f"R4 has no {element_name(name)} here; leave it out, or use an extension."
        walk.findings.add("structure", text, within(path, name))
    elif name.startswith("_"):
        _walk_companion(element, value, around, _place(element, path), walk)
    else:
        _walk_values(element, type, value, around.get(f"_{name}"), path, walk)


def _place(element: Element, path: str) -> str:
    """The FHIRPath of an element: of ``valueString`` it is ``value``."""
    return f"{path}.{element.choice or element.name}"


def _walk_values(element: Element, type: str, value: object, companion: object, path: str, walk: Walk) -> None:
    place = _place(element, path)
    if not element.many:
        _walk_value(element, type, value, place, walk)
    elif not isinstance(value, list):
        walk.findings.add("structure", f"A list of {element.name} would be right.", place)
    elif not value:
        walk.findings.add("structure", "An empty list says nothing; leave the element out.", place)
    else:
        beside = companion if isinstance(companion, list) else []
        for number, each in enumerate(value):
            if each is not None or not element.primitive or not any(beside[number : number + 1]):
                _walk_value(element, type, each, f"{place}[{number}]", walk)


def _walk_value(element: Element, type: str, value: object, place: str, walk: Walk) -> None:
    if value is None:
        walk.findings.add("structure", "null says nothing; leave the element out.", place)
    elif isinstance(value, list):
        walk.findings.add("structure", "One value, not a list, would be right.", place)
    elif element.primitive:
        _check_primitive(element, type, value, place, walk)
    elif element.name == "contained":
        _walk_contained(value, place, walk)
    elif element.type == "Resource":
        walk_resource(value, place, walk)
    elif not isinstance(value, dict):
        walk.findings.add("structure", f"A JSON object, as {element.type} is one, would be right.", place)
    elif not value.keys() - {"id"}:
        walk.findings.add("structure", "An empty object says nothing; leave the element out.", place)
    elif _walk_composed(element.type, value, place, walk):
        _check_element(element, type, value, place, walk)


def _walk_companion(element: Element, value: object, around: Json, place: str, walk: Walk) -> None:
    """``_birthDate`` beside ``birthDate``: an id and extensions of a primitive, in a list where there is a list."""
    if element.many != isinstance(value, list) or value in ([], None):
        walk.findings.add("structure", f"_{element.name} has the form of {element.name}; that would be right.", place)
        return
    listed = value if isinstance(value, list) else [value]
    beside = around.get(element.name)
    values = beside if isinstance(beside, list) else [beside]
    if not any(listed) or (element.name in around and len(values) != len(listed)):
        walk.findings.add("structure", f"_{element.name} has a part for each {element.name}, or is left out.", place)
        return
    for number, each in enumerate(listed):
        where = f"{place}[{number}]" if element.many else place
        if isinstance(each, dict) and each:
            _walk_composed("Element", each, where, walk)
        elif each is not None or values[number : number + 1] in ([], [None]):
            walk.findings.add("structure", "An object with an id or extensions would be right.", where)


def _check_primitive(element: Element, type: str, value: object, place: str, walk: Walk) -> None:
    wrong = primitives.fault(element.type, value)
    if wrong is not None:
        walk.findings.add(wrong[0], f"{element.name}: {wrong[1]}.", place)
    elif isinstance(value, str) and element.type == "code":
        _check_code(f"{type}.{element.name}", value, place, walk.findings)
    elif isinstance(value, str) and element.name == "implicitRules":
        walk.findings.add("not-supported", "Rules that change what is said are not understood here.", place)
    elif isinstance(value, str) and element.type == "xhtml":
        right = narrative.fault(value)
        if right is not None:
            walk.findings.add("invariant", f"txt-1, txt-2: {right}.", place)
    elif isinstance(value, str) and value.startswith("#"):
        walk.named.add(value)


def _check_code(element: str, code: str, place: str, findings: Findings) -> None:
    codes = CODES.get(element)
    if codes is not None and code not in codes:
        right = f"right would be {', '.join(sorted(codes))}" if len(codes) <= 40 else "R4 has no such type"
        findings.add("code-invalid", f"{shown(code)} is no code of {element} in R4; {right}.", place)
    elif element in MEDIA_TYPES and not MEDIA_TYPE.fullmatch(code):
        findings.add("code-invalid", "A media type like application/pdf would be right.", place)
    elif element in CURRENCIES and not CURRENCY.fullmatch(code):
        findings.add("code-invalid", "A currency like NOK would be right.", place)


def _check_concept(element: str, concept: Json, place: str, findings: Findings) -> None:
    system, codes = CONCEPTS[element]
    codings = concept.get("coding")
    found = [each for each in codings if isinstance(each, dict)] if isinstance(codings, list) else []
    if not any(each.get("system") == system and each.get("code") in codes for each in found):
        right = f"right would be one of {system}: {', '.join(sorted(codes))}"
        findings.add("code-invalid", f"This has no code of {element} in R4; {right}.", place)


# -- What holds of whole elements


def _check_required(form: Shape, value: Json, path: str, findings: Findings) -> None:
    for each in form.required:
        if each.name not in value and f"_{each.name}" in value:
            text = f"{each.name} is needed as a value; an extension in its place is not taken."
            findings.add("required", text, f"{path}.{each.name}")
        elif each.name not in value:
            findings.add("required", f"{each.name} is missing.", path)
    for choice, names in form.choices.items():
        chosen = {name.removeprefix("_") for name in value} & names
        if len(chosen) > 1:
            findings.add("structure", f"One {choice}[x], not {len(chosen)}, would be right.", f"{path}.{choice}")
        elif not chosen and choice in form.required_choices:
            findings.add("required", f"{choice}[x] is missing.", path)


def _check_extension(value: Json, path: str, findings: Findings) -> None:
    has_value = any(name.removeprefix("_").startswith("value") for name in value)
    if has_value == ("extension" in value):
        findings.add("invariant", "ext-1: an extension has either a value or extensions.", path)
    nested = path.count(".extension[") + path.count(".modifierExtension[") > 1
    url = value.get("url")
    if isinstance(url, str) and ":" not in url and not nested:
        findings.add("value", "url: the address of an extension is absolute.", f"{path}.url")


def _check_element(element: Element, type: str, value: Json, place: str, walk: Walk) -> None:
    if element.type == "Reference":
        _check_reference(element, value, place, walk)
    if f"{type}.{element.name}" in CONCEPTS:
        _check_concept(f"{type}.{element.name}", value, place, walk.findings)
    if element.name == "modifierExtension" and value.get("url") not in walk.understood:
        text = "This extension would change what the element says, and is not understood here."
        walk.findings.add("extension", text, place)


def _check_reference(element: Element, value: Json, place: str, walk: Walk) -> None:
    reference = value.get("reference")
    try:
        conditional = walk.bundle == "transaction"
        type = references.target(reference, walk.contained, conditional) if isinstance(reference, str) else ""
    except ValueError as wrong:
        walk.findings.add("value", f"{element.name}: {wrong}.", f"{place}.reference")
        return
    right = references.fault(type, value.get("type"), element.targets)
    if right is not None:
        walk.findings.add("value", f"{element.name}: {right}.", place)


def _check_invariants(type: str, value: Json, path: str, findings: Findings) -> None:
    for each in INVARIANTS.get(type, ()):
        if not each.holds(value):
            findings.add("invariant", f"{each.key}: {each.right}.", path)
