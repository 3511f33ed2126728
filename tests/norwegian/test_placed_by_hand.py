"""A message that names nobody with a number waits in the inbox until a person says whom it is about."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pathway_engine.domain.errors import NotPermitted, UnknownTask
from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.service.inbox_acts import AlreadyPlaced, InboxAct
from pathway_engine.service.inbox_views import Pile, Sought
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.views import Principal
from tests.adapters.norwegian import letters
from tests.norwegian.town import Town


def _who(unit: str, role: str, person: str = "mia") -> Principal:
    return Principal(person=person, name="Mia Melding", role=role, seats=((unit, role),))


MIA = _who("office", "message_responsible")
FAR = _who("region", "message_responsible", "far")
OPERATOR = _who("drift", "operator", "drift")
NAMELESS: dict[str, Any] = {"idents": (), "family_name": "Berg", "given_name": "Anna"}


def _nameless(town: Town) -> str:
    """Let Anna be known from one message, and a second one tell of her by name only; return the second's name."""
    first = letters.with_patient(letters.admitted(), family_name="Berg", given_name="Anna")
    town.receive(first)
    second = letters.with_patient(letters.with_head(letters.ready(), id=letters.uuid(2)), **NAMELESS)
    return f"in/{town.receive(second).inbox_id}"


def _place(town: Town, name: str, patient: str, key: str = "key-0001", who: Principal = MIA) -> bool:
    return town.engine.act_on_message(who, name, InboxAct(act="place", key=key, patient_id=patient), town.now)


def test_it_lies_in_the_inbox_of_its_receiver_alone(town: Town) -> None:
    name = _nameless(town)
    (line,) = town.engine.inbox(MIA, town.now)
    assert (line.id, line.pile, line.code, line.patient_name) == (name, Pile.UNMATCHED, "UnmatchedPatient", "Anna B.")
    assert town.engine.inbox(FAR, town.now) == []
    for missing in (name, "in/999", "in/x", "ut/1", "out/1"):
        with pytest.raises(UnknownTask):
            town.engine.message_in_full(FAR, missing, town.now)


def test_an_operator_sees_that_it_waits_and_nothing_of_the_patient(town: Town) -> None:
    name = _nameless(town)
    full = town.engine.message_in_full(OPERATOR, name, town.now)
    assert "Anna" not in repr(town.engine.inbox(OPERATOR, town.now)) + repr(full)
    assert (full.said, full.receipts, full.candidates, full.acts) == ((), (), (), ("run_again",))
    with pytest.raises(NotPermitted):
        _place(town, name, "patient-1", who=OPERATOR)


def test_the_patient_with_the_same_name_and_birth_date_is_the_candidate_and_is_confirmed(town: Town) -> None:
    name = _nameless(town)
    (candidate,) = town.engine.message_in_full(MIA, name, town.now).candidates
    assert (candidate.patient_id, {"birth_date", "family", "given"} - set(candidate.agrees)) == ("patient-1", set())
    assert _place(town, name, "patient-1")
    assert "discharge_ready" in town.names("patient-1")
    assert town.engine.inbox(MIA, town.now) == []


def test_the_same_key_again_changes_nothing_and_another_is_told_that_it_is_placed(town: Town) -> None:
    name = _nameless(town)
    assert _place(town, name, "patient-1")
    before = town.story("patient-1")
    assert _place(town, name, "patient-1")
    with pytest.raises(NotPermitted):
        _place(town, name, "new", key="key-0002")
    assert town.story("patient-1") == before


def test_a_choice_is_made_once_even_when_applying_it_failed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    name = _nameless(town)
    with town.engine.context.store.transaction() as records:
        records.put_result(f"chosen/{name.removeprefix('in/')}", b"patient-1", town.now)
    with pytest.raises(AlreadyPlaced):
        _place(town, name, "new")


def test_who_is_not_known_becomes_a_new_patient(town: Town) -> None:
    name = _nameless(town)
    assert _place(town, name, "new")
    assert "discharge_ready" in town.names("patient-2")
    with town.engine.context.store.reading() as records:
        patient = records.patient("patient-2")
        audit = records.audit("patient-2")
    assert patient is not None and (patient.family, patient.municipality) == ("Berg", "5001")
    assert ("mia", "message placed") in {(row.actor, row.action) for row in audit}


def test_a_patient_of_elsewhere_can_neither_be_found_nor_chosen(town: Town) -> None:
    name = _nameless(town)
    with town.engine.context.store.transaction() as records:
        row = records.patient("patient-1")
        assert row is not None
        records._connection.exec_driver_sql("UPDATE patient SET municipality = '9999'")
    assert town.engine.message_in_full(MIA, name, town.now).candidates == ()
    assert town.engine.message_in_full(MIA, name, town.now, Sought(number=letters.FNR)).candidates == ()
    with pytest.raises(UnknownTask):
        _place(town, name, "patient-1")


def test_search_by_number_finds_the_patient_and_the_number_is_kept_nowhere(town: Town) -> None:
    name = _nameless(town)
    number = letters.FNR
    (found,) = town.engine.message_in_full(MIA, name, town.now, Sought(number=number)).candidates
    assert found.patient_id == "patient-1"
    nobody = make_synthetic(date(1950, 1, 1), 7)
    assert town.engine.message_in_full(MIA, name, town.now, Sought(number=nobody)).candidates == ()
    with town.engine.context.store.reading() as records:
        rows = records.audit()
    assert number not in repr(rows) + repr(Sought(number=number))
    assert {row.detail for row in rows if row.action == "patient sought"} == {"patient-1", ""}


def test_what_was_shown_is_on_record(town: Town) -> None:
    name = _nameless(town)
    town.engine.inbox(MIA, town.now)
    with town.engine.context.store.reading() as records:
        (row,) = (each for each in records.audit() if each.action == "inbox read")
    assert (row.actor, row.role, row.detail) == ("mia", "message_responsible", name)


def test_a_nameless_letter_that_was_placed_with_the_wrong_patient_is_moved(town: Town) -> None:
    """Its stay has no number: it joined the first patient's, who keeps what is the first patient's own."""
    name = _nameless(town)
    other = letters.with_patient(
        letters.with_head(letters.admitted(), id=letters.uuid(3)),
        idents=(letters.number(make_synthetic(date(1950, 1, 1), 7)),),
    )
    town.receive(other)
    before = town.names("patient-1"), town.names("patient-2")
    assert _place(town, name, "patient-1")
    full = town.engine.message_in_full(MIA, name, town.now)
    assert (full.acts, full.placed_with) == (("move",), "Anna Berg")
    asked = InboxAct(act="move", key="key-0002", patient_id="patient-2", reason="Samme navn")
    assert town.engine.act_on_message(MIA, name, asked, town.now)
    assert town.names("patient-1") == before[0]
    assert sorted(town.names("patient-2")) == sorted([*before[1], "discharge_ready"])
    assert not rebuild(town.engine.context, town.now, check=True).differing


def test_an_operator_moves_nothing(town: Town) -> None:
    name = _nameless(town)
    assert _place(town, name, "patient-1")
    with pytest.raises(NotPermitted):
        asked = InboxAct(act="move", key="key-0009", patient_id="patient-1", reason="x")
        town.engine.act_on_message(OPERATOR, name, asked, town.now)
