"""What each ADT event tells; the table is the rule."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.hl7v2.happenings import SUPPORTED
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.events import Happened, Identifier
from tests.adapters.hl7v2.messages import adt, happened, reading, segment, told

STAY = "FJORDSYK:900123"
AT = "2026-11-16T09:05Z"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("A01", [f"admitted admitted/{STAY}"]),
        ("A02", [f"transferred transferred/{STAY}/{AT}"]),
        ("A03", [f"discharged discharged/{STAY}"]),
        ("A04", [f"registered registered/{STAY}"]),
        ("A05", [f"preadmitted preadmitted/{STAY}"]),
        ("A06", [f"admitted admitted/{STAY}"]),
        ("A07", [f"became_outpatient became_outpatient/{STAY}/{AT}"]),
        ("A08", [f"visit_updated visit_updated/{STAY}/FS1"]),
        ("A11", [f"not admitted/{STAY}", f"not registered/{STAY}"]),
        ("A12", [f"not latest:transferred/{STAY}", f"visit_updated visit_updated/{STAY}/FS1"]),
        ("A13", [f"not discharged/{STAY}", f"visit_updated visit_updated/{STAY}/FS1"]),
        ("A14", [f"preadmitted preadmitted/{STAY}"]),
        ("A15", [f"transfer_pending transfer_pending/{STAY}/{AT}"]),
        ("A16", [f"discharge_ready discharge_ready/{STAY}/{AT}"]),
        ("A21", [f"leave_started leave_started/{STAY}/{AT}"]),
        ("A22", [f"leave_ended leave_ended/{STAY}/{AT}"]),
        ("A25", [f"discharge_ready_withdrawn discharge_ready_withdrawn/{STAY}/{AT}"]),
        ("A26", [f"not latest:transfer_pending/{STAY}", f"visit_updated visit_updated/{STAY}/FS1"]),
        ("A27", [f"not preadmitted/{STAY}"]),
        ("A28", ["person_added person_added"]),
        ("A31", [f"person_updated person_updated/{STAY}/FS1"]),
        ("A38", [f"not preadmitted/{STAY}"]),
    ],
)
def test_an_event_tells(event: str, expected: list[str]) -> None:
    """Mutants: A13 or A25 unheard; A08 that admits anew; a cause that a resent message changes."""
    assert told(adt(event)) == expected


def test_a_new_address_is_told_of_though_nothing_else_is() -> None:
    """The owning unit follows the address. Mutant: an update without facts that is kept and not told of."""
    raw = adt("A31", pid={11: "Vei 1^^By^^7031^NOR^H^^5001^02"}, pv1={3: ""})
    assert told(raw) == [f"person_updated person_updated/{STAY}/FS1"]
    assert told(adt("A31", pid={11: ""}, pv1={3: ""})) == []


def test_every_supported_event_is_told_of_or_merges() -> None:
    merges = {"A40", "A44", "A45", "A47"}
    mrg = (segment("MRG", {1: "F9^^^FJORDSYK"}),)
    assert [event for event in sorted(SUPPORTED - merges) if not told(adt(event))] == []
    assert [event for event in sorted(merges) if reading(adt(event, more=mrg)).merge is None] == []


def test_the_entries_are_numbered_within_their_message() -> None:
    entries = reading(adt("A11")).entries
    assert [entry.id for entry in entries] == ["hl7v2:EPJ|FJORDSYK:FS1:1", "hl7v2:EPJ|FJORDSYK:FS1:2"]
    assert {entry.source for entry in entries} == {"hl7v2:EPJ|FJORDSYK:FS1"}


def test_reading_twice_reads_the_same() -> None:
    """Mutant: an id or a time that is not of the message."""
    raw = adt("A03", pid={30: "Y"}, pv2={9: "20261119"})
    assert reading(raw) == reading(raw)


@pytest.mark.parametrize(
    ("event", "evn", "pv1", "expected"),
    [
        pytest.param("A01", {6: "202611160930"}, {44: "202611160900"}, "08:30", id="when-it-occurred"),
        pytest.param("A01", {}, {44: "202611160900"}, "08:00", id="else-when-admitted"),
        pytest.param("A03", {}, {44: "202611120900", 45: "202611160955"}, "08:55", id="else-when-discharged"),
        pytest.param("A16", {}, {44: "202611120900"}, "09:05", id="else-when-recorded"),
        pytest.param("A16", {2: ""}, {}, "09:05", id="else-when-sent"),
    ],
)
def test_the_time_is_the_best_that_the_message_has(
    event: str, evn: dict[int, str], pv1: dict[int, str], expected: str
) -> None:
    """Mutant: MSH-7 for everything."""
    entry = reading(adt(event, evn=evn, pv1=pv1)).entries[0]
    assert isinstance(entry, Happened)
    assert f"{entry.occurred_at:%H:%M}" == expected


def test_a_discharge_says_where_to() -> None:
    assert happened(adt("A03", pv1={37: "home"}), "discharged").facts["destination"] == "home"
    assert happened(adt("A03", pv1={36: "02"}), "discharged").facts["destination"] == "other_hospital"


def test_the_senders_own_codes_decide_where_to() -> None:
    settings = SenderSettings(destinations={"KORTTID": "short_term"})
    assert happened(adt("A03", pv1={37: "KORTTID^^X"}), "discharged", settings).facts["destination"] == "short_term"


def test_an_unknown_destination_is_said_and_not_guessed() -> None:
    """Mutant: unknown becomes home."""
    found = reading(adt("A03", pv1={37: "HYTTE"}))
    assert "destination" not in happened(adt("A03", pv1={37: "HYTTE"}), "discharged").facts
    assert found.notes == ('PV1-37 has "HYTTE", which is not in the sender\'s destinations.',)


def test_the_end_of_an_outpatient_visit_sends_nobody_home_from_the_ward() -> None:
    """Mutant: the patient class ignored."""
    entries = told(adt("A03", pv1={2: "O", 36: "home"}))
    assert [entry.split()[0] for entry in entries] == ["outpatient_visit_ended"]


def test_an_ordinary_update_that_says_alive_does_not_undo_a_death() -> None:
    """Many systems send N by default; only the person's own update or a cancelled discharge takes a death back."""
    assert "not died" not in told(adt("A08", pid={30: "N"}))


