"""A message that was placed with the wrong patient is moved: both logs are folded anew, and nothing is deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pathway_engine.domain.errors import NotPermitted, UnknownTask
from pathway_engine.domain.settlement import settle
from pathway_engine.service.inbox_acts import InboxAct
from pathway_engine.service.rebuilding import rebuild
from tests.service.community import Community

WRONG, RIGHT = "patient-1", "patient-2"


def move(home: Community, number: int, patient: str = RIGHT, *, reason: str = "Feil søsken", key: str = "k1") -> bool:
    asked = InboxAct(act="move", key=f"move-{key}", patient_id=patient, reason=reason)
    return home.engine.act_on_message(home.who("mia"), f"in/{number}", asked, home.now)


def told(home: Community, patient: str) -> list[str]:
    with home.engine.context.store.reading() as records:
        return [entry.name for entry in settle(row.entry for row in records.log(patient)) if hasattr(entry, "name")]


def open_steps(home: Community, patient: str) -> list[str]:
    with home.engine.context.store.reading() as records:
        return sorted(row.step for row in records.open_tasks_of_patient(patient))


def agrees(home: Community) -> bool:
    """The projection is what the logs say."""
    found = rebuild(home.engine.context, home.now, check=True)
    return not found.differing and not found.faulty


@pytest.fixture
def siblings(community: Community) -> Community:
    """Two patients: one is in hospital, of the other only the number is known."""
    community.tell("admitted", stay="VN1", receives_services=True)
    community.send(patient="200", entries=[])
    community.passes(hours=1)
    return community


def test_a_message_of_no_stay_is_told_of_the_other_patient_and_no_more_of_the_first(siblings: Community) -> None:
    number = siblings.tell("died", stay=None).inbox_id
    before = told(siblings, WRONG)
    assert "died" in before
    siblings.passes(minutes=5)
    assert move(siblings, number)
    assert (told(siblings, WRONG), told(siblings, RIGHT)) == (["admitted"], ["died"])
    assert agrees(siblings)
    with siblings.engine.context.store.reading() as records:
        first = [row for row in records.log(WRONG) if row.inbox_id == number]
        audits = {(row.action, row.patient_id, row.detail) for row in records.audit() if "moved" in row.action}
        history = records.message_history(number)
        assert records.message(number).patient_id == RIGHT
    assert len(first) == 1  # it stays in the log where it was, and counts no more
    assert audits == {("message moved away", WRONG, "Feil søsken"), ("message moved here", RIGHT, "Feil søsken")}
    assert [each.patient_id for each in history] == [WRONG]


def test_what_the_first_patients_own_messages_tell_of_the_same_cause_stands(siblings: Community) -> None:
    """A void of the cause would have taken the patient's own with it."""
    entry: dict[str, object] = {"id": "E-own", "name": "fell", "cause": "fell/1", "at": siblings.now.isoformat(),
             "recorded": siblings.now.isoformat(), "stay": None, "facts": {}}  # fmt: skip
    siblings.send(entries=[entry])
    siblings.passes(minutes=1)
    again = entry | {"id": "E-again", "recorded": siblings.now.isoformat()}
    number = siblings.send(entries=[again]).inbox_id
    siblings.passes(minutes=1)
    assert move(siblings, number)
    assert (told(siblings, WRONG), told(siblings, RIGHT)) == (["admitted", "fell"], ["fell"])


def test_a_message_of_a_stay_takes_the_whole_stay_along_and_its_tasks(siblings: Community) -> None:
    """What was sent of the first patient is taken back by messages of its own, or asks a person."""
    siblings.passes(hours=25)
    number = siblings.tell("discharge_ready").inbox_id
    siblings.passes(hours=20)
    siblings.tell("discharged", destination="home")
    steps = open_steps(siblings, WRONG)
    assert steps and not open_steps(siblings, RIGHT)
    with siblings.engine.context.store.reading() as records:
        sent = {row.id for row in records.outgoing_of_patient(WRONG)}
    siblings.passes(minutes=5)
    assert move(siblings, number)
    assert open_steps(siblings, RIGHT) == steps and open_steps(siblings, WRONG) == []
    assert told(siblings, WRONG) == []
    assert agrees(siblings)
    with siblings.engine.context.store.reading() as records:
        rows = records.outgoing_of_patient(WRONG)
        standing = [row for row in rows if row.id in sent and row.status not in ("withdrawn",)]
        cancelled = [row for row in rows if row.id not in sent]
        notices = records.notices_of((("office", "message_responsible"),))
    assert len(cancelled) + sum(each.kind == "UNCORRECTED" for each in notices) >= len(standing)


def test_moved_there_and_back_everything_is_as_before_and_nothing_twice(siblings: Community) -> None:
    number = siblings.tell("died", stay=None).inbox_id
    before = told(siblings, WRONG), open_steps(siblings, WRONG)
    for times, patient in enumerate((RIGHT, WRONG)):
        siblings.passes(minutes=1)
        assert move(siblings, number, patient, key=f"times{times}")
        assert move(siblings, number, patient, key=f"times{times}")  # the same press again
    assert (told(siblings, WRONG), open_steps(siblings, WRONG)) == before
    assert told(siblings, RIGHT) == []
    assert agrees(siblings)


