"""Who gave a number: one name of the assigner in FHIR, in HL7 v2 and in the engine.

HL7 v2 names an assigner by a short name (CX-4.1) or an OID (CX-4.2), FHIR by the identifier's system. An OID is
the same in both; a short name stands below our own base, or in `assigner.identifier`, as the official map from v2
to FHIR has it. Any other system is an assigner of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from adapters.fhir.elements import table, text
from adapters.fhir.outcome import Json
from adapters.fhir.systems import OURS

OID = "urn:oid:"
NAMED = f"{OURS}/assigner/"
_IS_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


def assigner_of(identifier: Mapping[str, object], facility: str) -> str:
    """Return the name of who gave an Identifier; the sender's *facility* where it does not say."""
    inner = text(table(table(identifier.get("assigner")).get("identifier")).get("value"))
    return inner or assigner_of_system(text(identifier.get("system"))) or facility


def assigner_of_system(system: str) -> str:
    """Return the assigner whose numbers have that system."""
    if system.startswith(NAMED):
        return unquote(system.removeprefix(NAMED))
    return system.removeprefix(OID)


def system_of(assigner: str) -> str:
    """Return the system of an assigner's numbers: the way back."""
    if _IS_OID.fullmatch(assigner):
        return f"{OID}{assigner}"
    return assigner if re.match(r"[a-z][a-z0-9+.-]*:", assigner) else f"{NAMED}{quote(assigner, safe='')}"


def numbered(assigner: str, number: str) -> Json:
    """Return the Identifier of a number that *assigner* gave."""
    return {"system": system_of(assigner), "value": number}