@pytest.mark.parametrize("event", ["A01", "A08", "A13", "A16"])
def test_the_expected_day_of_discharge_is_told_by_whatever_carries_it(event: str) -> None:
    """Mutant: PV2-9 read on A16 only."""
    entries = reading(adt(event, pv2={9: "202611191400"})).entries
    facts = [entry.facts for entry in entries if isinstance(entry, Happened)]
    assert [each["expected_discharge"] for each in facts] == [date(2026, 11, 19)]


def test_an_emptied_expected_day_is_said() -> None:
    assert reading(adt("A08", pv2={9: '""'})).notes == (
        "PV2-9 was emptied by the sender; the day told before still stands.",
    )


def test_an_update_without_anything_new_tells_nothing() -> None:
    assert told(adt("A08", pv1={3: ""})) == []


def test_an_update_with_a_discharge_time_corrects_the_discharge() -> None:
    """Mutant: A08 re-emits the admission, or the moved discharge is lost."""
    raw = adt("A08", pv1={37: "home", 45: "202611161100"})
    assert told(raw) == [f"discharged discharged/{STAY}"]
    assert happened(raw, "discharged").occurred_at.isoformat() == "2026-11-16T10:00:00+00:00"


@pytest.mark.parametrize(
    ("pv1", "expected"),
    [
        pytest.param({19: "900123^^^ANNEN"}, "ANNEN:900123", id="by-its-assigner"),
        pytest.param({19: "900123"}, "FJORDSYK:900123", id="by-the-sender"),
        pytest.param({19: "", 44: "20261112091500+0100"}, "FJORDSYK:20261112091500", id="by-the-admission-time"),
        pytest.param({19: '""'}, None, id="none"),
    ],
)
def test_a_stay_is_named_by_its_number_and_who_gave_it(pv1: dict[int, str], expected: str | None) -> None:
    assert reading(adt("A16", pv1=pv1)).stay == expected


def test_without_a_stay_two_discharges_are_not_one() -> None:
    """Mutant: both have the cause ``discharged/None``."""
    first = told(adt("A03", pv1={19: "", 45: "202611011200"}))
    second = told(adt("A03", pv1={19: "", 45: "202611161200"}))
    assert first != second
    assert told(adt("A13", pv1={3: "", 19: ""})) == ["not latest:discharged/None"]


class TestDeath:
    """Death is told by PID-30 or by where the patient was discharged to."""

    @pytest.mark.parametrize("event", ["A01", "A08", "A31", "A40"])
    def test_any_event_may_tell_it(self, event: str) -> None:
        raw = adt(event, pid={29: "202611160400", 30: "Y"}, more=(segment("MRG", {1: "F9"}),))
        assert happened(raw, "died").cause == "died"
        assert happened(raw, "died").occurred_at.isoformat() == "2026-11-16T03:00:00+00:00"

    def test_a_discharge_as_dead_tells_it_once(self) -> None:
        raw = adt("A03", pid={30: "Y"}, pv1={36: "20", 45: "202611160900"})
        assert told(raw) == [f"discharged discharged/{STAY}", "died died"]
        assert happened(raw, "died").occurred_at.isoformat() == "2026-11-16T08:00:00+00:00"

    @pytest.mark.parametrize("event", ["A13", "A31"])
    def test_an_update_may_take_it_back(self, event: str) -> None:
        """Mutant: a mistaken death can never be undone."""
        assert "not died" in told(adt(event, pid={30: "N"}))

    def test_alive_on_other_events_is_no_news(self) -> None:
        assert told(adt("A01", pid={30: "N"})) == [f"admitted admitted/{STAY}"]

    @pytest.mark.parametrize("pid", [{30: "X"}, {29: "20261116"}])
    def test_half_a_telling_is_said(self, pid: dict[int, str]) -> None:
        found = reading(adt("A01", pid=pid))
        assert "died" not in [getattr(entry, "name", "") for entry in found.entries]
        assert len(found.notes) == 1


