"""What people do to tasks: allowed or refused by state, role, window and version; once, however often sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.errors import (
    IllegalTransition,
    InvalidAnswer,
    NotPermitted,
    OutsideWindow,
    UnknownTask,
    VersionConflict,
)
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.service.acting import UnknownReason
from pathway_engine.service.answers import Unanswered
from pathway_engine.service.views import TaskDetail
from tests.service.community import Community


@pytest.fixture
def home(community: Community) -> Community:
    community.brought_home()
    return community


def do(community: Community, person: str, act: Act, step: str = "HPH2", **more: Any) -> TaskDetail:
    seen = community.list_of("kari")[step]
    told: dict[str, Any] = {"version": seen.version, "key": f"{person}{act}{community.now}", "now": community.now}
    return community.engine.act(community.who(person), seen.id, act, **(told | more))


def all_answers(checklist: Checklist | None) -> dict[str, FactValue]:
    right: dict[str, FactValue] = {}
    for item in checklist.items if checklist else ():
        match item.type:
            case "yes_no":
                right[item.id] = "yes"
            case "choice":
                right[item.id] = next(iter(item.choices))
            case "number":
                right[item.id] = item.minimum or 1
            case "date":
                right[item.id] = date(2026, 12, 1)
            case _:
                right[item.id] = "tekst"
    return right


def test_a_visit_is_claimed_answered_bit_by_bit_and_completed(home: Community) -> None:
    assert do(home, "kari", Act.CLAIM).task.performer_name == "Kari Sykepleier"
    checklist = do(home, "kari", Act.COMMENT, comment="Ringte").checklist
    answers = all_answers(checklist)
    name, value = next(iter(answers.items()))
    partly = do(home, "kari", Act.ANSWER, answers={name: value})
    assert (partly.task.status, partly.task.answered) == ("in-progress", 1)
    done = do(home, "kari", Act.COMPLETE, answers=answers)
    assert (done.task.status, done.task.business_status) == ("completed", "in-time")
    assert done.comments[0][2] == "Ringte" and "HPH2" not in home.list_of("kari")


def test_completing_the_visit_starts_the_preparation_for_the_gp(home: Community) -> None:
    checklist = home.engine.task(home.who("kari"), home.list_of("kari")["HPH2"].id, home.now).checklist
    do(home, "kari", Act.COMPLETE, answers=all_answers(checklist))
    with home.engine.context.store.reading() as records:
        (patient,) = records.patients_with_entries()
        assert "HPH3" in {row.step for row in records.tasks_of_patient(patient) if row.ended_at is None}


def test_a_visit_with_required_items_unanswered_is_not_complete(home: Community) -> None:
    with pytest.raises(Unanswered) as refused:
        do(home, "kari", Act.COMPLETE)
    assert refused.value.fields


def test_an_answer_of_the_wrong_kind_says_what_would_be_right(home: Community) -> None:
    with pytest.raises(InvalidAnswer, match="no such item"):
        do(home, "kari", Act.ANSWER, answers={"nonsense": "yes"})


def test_of_two_who_saw_the_same_version_one_wins(home: Community) -> None:
    """Mutant: the version ignored."""
    seen = home.list_of("kari")["HPH2"]
    do(home, "kari", Act.CLAIM)
    with pytest.raises(VersionConflict):
        do(home, "ola", Act.ASSIGN, version=seen.version, assignee="ola")


def test_the_same_key_again_is_the_same_act_once(home: Community) -> None:
    """Mutant: the idempotency key ignored."""
    seen = home.list_of("kari")["HPH2"]
    first = do(home, "kari", Act.COMMENT, key="k", version=seen.version, comment="En gang")
    again = do(home, "kari", Act.COMMENT, key="k", version=seen.version, comment="En gang")
    assert len(first.comments) == len(again.comments) == 1


def test_time_that_passes_is_no_conflict(home: Community) -> None:
    seen = home.list_of("kari")["HPH2"]
    home.passes(days=4)
    assert do(home, "kari", Act.CLAIM, version=seen.version).task.overdue


def test_another_units_nurse_sees_a_foreign_task_as_a_missing_one(home: Community) -> None:
    """Mutant: the unit's filter removed."""
    task = home.list_of("kari")["HPH2"]
    asks: list[Callable[[], TaskDetail]] = [
        lambda: home.engine.task(home.who("per"), task.id, home.now),
        lambda: do(home, "per", Act.CLAIM),
    ]
    for ask in asks:
        with pytest.raises(UnknownTask) as foreign:
            ask()
        with pytest.raises(UnknownTask) as missing:
            home.engine.task(home.who("per"), "no-such-task", home.now)
        assert str(foreign.value) == str(missing.value)


def test_a_task_is_deferred_inside_its_window_with_a_coded_reason(home: Community) -> None:
    until = home.now + timedelta(days=1)
    deferred = do(home, "kari", Act.DEFER, until=until, reason="patient_wish")
    assert (deferred.task.deferred_until, deferred.task.business_status) == (until, "deferred")
    with pytest.raises(OutsideWindow):
        do(home, "kari", Act.DEFER, key="later", until=home.now + timedelta(days=9), reason="patient_wish")
    with pytest.raises(UnknownReason):
        do(home, "kari", Act.DEFER, key="vague", until=until, reason="because")


def test_not_applicable_needs_a_reason_and_is_an_end_of_its_own(home: Community) -> None:
    with pytest.raises(UnknownReason):
        do(home, "kari", Act.NOT_APPLICABLE)
    ended = do(home, "kari", Act.NOT_APPLICABLE, reason="patient_declines")
    assert (ended.task.status, ended.task.business_status) == ("rejected", "not-applicable")


def test_what_one_has_taken_another_cannot_take_nor_give_back_but_may_be_given(home: Community) -> None:
    do(home, "kari", Act.CLAIM)
    with pytest.raises(IllegalTransition):
        do(home, "ola", Act.CLAIM)
    with pytest.raises(NotPermitted):
        do(home, "ola", Act.GIVE_BACK)
    assert do(home, "kari", Act.ASSIGN, assignee="ola").task.performer == "ola"
    with pytest.raises(NotPermitted):
        do(home, "ola", Act.ASSIGN, assignee="per")


def test_a_task_says_why_it_is_there(home: Community) -> None:
    why = home.engine.task(home.who("kari"), home.list_of("kari")["HPH2"].id, home.now).why
    assert why is not None
    assert (why.event, why.cause, why.message.split()[0]) == ("discharged", "discharged/VN1", "plain")
    assert why.lines[0] > 0 and why.arithmetic is not None and "3 dager" in why.arithmetic.nb


def test_a_person_with_two_roles_has_one_list_of_both(home: Community) -> None:
    """A nurse who is the patient's primary contact too must not miss the four-week review."""
    ina = home.engine.principal("ina", "home_care_nurse")
    assert ina is not None and ina.roles == ("home_care_nurse", "primary_contact")
    assert {view.step for view in home.engine.worklist(ina, home.now)} >= {"HPH2", "HPH5"}
    assert "HPH5" not in home.list_of("kari")
