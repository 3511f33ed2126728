"""HL7's own examples of R4: all that are right are taken, and each other is refused for what is wrong with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from adapters.fhir.checks import READABLE, read_resource
from adapters.fhir.json_text import read_json, write_json
from adapters.fhir.outcome import FhirRefusal

NAMED = os.environ.get("PATHWAY_FHIR_EXAMPLES", "")
FOLDER = Path(NAMED or "/nowhere")

WRONG = {
    "Questionnaire-qs1.json": {"required"},
    "Questionnaire-zika-virus-exposure-assessment.json": {"invariant"},
}
"""Items without a linkId; a narrative that says nothing."""


EXAMPLES = [path for path in sorted(FOLDER.glob("*.json")) if path.name.partition("-")[0] in READABLE]


@pytest.mark.skipif(not FOLDER.is_dir(), reason="PATHWAY_FHIR_EXAMPLES names no folder of R4 examples")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_official_example_is_taken_or_refused_for_the_right_reason(path: Path) -> None:
    try:
        read_resource(path.read_bytes(), path.name.partition("-")[0])
        codes = set()
    except FhirRefusal as refusal:
        codes = {issue.code for issue in refusal.issues}
    assert codes == WRONG.get(path.name, set())


@pytest.mark.skipif(not FOLDER.is_dir(), reason="PATHWAY_FHIR_EXAMPLES names no folder of R4 examples")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_official_example_is_written_as_it_was_read(path: Path) -> None:
    written = write_json(read_json(path.read_bytes()))
    assert json.loads(written, parse_float=str) == json.loads(path.read_bytes(), parse_float=str)
