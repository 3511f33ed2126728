"""Our own profiles and extensions, as they ship."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from adapters.fhir.outcome import Json


@cache
def profiles() -> tuple[Json, ...]:
    """Return the profiles and extensions, in order of their ids."""
    folder = files("adapters.fhir") / "profiles"
    found = [json.loads(each.read_text("utf-8")) for each in folder.iterdir() if each.name.endswith(".json")]
    return tuple(sorted(found, key=lambda each: str(each["id"])))
