"""Does a resource keep to one of our own profiles? Its differential, element by element, and our extensions in it.

What the differentials of `profiles/` use is looked at: how often an element comes, fixed values, the types of a choice,
the targets of references, and slices of extensions by their url. Anything else of R4 is looked at elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapters.fhir.outcome import Issue, Json

Profiles = Mapping[str, Json]
"""Our own profiles and extensions by their url."""
UNBOUNDED = "*"


def deviations(resource: Json, profile: Json, known: Profiles) -> list[Issue]:
    """Return where *resource* does not keep to *profile*, and its extensions not to those of *known*."""
    if resource.get("resourceType") != profile.get("type"):
        return [Issue("invalid", f"The profile is of {profile.get('type')}.")]
    return [
        *_by_differential(resource, profile, str(profile["type"])),
        *_extensions(resource, known, str(profile["type"])),
    ]


def _by_differential(node: Json, profile: Any, path: str) -> Iterator[Issue]:
    for element in profile["differential"]["element"]:
        names = element["id"].split(".")[1:]
        for parent, place in _parents(node, names[:-1], path):
            if names:
                yield from _element(element, parent, names[-1], place)


def _parents(node: Any, names: Sequence[str], path: str) -> Iterator[tuple[Any, str]]:
    """Every object in which the last name of a path may stand."""
    if not names:
        yield node, path
        return
    for each, place in _values(node, names[0], path):
        if isinstance(each, dict):
            yield from _parents(each, names[1:], place)


def _values(node: Any, name: str, path: str) -> Iterator[tuple[Any, str]]:
    """What stands under *name*, which may be a slice of extensions or a choice of types."""
    element, _, sliced = name.partition(":")
    found = _choice(node, element) if element.endswith("[x]") else node.get(element)
    many = found if isinstance(found, list) else [] if found is None else [found]
    for number, each in enumerate(many):
        if not sliced or _is_slice(each, sliced):
            yield each, f"{path}.{element.removesuffix('[x]')}" + (f"[{number}]" if isinstance(found, list) else "")


def _is_slice(extension: Any, name: str) -> bool:
    """Whether an extension is the slice: the last part of its url is called so, or is the R5 element's."""
    said = re.split(r"[/.]", str(extension.get("url", "")))[-1] if isinstance(extension, dict) else ""
    return said in (name, {"planned-end": "plannedEndDate"}.get(name, name))


def _choice(node: Any, element: str) -> Any:
    stem = element.removesuffix("[x]")
    told = [value for key, value in node.items() if re.fullmatch(rf"{stem}[A-Z]\w*", key)]
    return told[0] if told else None


def _element(element: Any, parent: Any, name: str, path: str) -> Iterator[Issue]:
    values = list(_values(parent, name, path))
    place = f"{path}.{name.partition(':')[0].removesuffix('[x]')}"
    least, most = element.get("min", 0), element.get("max", UNBOUNDED)
    if len(values) < least:
        yield Issue("required", f"The profile wants {name} at least {least} times.", place)
    if most != UNBOUNDED and len(values) > int(most):
        yield Issue("structure", f"The profile takes {name} at most {most} times.", place)
    for value, where in values:
        yield from _value(element, parent, value, name, where)


def _value(element: Any, parent: Any, value: Any, name: str, path: str) -> Iterator[Issue]:
    for key in ("fixedUri", "fixedCode"):
        if key in element and value != element[key]:
            yield Issue("value", f"The profile wants {name} to be {element[key]}.", path)
    types = element.get("type", [])
    if name.endswith("[x]") and types and not _is_of(parent, name, [each["code"] for each in types]):
        yield Issue("value", f"The profile wants a {' or '.join(each['code'] for each in types)}.", path)
    targets = [url.rpartition("/")[2] for each in types for url in each.get("targetProfile", ())]
    reference = value.get("reference") if isinstance(value, dict) else None
    if targets and isinstance(reference, str) and not _leads_to(reference, targets):
        yield Issue("value", f"The profile wants a reference to {' or '.join(targets)}.", path)


def _is_of(parent: Any, name: str, types: Sequence[str]) -> bool:
    stem = name.removesuffix("[x]")
    return any(f"{stem}{type[:1].upper()}{type[1:]}" in parent for type in types)


def _leads_to(reference: str, targets: Sequence[str]) -> bool:
    """What is contained, or named by a urn, is looked at elsewhere."""
    return reference.startswith(("#", "urn:")) or any(f"{type}/" in reference for type in targets)


# -- extensions of ours


def _extensions(node: object, known: Profiles, path: str) -> Iterator[Issue]:
    """What is wrong with each extension of ours, wherever it stands."""
    if isinstance(node, list):
        for number, each in enumerate(node):
            yield from _extensions(each, known, f"{path}[{number}]")
    elif isinstance(node, dict):
        definition = known.get(str(node.get("url"))) if "url" in node else None
        if definition is not None and definition.get("type") == "Extension":
            yield from _by_differential(node, definition, path)
        for name, value in node.items():
            yield from _extensions(value, known, f"{path}.{name}")
