"""References between resources: how they are written, and whether they lead where the element may lead."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from adapters.fhir.codes import RESOURCE_TYPES

_ID = r"[A-Za-z0-9\-.]{1,64}"
RELATIVE = re.compile(rf"(?P<type>[A-Z][A-Za-z]+)/{_ID}(?:/_history/{_ID})?")
ABSOLUTE = re.compile(rf"https?://[^\s?#]+?/(?P<type>[A-Z][A-Za-z]+)/{_ID}(?:/_history/{_ID})?")
CONDITIONAL = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?\S+")
UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
WRITTEN = (
    "this is no reference; Type/id, an absolute address, urn:uuid: with a UUID, urn:oid: with an OID, or #id of what is"
    " contained would be right"
)


def target(text: str, contained: Mapping[str, str], conditional: bool = False) -> str:
    """Return the type that a reference names, empty where it names none.

    *contained* gives the types of what is contained by ``#id``. *conditional* takes ``Type?search`` too, as in a
    transaction. Raises ValueError, saying what would be right.
    """
    if text.startswith("#"):
        if text not in contained:
            raise ValueError("nothing that is contained has this id")
        return contained[text]
    found = RELATIVE.fullmatch(text) or (CONDITIONAL.fullmatch(text) if conditional else None)
    if found is not None and found["type"] in RESOURCE_TYPES:
        return found["type"]
    if UUID.fullmatch(text) or OID.fullmatch(text):
        return ""
    return _of_address(text)


def _of_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(?:/\S*)?", text):
        raise ValueError(WRITTEN)
    found = ABSOLUTE.fullmatch(text)
    return found["type"] if found and found["type"] in RESOURCE_TYPES else ""


def fault(type: str, told: object, targets: Collection[str]) -> str | None:
    """Return why a reference to *type*, with *told* as its `type`, may not lead there, None where it may."""
    if told is not None and told not in RESOURCE_TYPES:
        return "its type is no resource type of R4"
    if told and type and told != type:
        return f"it says {told} and leads to {type}"
    leads = type or (told if isinstance(told, str) else "")
    if leads and targets and leads not in targets:
        return f"it leads to {leads}; right would be {', '.join(sorted(targets))}"
    return None
