"""JSON schemas of pathway, checklist and journey files, for editors that complete and underline.

`python -m pathway_engine.language.schema_export docs/schema` writes them anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pathway_engine.language.schema import FACT_KINDS, LEAVINGS, SECTIONS, Key
from pathway_engine.language.vocabulary import MESSAGES

Json = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILES = {
    "pathway.schema.json": ("pathway", "A patient pathway"),
    "checklist.schema.json": ("checklist", "A checklist of a pathway"),
    "journey.schema.json": ("journey", "A worked example of a pathway"),
}
NAME: Json = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$"}
DURATION = r"^(same day|[0-9]+ (working )?(hours?|days?)|[0-9]+ weeks?)( at [0-2][0-9]:[0-5][0-9])?$"
SHAPES: Mapping[str, Json] = {
    "id": NAME,
    "names": {"oneOf": [NAME, {"type": "array", "items": NAME, "minItems": 1, "uniqueItems": True}]},
    "tasks": {"type": "array", "items": NAME},
    "text": {"type": ["string", "number", "boolean"]},
    "version": {"type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$"},
    "condition": {"type": "string", "minLength": 1},
    "duration": {"type": "string", "pattern": DURATION},
    "flag": {"type": "boolean"},
    "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "instant": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"},
    "number": {"type": "number"},
    "message": {"enum": sorted(MESSAGES)},
    "fact type": {
        "anyOf": [
            {"enum": list(FACT_KINDS)},
            {"type": "string", "pattern": "^one of [A-Za-z][A-Za-z0-9_-]*(, *[A-Za-z][A-Za-z0-9_-]*)+$"},
        ]
    },
    "leaving": {
        "oneOf": [
            {"enum": list(LEAVINGS)},
            {"type": "object", "additionalProperties": {"enum": list(LEAVINGS)}, "minProperties": 1},
        ]
    },
}
"""What each shape of `schema.Key` is in JSON schema."""


def schema_for(section: str, title: str) -> Json:
    """Return the JSON schema of files whose outermost table is *section*."""
    parts = _sections_below(section)
    return {
        "$schema": DRAFT,
        "title": title,
        "$ref": f"#/$defs/{section}",
        "$defs": {name: _section(name) for name in sorted(parts)},
    }


def schema_text(file: str) -> str:
    """Return the text of the schema *file*, as it is committed."""
    return json.dumps(schema_for(*FILES[file]), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into *folder*."""
    for file in FILES:
        (folder / file).write_text(schema_text(file), encoding="utf-8")


def _section(name: str) -> Json:
    keys = SECTIONS[name]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in keys.values() if key.required],
        "properties": {key.name: {"description": key.means, **_shape(key.shape)} for key in keys.values()},
    }


def _shape(shape: str) -> Json:
    if shape in SHAPES:
        return dict(SHAPES[shape])
    if shape.startswith("one of "):
        return {"enum": shape.removeprefix("one of ").split(", ")}
    if shape.startswith("list of "):
        return {"type": "array", "items": _shape(shape.removeprefix("list of "))}
    if shape == "table of fact":
        return _table({"anyOf": [_shape("fact type"), _reference("fact")]})
    if shape == "table of source":
        return _table({"anyOf": [_shape("id"), _reference("text")]})
    if shape.startswith("table of "):
        return _table(_shape(shape.removeprefix("table of ")))
    return _reference(shape.strip("[]"))


def _table(values: Json) -> Json:
    return {"type": "object", "propertyNames": NAME, "additionalProperties": values}


def _reference(section: str) -> Json:
    return {"$ref": f"#/$defs/{section}"}


def _sections_below(section: str) -> set[str]:
    """Return *section* and every section that its keys lead to."""
    found: set[str] = set()
    waiting = [section]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_section_of(key) for key in SECTIONS[name].values() if _section_of(key))
    return found


def _section_of(key: Key) -> str:
    name = key.shape.rsplit(" ", 1)[-1].strip("[]")
    return name if name in SECTIONS and ("[" in key.shape or key.shape == "table of fact") else ""


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema"))
