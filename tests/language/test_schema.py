"""Editors' schemas are up to date, fit the shipped pathways, and every key is documented."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pathway_engine.language.schema import SECTIONS
from pathway_engine.language.schema_export import FILES, schema_text
from pathway_engine.language.yaml_reader import Listing, Node, Scalar, read_yaml

REPOSITORY = Path(__file__).parents[2]
REFERENCE = REPOSITORY / "docs" / "reference" / "pathway-file.md"
WRONG = REPOSITORY / "tests" / "language" / "wrong"
FITTING = [
    *((path, "pathway") for path in sorted(REPOSITORY.glob("pathways/*/pathway.yaml"))),
    *((path, "checklist") for path in sorted(REPOSITORY.glob("pathways/*/checklists/*.yaml"))),
    *((path, "journey") for path in sorted(REPOSITORY.glob("pathways/*/journeys/*.yaml"))),
    *((path, "pathway") for path in sorted((REPOSITORY / "tests" / "language").glob("r*/pathway.yaml"))),
    *((path, "checklist") for path in sorted((REPOSITORY / "tests" / "language").glob("r*/checklists/*.yaml"))),
]
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "number": (int, float), "boolean": bool,
}  # fmt: skip


def as_editor_reads(node: Node) -> Any:
    """Return what an editor's YAML 1.2 reader makes of *node*."""
    if isinstance(node, Scalar):
        plain = {"true": True, "false": False}.get(node.text, node.text) if node.plain else node.text
        return float(node.text) if node.plain and re.fullmatch(r"-?\d+(\.\d+)?", node.text) else plain
    if isinstance(node, Listing):
        return [as_editor_reads(item) for item in node.items]
    return {key.text: as_editor_reads(value) for key, value in node.entries}


def fits(value: Any, rule: Any, definitions: Any) -> bool:
    """Say whether *value* fits *rule*, in the part of JSON schema that our schemas use."""
    known = {
        "type",
        "enum",
        "pattern",
        "minLength",
        "oneOf",
        "anyOf",
        "required",
        "properties",
        "items",
        "minItems",
        "uniqueItems",
        "additionalProperties",
        "propertyNames",
        "minProperties",
        "$ref",
        "description",
    }
    if isinstance(rule, bool):
        return rule
    assert set(rule) <= known, f"the test does not know {set(rule) - known}"
    types = rule.get("type", [])
    checks = [
        not types or any(isinstance(value, TYPES[each]) for each in ([types] if isinstance(types, str) else types)),
        "enum" not in rule or value in rule["enum"],
        "pattern" not in rule or not isinstance(value, str) or re.search(rule["pattern"], value) is not None,
        "$ref" not in rule or fits(value, definitions[rule["$ref"].rsplit("/", 1)[1]], definitions),
        "oneOf" not in rule or sum(fits(value, each, definitions) for each in rule["oneOf"]) == 1,
        "anyOf" not in rule or any(fits(value, each, definitions) for each in rule["anyOf"]),
        not isinstance(value, str) or len(value) >= rule.get("minLength", 0),
        not isinstance(value, list | dict) or len(value) >= rule.get("minItems", rule.get("minProperties", 0)),
        not isinstance(value, list) or "uniqueItems" not in rule or len(set(map(str, value))) == len(value),
        not isinstance(value, list) or all(fits(each, rule.get("items", True), definitions) for each in value),
        not isinstance(value, dict) or table_fits(value, rule, definitions),
    ]
    return all(checks)


def table_fits(value: dict[str, Any], rule: Any, definitions: Any) -> bool:
    properties, others = rule.get("properties", {}), rule.get("additionalProperties", True)
    return set(rule.get("required", [])) <= set(value) and all(
        fits(name, rule.get("propertyNames", True), definitions)
        and fits(each, properties.get(name, others), definitions)
        for name, each in value.items()
    )


def schema(kind: str) -> Any:
    return json.loads((REPOSITORY / "docs" / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))


def fits_schema(path: Path, kind: str) -> bool:
    definitions = schema(kind)["$defs"]
    return fits(as_editor_reads(read_yaml(path.read_bytes(), path.name)), definitions[kind], definitions)


@pytest.mark.parametrize("file", FILES)
def test_a_committed_schema_is_what_the_program_writes(file: str) -> None:
    committed = (REPOSITORY / "docs" / "schema" / file).read_text(encoding="utf-8")
    assert committed == schema_text(file), "run python -m pathway_engine.language.schema_export docs/schema"


@pytest.mark.parametrize(("path", "kind"), FITTING, ids=lambda each: str(getattr(each, "name", each)))
def test_a_right_file_fits_its_schema(path: Path, kind: str) -> None:
    assert fits_schema(path, kind)


@pytest.mark.parametrize(
    "name",
    [
        "unknown-key",
        "named-twice",
        "missing-owner",
        "text-in-one-language",
        "empty-list",
        "severity",
        "duration",
        "flag-yes",
        "version-not-semver",
        "fact-type",
        "message",
        "leaving-word",
        "steps-as-list",
        "condition-as-list",
        "not-a-list",
    ],
)
def test_an_editor_underlines_a_wrong_shape(name: str) -> None:
    assert not fits_schema(WRONG / f"{name}.yaml", "pathway")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_a_section_is_documented_in_its_own_place(section: str) -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    heading = re.search(rf"^## .*`{section}`.*$", page, re.MULTILINE)
    assert heading, f"docs/reference/pathway-file.md has no section `{section}`"
    text = page[heading.end() :].split("\n## ", 1)[0]
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE))
    assert documented == set(SECTIONS[section]), f"the table of `{section}` in docs/reference/pathway-file.md"
