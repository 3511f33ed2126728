"""The sample messages that are shipped tell one stay from admission to discharge, and what may go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hl7v2.envelope import opened
from adapters.hl7v2.reading import read
from adapters.hl7v2.refusal import Hl7Refusal
from adapters.hl7v2.segments import Segment, segments_of
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.events import Reading
from pathway_engine.domain.identifiers import is_synthetic
from tests.adapters.hl7v2.messages import adt, told

FOLDER = Path(__file__).parents[3] / "samples" / "adt"
SAMPLES = sorted(FOLDER.glob("*.hl7"))
STAY = "FJORDSYK:900123"
READ = {"PID": (3, 5, 11, 13), "PV1": (3, 19), "MRG": (1, 5)}


DAMAGE = st.binary(max_size=4) | st.sampled_from([b"|", b"^", b"~", b"&", b"\\", b"\r", b'""'])
PIECES = st.lists(st.sampled_from(["", "a", "1", "^", "&", "~", "\\", "\\T\\", "\\X0D\\", '""', "20261301", " "]))


def outcome(raw: bytes) -> Reading | Hl7Refusal:
    """What comes of *raw*; any other exception fails the test that asks."""
    try:
        return read(raw, SenderSettings(accept_test=True))
    except Hl7Refusal as refusal:
        return refusal


def test_the_samples_tell_a_stay() -> None:
    story = [entry for path in SAMPLES for entry in told(path.read_bytes())]
    assert story == [
        f"admitted admitted/{STAY}",
        f"visit_updated visit_updated/{STAY}/FS0002",
        f"discharge_ready discharge_ready/{STAY}/2026-11-16T09:00Z",
        f"discharge_ready_withdrawn discharge_ready_withdrawn/{STAY}/2026-11-16T14:30Z",
        f"discharge_ready discharge_ready/{STAY}/2026-11-18T08:00Z",
        f"discharged discharged/{STAY}",
        f"not discharged/{STAY}",
        f"visit_updated visit_updated/{STAY}/FS0007",
        "person_updated person_updated/-/FS0008",
        "admitted admitted/FJORDSYK:900456",
        "not admitted/FJORDSYK:900456",
        "not registered/FJORDSYK:900456",
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_clean_and_about_nobody(path: Path) -> None:
    """Mutant: line ends turned by an editor or by git."""
    raw = path.read_bytes()
    found = read(raw, SenderSettings())
    assert b"\n" not in raw
    assert raw.endswith(b"\r")
    assert found.notes == ()
    assert is_synthetic(found.identifiers[0].value)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_no_damage_to_a_message_breaks_the_reading(path: Path, data: st.DataObject) -> None:
    """Mutant: an exception of hl7apy's escapes (4 of 100 damaged messages raised one)."""
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        end = start + data.draw(st.integers(0, 12))
        raw[start:end] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"|", b"^", b"~", b"&", b"\\", b"\r", b'""'])
        )
    assert isinstance(outcome(bytes(raw)), Reading | Hl7Refusal)


PIECES = st.lists(st.sampled_from(["", "a", "1", "^", "&", "~", "\\", "\\T\\", "\\X0D\\", '""', "20261301", " "]))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([3, 5, 7, 8, 11, 13, 29, 30]), PIECES.map("".join)))
def test_no_content_of_the_patients_fields_breaks_the_reading(pid: dict[int, str]) -> None:
    assert isinstance(outcome(adt("A08", pid=pid)), Reading | Hl7Refusal)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["", "a", "b c", "1", "^", "&"]), max_size=14).map("".join))
def test_hl7apy_and_a_plain_cut_read_the_same(text: str) -> None:
    """Mutant: hl7apy's own order of components, which loses places that its version does not name."""
    found = segments_of(*opened(adt("A01", pid={11: text}))[::-1])[0][2]
    assert _by_hl7apy(found, 11) == _by_cutting(found, 11)


def test_each_reference_message_is_read_or_refused(reference_data: Path) -> None:
    """Mutant: a silent drop; what is read and what is refused add up to what was there."""
    folder = reference_data / "hl7v2"
    messages = [path.read_bytes() for path in sorted((folder / "microsoft-fhir-converter").glob("*.hl7"))]
    stays = (folder / "simhospital" / "messages.out").read_bytes().split(b"\n\n")
    simulated = [each for each in stays if each.strip()]
    outcomes = [outcome(raw) for raw in messages + simulated]
    read_ones = [found for found in outcomes if isinstance(found, Reading)]
    refused = [found.code for found in outcomes if isinstance(found, Hl7Refusal)]
    assert (len(messages), len(simulated)) == (26, 1013)
    assert len(read_ones) + len(refused) == 1039
    assert (refused.count("200"), refused.count("201"), len(refused)) == (612, 6, 618)


def test_hl7apy_and_a_plain_cut_read_the_reference_messages_alike(reference_data: Path) -> None:
    for path in sorted((reference_data / "hl7v2" / "microsoft-fhir-converter").glob("*.hl7")):
        envelope, text = opened(path.read_bytes())
        for segment in segments_of(text, envelope)[0]:
            for number in READ.get(segment.name, ()):
                assert _by_hl7apy(segment, number) == _by_cutting(segment, number), segment.location(number)


Cut = list[dict[int, tuple[str, ...]]]


def _by_hl7apy(segment: Segment, number: int) -> Cut:
    return [_without_empty(each.parts) for each in segment.composites(number)]


def _by_cutting(segment: Segment, number: int) -> Cut:
    return [_without_empty(each.parts) for each in segment.cut(number)]


def _without_empty(parts: dict[int, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    trimmed = {place: tuple("\0".join(part).rstrip("\0").split("\0")) for place, part in parts.items()}
    return {place: part for place, part in trimmed.items() if any(part)}
