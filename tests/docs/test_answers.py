"""The page of answers has every answer that the program can give, and none that it cannot where that can be known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from adapters.hl7v2.answering import Code
from adapters.norwegian.rules.rule import ERRORS
from pathway_engine.drop_reader import EMPTY, NO_MESSAGE, Wrong, refused, too_large
from pathway_engine.fhir.road import SAID
from pathway_engine.hl7v2_channel import CODES
from pathway_engine.norwegian_channel import REFUSED
from pathway_engine.service.channel import Disposition

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "reference" / "answers.md"
HL7_REFUSAL = re.compile(r'Hl7Refusal\(\s*"(\d{3})"(.*?)\)\n', re.DOTALL)
FHIR_REFUSAL = re.compile(r'refusal\(\s*(\d{3}),\s*"([a-z-]+)"')
DOOR_REFUSAL = re.compile(r"(?:_refused\(|status_code=|\.answers?\[0\], )(\d{3})")


def rows(heading: str) -> list[list[str]]:
    """The rows of the tables below a heading, cell by cell."""
    section = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = [re.split(r" \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("| ")]
    assert found, heading
    return found


def column(heading: str, place: int = 0) -> set[str]:
    return {row[place] for row in rows(heading)}


def sources(*globs: str) -> str:
    return "\n".join(file.read_text("utf-8") for each in globs for file in sorted(REPOSITORY.glob(each)))


def hl7_refusals() -> Iterator[tuple[str, str]]:
    for code, rest in HL7_REFUSAL.findall(sources("adapters/hl7v2/*.py")):
        yield code, "AR" if 'answer="AR"' in rest else "AE"
    yield from ((code, "AE") for code, _ in CODES.values())


def test_every_acknowledgement_is_told() -> None:
    assert set(get_args(Code)) <= column("HL7 v2: MSA-1")


def test_the_codes_of_hl7_are_those_that_are_given() -> None:
    told = {(row[0], row[1]) for row in rows("HL7 v2: ERR-3 (table 0357)")[1:]}
    assert told == set(hl7_refusals())


def test_the_codes_of_receipts_are_those_that_are_given() -> None:
    told = {each for each in column("Norwegian messages: the receipt (AppRec)") if re.fullmatch(r"[A-Z]\d\d", each)}
    assert told == {*ERRORS, *REFUSED}


@pytest.mark.parametrize("wrong", [EMPTY, NO_MESSAGE, too_large(25), refused([])])
def test_every_reason_of_the_quarantine_is_told(wrong: Wrong) -> None:
    said = re.sub(r"\d+", "…", wrong.en)
    assert any(said.startswith(each) for each in column("The drop folder: `quarantine`"))


def test_every_status_of_the_door_is_told() -> None:
    given = set(DOOR_REFUSAL.findall(sources("pathway_engine/web/messages.py"))) | {"200", "503"}
    assert given == column("POST /messages") - {"Status"}


def test_every_refusal_of_the_fhir_face_is_told() -> None:
    told = {
        (status, code)
        for row in rows("FHIR: status and OperationOutcome")[1:]
        for status in row[0].split(", ")
        for code in row[1].split(", ")
    }
    given = set(FHIR_REFUSAL.findall(sources("pathway_engine/fhir/**/*.py", "adapters/fhir/**/*.py")))
    given |= {(str(status), code) for status, code in SAID.values()}
    assert given - told == set()
    assert {status for status, _ in told} == {status for status, _ in given}


def test_every_end_of_a_message_is_told() -> None:
    assert column("What became of it here") - {"In `pathway inbox`"} == {each.value for each in Disposition}
