"""The official samples are read, written again with nothing changed, and are then still valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.norwegian import xml
from adapters.norwegian.messages import read, read_receipt, scan, write_message, write_receipt
from adapters.norwegian.schemas import IncompleteSchemas, Schemas
from tests.adapters.norwegian.specimens import folder_from, official_schemas, ready_message

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def samples() -> list[Path]:
    return sorted(folder_from("PATHWAY_SAMPLE_DIR", "the official samples").rglob("*.xml"))


def rewritten(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """What we write of what we read, and what was odd about it."""
    if scan(raw).root == "AppRec":
        receipt = read_receipt(raw)
        return write_receipt(receipt), receipt.notes
    found = read(raw)
    return write_message(found.message), found.notes


def said(element: Any) -> Any:
    """What an element says: without prefixes, hints at schemas, empty attributes and space between elements."""
    attributes = sorted(
        (key, value) for key, value in element.items() if value and not key.startswith(f"{{{INSTANCE}}}")
    )
    text = (element.text or "").strip() if len(element) else (element.text or "")
    if xml.local(element) == "Base64Container":
        text = "".join(text.split())
    return element.tag, attributes, text, [said(child) for child in element]


def test_the_official_samples_survive() -> None:
    schemas = official_schemas()
    for path in samples():
        raw = path.read_bytes()
        written, notes = rewritten(raw)
        assert notes == (), path.name
        assert said(xml.tree(written)) == said(xml.tree(raw)), path.name
        assert schemas.faults(written) == (), path.name


def test_schemas_find_faults_and_do_not_quote_them() -> None:
    schemas = official_schemas()
    raw = write_message(ready_message()).replace(b"<Anslag>false<", b"<Anslag>14038100000<", 1)
    assert schemas.faults(raw) == ("line 2: Anslag: cvc datatype valid 1 2 1",)


def test_schemas_that_lack_one_are_refused() -> None:
    schema = b'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="a"><element name="a"/></schema>'
    importing = schema.replace(
        b"<element", b'<import namespace="b" schemaLocation="b.xsd"/><element xmlns:b="b" ref="b:b" '
    )
    importing = importing.replace(b' ref="b:b"  name="a"/>', b' name="a" type="b:b"/>')
    with pytest.raises(IncompleteSchemas, match=r"b\.xsd"):
        Schemas({"MsgHead-v1_2.xsd": importing})


def test_a_fault_against_an_own_schema_is_placed_and_not_quoted() -> None:
    schema = b"""<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="a"><element name="a"><complexType>
      <sequence><element name="day" type="date"/></sequence></complexType></element></schema>"""
    schemas = Schemas({"MsgHead-v1_2.xsd": schema})
    raw = b'<p:a xmlns:p="a"><day>14038100000</day></p:a>'
    assert schemas.faults(raw) == ("line 1: day: cvc datatype valid 1 2 1",)


def test_schemas_are_found_by_their_names_alone() -> None:
    schema = b'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="a"><element name="a"/></schema>'
    schemas = Schemas({"some/folder/MsgHead-v1_2.xsd": schema})
    assert schemas.faults(b'<a xmlns="a"/>') == ()
    assert schemas.faults(b'<b xmlns="a"/>') != ()
