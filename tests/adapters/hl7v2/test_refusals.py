"""What is not taken is refused with the code and the place that HL7 has for it, and nobody's number."""

from __future__ import annotations

import pytest

from adapters.hl7v2.refusal import Hl7Refusal
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.errors import UnreadableMessage
from tests.adapters.hl7v2.messages import FNR, adt, reading, segment, told


@pytest.mark.parametrize(
    ("raw", "code", "location", "answer"),
    [
        pytest.param(adt("A01", msh={9: "ORU^R01"}), "200", "MSH^1^9", "AR", id="no-adt"),
        pytest.param(adt("A42"), "201", "MSH^1^9", "AR", id="event-of-no-use"),
        pytest.param(adt("A01", msh={9: "ADT"}), "201", "MSH^1^9", "AR", id="no-event-at-all"),
        pytest.param(adt("A01", msh={11: "T"}), "202", "MSH^1^11", "AR", id="test-message-in-production"),
        pytest.param(adt("A01", msh={12: "3.0"}), "203", "MSH^1^12", "AR", id="version"),
        pytest.param(adt("A01", msh={10: ""}), "101", "MSH^1^10", "AE", id="envelope"),
        pytest.param(adt("A01").replace(b"PID|", b"NTE|"), "101", "PID^1^3", "AE", id="no-patient"),
        pytest.param(adt("A01", more=("PID|2||F2",)), "100", "PID^2", "AE", id="two-patients"),
        pytest.param(adt("A40"), "101", "MRG^1^1", "AE", id="merge-of-nobody"),
        pytest.param(adt("A45", pv1={19: ""}), "101", "PV1^1^19", "AE", id="move-of-no-stay"),
        pytest.param(adt("A01", msh={7: ""}, evn={2: ""}), "101", "EVN^1^2", "AE", id="no-time"),
        pytest.param(adt("A01", evn={2: "19501301"}), "102", "EVN^1^2", "AE", id="recorded-never"),
        pytest.param(adt("A01", evn={6: "x"}), "102", "EVN^1^6", "AE", id="occurred-never"),
        pytest.param(adt("A01", msh={7: "x"}, evn={2: ""}), "102", "MSH^1^7", "AE", id="sent-never"),
        pytest.param(adt("A01", pid={7: "19501301"}), "102", "PID^1^7", "AE", id="born-never"),
        pytest.param(adt("A01", pid={29: "x", 30: "Y"}), "102", "PID^1^29", "AE", id="died-never"),
        pytest.param(adt("A01", pv1={44: "x"}), "102", "PV1^1^44", "AE", id="admitted-never"),
        pytest.param(adt("A03", pv1={45: "x"}), "102", "PV1^1^45", "AE", id="discharged-never"),
        pytest.param(adt("A16", pv2={9: "snart"}), "102", "PV2^1^9", "AE", id="expected-never"),
        pytest.param(adt("A02", more=("ZBE|1|x",)), "102", "ZBE^1^2", "AE", id="moved-never"),
        pytest.param(adt("A02", more=("ZBE|1|||DELETE",)), "103", "ZBE^1^4", "AE", id="unknown-action"),
        pytest.param(adt("Z99", more=("ZBE|1|||UPDATE",)), "101", "ZBE^1^6", "AE", id="correction-of-nothing"),
        pytest.param(adt("Z99", more=("ZBE|1|||UPDATE||A42",)), "201", "ZBE^1^6", "AE", id="correction-of-unknown"),
        pytest.param(adt("A01", more=("NTE|1",) * 500), "100", "MSH^1", "AE", id="too-many-segments"),
        pytest.param(adt("A01", pid={3: "~".join(["F1"] * 201)}), "102", "PID^1^3", "AE", id="too-many-repetitions"),
        pytest.param(adt("A01", more=("NTE|1||" + "x" * 70000,)), "102", "NTE^1^3", "AE", id="too-long-a-field"),
    ],
)
def test_a_refusal_says_what_and_where(raw: bytes, code: str, location: str, answer: str) -> None:
    """Mutants: hl7apy's TOLERANT, which takes a thirteenth month; caps after parsing."""
    with pytest.raises(Hl7Refusal) as refusal:
        reading(raw)
    assert (refusal.value.code, refusal.value.location, refusal.value.answer) == (code, location, answer)
    assert isinstance(refusal.value, UnreadableMessage)


@pytest.mark.parametrize("purpose", ["P", "T", "D"])
def test_a_test_system_takes_test_messages(purpose: str) -> None:
    assert told(adt("A01", msh={11: purpose}), SenderSettings(accept_test=True)) != []


@pytest.mark.parametrize(
    "version", ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.6", "2.7.1", "2.8", "2.9", "2.5^NOR"]
)
def test_all_versions_of_hl7_v2_are_taken(version: str) -> None:
    """Mutant: only those that the parser library knows."""
    assert told(adt("A03", msh={12: version}), SenderSettings()) == ["discharged discharged/FJORDSYK:900123"]


@pytest.mark.parametrize(
    "raw",
    [
        adt("A01", msh={9: FNR}),
        adt("A01", msh={9: f"ADT^{FNR}"}),
        adt("A01", msh={12: FNR}),
        adt("A01", msh={18: FNR}),
        adt("A01", evn={2: FNR}),
        adt("A01", pid={7: FNR}),
        adt("A02", more=(segment("ZBE", {4: FNR}),)),
    ],
)
def test_no_refusal_quotes_a_number(raw: bytes) -> None:
    """Mutant: the value in the text of the error; also not in what it was raised from."""
    with pytest.raises(Hl7Refusal) as refusal:
        reading(raw)
    assert FNR not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert FNR not in str(refusal.value.__context__)


def test_no_note_quotes_a_number() -> None:
    notes = reading(adt("A03", evn={1: FNR}, pv1={37: FNR}, pid={8: FNR}, more=(f"{FNR}|1",))).notes
    assert len(notes) == 4
    assert FNR not in " ".join(notes)
