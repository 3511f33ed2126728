"""What open pages are told of: also what time alone changes, what a notice says, and what is committed late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pathway_engine.domain.tasks import Place
from pathway_engine.service.concerns import DEAD_LETTER, Concern, end_notices, raise_notice
from pathway_engine.service.news import MANY_SAVED, OVERLAP, Changes, Mark, changes, read_mark
from pathway_engine.service.telling import IN
from tests.service.community import START, Community

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def home(community: Community) -> Community:
    """The patient came home a while ago: nothing of it lies in the overlap."""
    community.brought_home()
    community.now += 2 * OVERLAP
    return community


def look(home: Community, since: Changes | Mark | None = None) -> Changes:
    if isinstance(since, Changes):
        return changes(home.engine.context, since.mark, home.now, since.seen)
    return changes(home.engine.context, since, home.now)


def concerned(home: Community, found: Changes) -> set[str]:
    return {person for person in ("kari", "per", "liv", "mia") if found.concern(home.who(person))}


def overdue(home: Community) -> None:
    """Let it be a minute after the visit was due."""
    due_at = home.list_of("kari")["HPH2"].due_at
    assert due_at is not None
    home.now = due_at + A_MINUTE


def test_a_task_that_is_overdue_is_told_though_the_log_has_not_grown(home: Community) -> None:
    before = look(home)
    overdue(home)
    assert concerned(home, look(home, before)) == set()
    home.engine.wake_due(home.now)
    after = look(home, before)
    assert after.mark.seq == before.mark.seq
    assert "kari" in concerned(home, after) and "per" not in concerned(home, after)
    assert concerned(home, look(home, after)) == set()  # once


def test_a_notice_is_told_when_it_is_raised_and_when_it_ends(home: Community) -> None:
    before = look(home)
    said = Concern(kind=DEAD_LETTER, about=7, subject="", said="x", place=Place(municipality="5001"))
    home.now += A_MINUTE
    context = home.engine.context
    context.committed(lambda records: raise_notice(context, records, said, home.now))
    raised = look(home, before)
    assert concerned(home, raised) == {"mia"}
    home.now += A_MINUTE
    context.committed(lambda records: end_notices(records, DEAD_LETTER, 7, "done", home.now))
    assert concerned(home, look(home, raised)) == {"mia"}


def test_what_is_committed_behind_the_last_look_is_told_once(home: Community) -> None:
    """Its instant was taken before the look; it was committed after."""
    before = look(home)
    task = home.list_of("kari")["HPH2"].id
    with home.engine.context.store.transaction() as records:
        row = records.task(task)
        assert row is not None
        records.save_tasks([replace(row, version=row.version + 1)], home.now - timedelta(seconds=30))
    found = look(home, before)
    assert "kari" in concerned(home, found) and "per" not in concerned(home, found)
    home.now += timedelta(seconds=2)
    assert concerned(home, look(home, found)) == set()


def test_a_page_that_comes_back_is_told_of_what_came_since_its_mark_alone(home: Community) -> None:
    mark = look(home).mark
    assert concerned(home, look(home, mark)) == set()
    overdue(home)
    home.engine.wake_due(home.now)
    assert "kari" in concerned(home, look(home, mark))
    assert concerned(home, look(home, Mark(mark.seq, home.now))) == set()


def test_more_than_is_worth_asking_about_concerns_everybody(home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    before = look(home)
    monkeypatch.setattr("pathway_engine.service.news.MANY_SAVED", 1)
    overdue(home)
    home.engine.wake_due(home.now)
    assert look(home, before).seats is None
    assert MANY_SAVED > 100


def test_a_mark_is_read_as_it_is_written() -> None:
    assert read_mark(str(Mark(17, START))) == Mark(17, START)
    for wrong in ("", "17", "17.", ".5", "-1.5", "1.5.6", "1e3.4", "²³.4", "9" * 30 + ".1", "1." + "9" * 38, IN):
        assert read_mark(wrong) is None, wrong
