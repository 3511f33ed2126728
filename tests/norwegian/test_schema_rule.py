"""Where official schemas are at hand, a message that departs from them is told so, or rejected where that is agreed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.norwegian.reading import RuleBroken
from adapters.norwegian.schemas import Schemas
from pathway_engine.app import schemas_of
from pathway_engine.channels.norwegian import NorwegianChannel
from pathway_engine.domain.directory import Directory, Organisation, Sender
from pathway_engine.service.channel import Answer, Verdict
from pathway_engine.settings import SettingsError, read_settings
from tests.adapters.norwegian import letters

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STRICT = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
 targetNamespace="http://www.kith.no/xmlstds/msghead/2006-05-24">
 <xs:element name="MsgHead"><xs:complexType><xs:sequence><xs:element name="OnlyThis"/></xs:sequence></xs:complexType>
 </xs:element></xs:schema>"""
LENIENT = STRICT.replace(
    b'<xs:element name="OnlyThis"/>', b'<xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/>'
)
RAW = letters.raw(letters.ready())


def channel(schema: bytes | None) -> NorwegianChannel:
    here = {
        each: Organisation(id=each, name=each, kind="other", her_id=each, ours=True)
        for each in (letters.TOWN, letters.HOME_CARE)
    }
    schemas = Schemas({"MsgHead-v1_2.xsd": schema}) if schema else None
    return NorwegianChannel(lambda: Directory(organisations=here), schemas)


def sender(**rules: str) -> Sender:
    return Sender(id="ward", application="her", facility=letters.HOSPITAL, organisation="x", rules=rules)


def test_a_departure_is_noted_and_the_message_taken() -> None:
    notes = channel(STRICT).read(RAW, sender()).notes
    assert any("official schema (XSD)" in note for note in notes)
    assert any("MsgInfo" in note for note in notes), "where it departs is told"
    assert letters.FNR not in " ".join(notes)


@pytest.mark.parametrize("schema", [None, LENIENT], ids=["no-schemas", "valid"])
def test_without_schemas_and_where_it_is_valid_nothing_is_noted(schema: bytes | None) -> None:
    assert channel(schema).read(RAW, sender()).notes == ()


def test_it_is_rejected_with_t02_where_that_is_agreed() -> None:
    strict = channel(STRICT)
    with pytest.raises(RuleBroken) as broken:
        strict.read(RAW, sender(schema="reject"))
    receipt = strict.answer(RAW, Answer(verdict=Verdict.ERROR, error=broken.value), NOW, 1)
    assert receipt is not None
    assert b'V="T02"' in receipt and b'Status V="2"' in receipt


def test_where_the_rule_is_off_the_schemas_are_not_asked() -> None:
    assert channel(STRICT).read(RAW, sender(schema="off")).notes == ()


def test_the_folder_of_schemas_is_a_setting_and_an_empty_one_is_told(tmp_path: Path) -> None:
    assert schemas_of(read_settings(schema_dir=None)) is None
    with pytest.raises(SettingsError, match=r"found no \.xsd"):
        schemas_of(read_settings(schema_dir=tmp_path))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "MsgHead-v1_2.xsd").write_bytes(STRICT)
    schemas = schemas_of(read_settings(schema_dir=tmp_path))
    assert schemas is not None
    assert schemas.faults(RAW)
    (tmp_path / "deeper" / "MsgHead-v1_2.xsd").write_bytes(b"<not-a-schema/>")
    with pytest.raises(SettingsError, match="PATHWAY_SCHEMA_DIR"):
        schemas_of(read_settings(schema_dir=tmp_path))