def district(home: Community, patient_id: str) -> str | None:
    with home.engine.context.store.reading() as records:
        patient = records.patient(patient_id)
    assert patient is not None
    return patient.district


def test_what_the_record_has_from_the_message_alone_is_put_back(siblings: Community) -> None:
    siblings.now += timedelta(minutes=1)
    at = siblings.now.isoformat()
    entry: dict[str, object] = {
        "id": "E-far",
        "name": "died",
        "cause": "died/1",
        "at": at,
        "recorded": at,
        "stay": None,
        "facts": {},
    }
    number = siblings.send(entries=[entry], district="02").inbox_id
    assert district(siblings, WRONG) == "02"
    siblings.passes(minutes=1)
    assert move(siblings, number)
    assert [district(siblings, each) for each in (WRONG, RIGHT)] == ["01", "02"]


def test_who_may_not_or_says_no_reason_moves_nothing(siblings: Community) -> None:
    number = siblings.tell("died", stay=None).inbox_id
    before = told(siblings, WRONG)
    for patient, reason in ((RIGHT, " "), (WRONG, "x")):
        with pytest.raises(NotPermitted):
            move(siblings, number, patient, reason=reason, key=f"{patient}{reason}")
    with siblings.engine.context.store.transaction() as records:
        row = records.lock_patient(RIGHT)
        records._connection.exec_driver_sql("UPDATE patient SET municipality = '9999' WHERE id = 'patient-2'")
        assert row.municipality == "5001"
    with pytest.raises(UnknownTask):
        move(siblings, number)
    with pytest.raises(UnknownTask):
        asked = InboxAct(act="move", key="key-of-kari", patient_id=RIGHT, reason="x")
        siblings.engine.act_on_message(siblings.who("kari"), f"in/{number}", asked, siblings.now)
    assert told(siblings, WRONG) == before


def test_whose_message_was_shown_in_the_inbox_is_on_record(siblings: Community) -> None:
    """The list names the patient; who looked at the list looked at the patient."""
    stopped = siblings.send(patient="200", stay="VN1", entries=[])
    assert stopped.disposition == "unplaced"
    siblings.engine.inbox(siblings.who("mia"), siblings.now)
    name = f"in/{stopped.inbox_id}"
    siblings.engine.message_in_full(siblings.who("mia"), name, siblings.now)
    with siblings.engine.context.store.reading() as records:
        full, listed = records.audit(limit=2)
        about = [row.action for row in records.audit_about([RIGHT])]
    assert (listed.action, listed.detail) == ("inbox read", f"{name} {RIGHT}")
    assert (full.action, set(full.detail.split(" "))) == ("message read", {WRONG, RIGHT})
    assert about[-2:] == ["inbox read", "message read"]


def test_a_message_that_was_moved_away_is_not_shown_with_the_first_patient(siblings: Community) -> None:
    number = siblings.tell("died", stay=None).inbox_id
    siblings.passes(minutes=1)
    mia = siblings.who("mia")
    assert f"in/{number}" in {line.id for line in siblings.engine.patient(mia, WRONG, siblings.now).messages}
    assert move(siblings, number)
    assert f"in/{number}" not in {line.id for line in siblings.engine.patient(mia, WRONG, siblings.now).messages}


@pytest.mark.parametrize(("chosen", "other"), [(RIGHT, WRONG), (WRONG, RIGHT)])
def test_a_stay_of_another_is_placed_by_hand_with_either(siblings: Community, chosen: str, other: str) -> None:
    """With the one named the stay moves to him; with the other the message is about her."""
    entry: dict[str, object] = {"id": "E-x", "name": "discharge_ready", "cause": "discharge_ready/VN1",
             "at": siblings.now.isoformat(),
             "recorded": siblings.now.isoformat(), "stay": "VN1", "facts": {}}  # fmt: skip
    stopped = siblings.send(patient="200", stay="VN1", entries=[entry])
    assert stopped.disposition == "unplaced"
    (line,) = siblings.engine.inbox(siblings.who("mia"), siblings.now)
    full = siblings.engine.message_in_full(siblings.who("mia"), line.id, siblings.now)
    assert {each.patient_id for each in full.candidates} == {WRONG, RIGHT} and "place" in full.acts
    asked = InboxAct(act="place", key="placed-once", patient_id=chosen)
    assert siblings.engine.act_on_message(siblings.who("mia"), line.id, asked, siblings.now)
    assert told(siblings, chosen) == ["admitted", "discharge_ready"] and told(siblings, other) == []
    assert agrees(siblings)
    with siblings.engine.context.store.reading() as records:
        assert records.patient_of_stay("VN1") == chosen
    assert replace(line, tries=0).code == "StayOfAnother"
