"""What was just done is taken back by the one who did it, and a deviation leads to a task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pathway_engine.domain.errors import IllegalTransition, InvalidAnswer, OutsideWindow, UnknownTask, VersionConflict
from pathway_engine.domain.events import Act
from pathway_engine.domain.tasks import UNDO_WITHIN
from pathway_engine.service.news import Mark
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.views import TaskView
from tests.service.community import Community
from tests.service.test_acting import all_answers, do


@pytest.fixture
def home(community: Community) -> Community:
    community.brought_home()
    return community


def seen(community: Community, step: str = "HPH2") -> TaskView:
    return community.list_of("kari")[step]


def undo(community: Community, task: TaskView, key: str, person: str = "kari") -> None:
    community.engine.undo(community.who(person), task.id, key, community.now)


def completed(community: Community) -> TaskView:
    task = seen(community)
    answers = all_answers(community.engine.task(community.who("kari"), task.id, community.now).checklist)
    do(community, "kari", Act.COMPLETE, answers=answers, key="completes-it")
    return task


def test_a_completed_task_stands_again_as_it_was_and_so_does_the_log(home: Community) -> None:
    before = seen(home)
    task = completed(home)
    assert "HPH2" not in home.list_of("kari")
    home.now += timedelta(seconds=9)
    undo(home, task, "completes-it")
    after = seen(home)
    assert (after.status, after.performer, after.answered) == (before.status, before.performer, before.answered)
    assert after.version > before.version
    assert rebuild(home.engine.context, home.now, check=True).differing == ()


def test_undoing_twice_is_undoing_once(home: Community) -> None:
    task = completed(home)
    undo(home, task, "completes-it")
    version = seen(home).version
    undo(home, task, "completes-it")
    assert seen(home).version == version


@pytest.mark.parametrize(
    ("act", "more"),
    [
        pytest.param(Act.CLAIM, {}, id="claim"),
        pytest.param(Act.ASSIGN, {"assignee": "ola"}, id="assign"),
        pytest.param(Act.NOT_APPLICABLE, {"reason": "no_need"}, id="not-applicable"),
        pytest.param(Act.COMMENT, {"comment": "Feil pasient"}, id="comment"),
    ],
)
def test_every_act_can_be_taken_back(home: Community, act: Act, more: dict[str, str]) -> None:
    before = seen(home)
    do(home, "kari", act, key="a-key-of-it", **more)
    undo(home, before, "a-key-of-it")
    after = seen(home)
    assert (after.status, after.performer) == (before.status, before.performer)
    assert home.engine.task(home.who("kari"), before.id, home.now).comments == ()


def test_what_completing_led_to_is_gone_with_it(home: Community) -> None:
    """The followers of a step that was not completed after all stand on no list."""
    task = seen(home)
    steps = set(home.list_of("kari"))
    completed(home)
    undo(home, task, "completes-it")
    assert set(home.list_of("kari")) == steps


def test_after_half_a_minute_it_stands(home: Community) -> None:
    task = completed(home)
    home.now += UNDO_WITHIN + timedelta(seconds=1)
    with pytest.raises(IllegalTransition, match="half a minute ago stands"):
        undo(home, task, "completes-it")


def test_nobody_undoes_what_another_did(home: Community) -> None:
    task = completed(home)
    with pytest.raises(UnknownTask):
        undo(home, task, "completes-it", person="ola")


def test_what_a_colleague_went_on_from_is_not_pulled_away(home: Community) -> None:
    task = seen(home)
    do(home, "kari", Act.CLAIM, key="claims-it")
    home.now += timedelta(seconds=2)
    do(home, "ola", Act.COMMENT, comment="Jeg ringer henne")
    with pytest.raises(VersionConflict, match="Ola"):
        undo(home, task, "claims-it")


# --- Follow-ups -----------------------------------------------------------------------------------


def follow_up(community: Community, item: str = "nutrition", **more: Any) -> None:
    told: dict[str, Any] = {
        "reason": item,
        "until": community.now + timedelta(hours=8),
        "comment": "Spiser lite",
    } | more
    do(community, "kari", Act.FOLLOW_UP, **told)


def test_a_deviation_that_is_followed_up_becomes_a_task_of_its_own(home: Community) -> None:
    do(home, "kari", Act.ANSWER, answers={"nutrition": "yes"}, key="answers-it")
    follow_up(home)
    found = seen(home, "FOLLOW_UP")
    assert (found.title.nb, found.due_at) == ("Lag ernæringsplan", home.now + timedelta(hours=8))
    detail = home.engine.task(home.who("kari"), found.id, home.now)
    assert [text for _, _, text in detail.comments] == ["Spiser lite"]
    home.passes(hours=9)
    assert seen(home, "FOLLOW_UP").overdue
    do(home, "kari", Act.COMPLETE, step="FOLLOW_UP", key="completes-the-follow-up")
    assert "FOLLOW_UP" not in home.list_of("kari")
    assert rebuild(home.engine.context, home.now, check=True).differing == ()


def test_asking_twice_gives_one_follow_up(home: Community) -> None:
    do(home, "kari", Act.ANSWER, answers={"nutrition": "yes"}, key="answers-it")
    follow_up(home)
    home.now += timedelta(seconds=1)
    follow_up(home)
    assert [view.step for view in home.engine.worklist(home.who("kari"), home.now)].count("FOLLOW_UP") == 1


def test_an_answer_that_does_not_deviate_has_no_follow_up(home: Community) -> None:
    do(home, "kari", Act.ANSWER, answers={"nutrition": "no"}, key="answers-it")
    with pytest.raises(InvalidAnswer):
        follow_up(home)


def test_a_follow_up_is_due_after_now(home: Community) -> None:
    do(home, "kari", Act.ANSWER, answers={"nutrition": "yes"}, key="answers-it")
    with pytest.raises(OutsideWindow):
        follow_up(home, until=home.now)


def test_a_follow_up_keeps_its_deadline_when_the_patient_moves(home: Community) -> None:
    do(home, "kari", Act.ANSWER, answers={"nutrition": "yes"}, key="answers-it")
    follow_up(home)
    due = seen(home, "FOLLOW_UP").due_at
    home.passes(minutes=5)
    home.tell("medication_list_received", district="02")
    moved = {view.step: view for view in home.engine.worklist(home.who("per"), home.now)}
    assert moved["FOLLOW_UP"].due_at == due


# --- The day ----------------------------------------------------------------------------------------


def test_reading_the_day_is_on_record_with_whom_it_told_of(home: Community) -> None:
    found = home.engine.day(home.who("kari"), home.now)
    with home.engine.context.store.reading() as records:
        newest = records.audit(limit=1)[0]
    assert (newest.action, newest.actor, newest.detail) == ("list read", "kari", found.tasks[0].patient_id)
    assert found.colleagues == (("ina", "Ina Begge"), ("ola", "Ola Sykepleier"))


def test_changes_concern_those_on_whose_lists_they_are(home: Community) -> None:
    before = Mark(home.engine.day(home.who("kari"), home.now).seq, home.now)
    assert not home.engine.changes(before, home.now).concern(home.who("kari"))
    do(home, "ola", Act.CLAIM, key="claims-it")
    after = home.engine.changes(before, home.now)
    assert after.mark.seq > before.seq
    assert after.concern(home.who("kari")) and not after.concern(home.who("per"))


def test_a_calendar_has_windows_and_no_names_until_its_key_is_taken_back(home: Community) -> None:
    who = home.who("kari")
    task = seen(home)
    do(home, "kari", Act.CLAIM, key="claims-it")
    home.engine.new_feed(who, "a-secret-of-karis", home.now)
    (found,) = home.engine.feed("a-secret-of-karis", home.now) or []
    assert (found.id, found.due_at) == (task.id, task.due_at)
    home.engine.new_feed(who, "another-secret", home.now)
    assert home.engine.feed("a-secret-of-karis", home.now) is None
    home.engine.end_feed(who, home.now)
    assert home.engine.feed("another-secret", home.now) is None