class TestMovement:
    """ZBE, the movement segment of IHE PAM."""

    def zbe(self, event: str, fields: dict[int, str]) -> bytes:
        return adt(event, more=(segment("ZBE", {1: "M77^FJORDSYK", 2: "202611160800"} | fields),))

    def test_its_number_names_the_transfer(self) -> None:
        assert told(self.zbe("A02", {4: "INSERT"})) == [f"transferred transferred/{STAY}/M77"]

    def test_its_number_names_the_cancelled_transfer(self) -> None:
        """Mutant: the latest transfer goes, not the one that is meant."""
        assert told(self.zbe("A12", {4: "CANCEL", 6: "A02"}))[0] == f"not transferred/{STAY}/M77"

    def test_its_start_is_when_it_happened(self) -> None:
        assert f"{happened(self.zbe('A02', {4: 'INSERT'}), 'transferred').occurred_at:%H:%M}" == "07:00"

    @pytest.mark.parametrize("event", ["A02", "A03", "A16", "A13"])
    def test_a_historic_movement_changes_nothing(self, event: str) -> None:
        """Mutant: ZBE-5 unread, and a correction of last week's bed discharges the patient."""
        found = reading(self.zbe(event, {4: "INSERT", 5: "Y"}))
        assert found.entries == ()
        assert len(found.notes) == 1

    def test_a_correction_revises_what_was_told(self) -> None:
        assert told(self.zbe("Z99", {4: "UPDATE", 6: "A02"})) == [f"transferred transferred/{STAY}/M77"]
        assert told(self.zbe("Z99", {4: "UPDATE", 6: "A01"})) == [f"admitted admitted/{STAY}"]

    def test_a_correction_has_the_time_of_the_movement_not_of_the_correction(self) -> None:
        """Mutant: EVN-6 first, which is when the correction was made."""
        moved = segment("ZBE", {1: "M77", 2: "202611160800", 4: "UPDATE", 6: "A02"})
        corrected = happened(adt("Z99", evn={6: "202611161000"}, more=(moved,)), "transferred")
        assert f"{corrected.occurred_at:%H:%M}" == "07:00"

    def test_a_cancellation_takes_back_what_was_told(self) -> None:
        assert told(self.zbe("Z99", {4: "CANCEL", 6: "A02"})) == [f"not transferred/{STAY}/M77"]
        assert told(self.zbe("A02", {4: "CANCEL"})) == [f"not transferred/{STAY}/M77"]
        assert told(self.zbe("Z99", {4: "CANCEL", 6: "A16"})) == [f"not latest:discharge_ready/{STAY}"]


class TestMerge:
    """Two records are one person, or a stay was put on the wrong one."""

    def test_the_old_identifiers_are_retired(self) -> None:
        found = reading(adt("A40", more=(segment("MRG", {1: "F9^^^FJORDSYK~F8^^^FJORDSYK"}),))).merge
        assert found is not None
        assert found.stay is None
        assert found.retired == tuple(Identifier(system="local:FJORDSYK", value=value) for value in ("F9", "F8"))

    def test_the_patients_own_identifier_is_never_retired(self) -> None:
        """Mutant: a record that is merged into itself."""
        found = reading(adt("A40", more=(segment("MRG", {1: "F100234^^^FJORDSYK"}),)))
        assert found.merge is None
        assert found.notes == ("MRG-1 names the patient's own identifier; there is nothing to merge.",)

    @pytest.mark.parametrize("event", ["A44", "A45"])
    def test_only_the_named_stay_moves(self, event: str) -> None:
        """Mutant: all of the patient's stays follow."""
        found = reading(adt(event, more=(segment("MRG", {1: "F9^^^FJORDSYK", 5: "900111"}),)))
        assert found.merge is not None
        assert (found.merge.stay, found.stay) == ("FJORDSYK:900111", "FJORDSYK:900111")


def test_what_nobody_reads_is_said() -> None:
    """Mutant: hl7apy's groups, which drop Z segments without a word."""
    found = reading(adt("A01", more=("ZPV|1|x", "XYZ|1", "xyz|2", "NTE|1||x")))
    assert found.notes == (
        "A line that is no segment was kept aside.",
        "Segment XYZ was kept aside; nothing here reads it.",
        "Segment ZPV was kept aside; nothing here reads it.",
    )


def test_two_events_in_one_message_are_said() -> None:
    found = reading(adt("A16", evn={1: "A03"}))
    assert found.message_type == "ADT^A16"
    assert found.notes == ('EVN-1 says "A03", MSH-9 says A16; MSH-9 was followed.',)


def test_an_old_sender_names_the_event_in_evn() -> None:
    assert told(adt("A03", msh={9: "ADT", 12: "2.1"}, evn={1: "A03"})) == [f"discharged discharged/{STAY}"]
