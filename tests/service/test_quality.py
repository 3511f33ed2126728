"""Quality figures from a log and its tasks, of the asker's own units alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pathway_engine.domain import quality as rules
from pathway_engine.domain.definition import ChecklistItem
from pathway_engine.domain.errors import NotPermitted
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.service.quality import own_units
from pathway_engine.service.views import Principal
from tests.service.community import Community, directory

LIV = Principal(person="liv", name="Liv Leder", role="home_care_leader", seats=(("east", "home_care_leader"),))
TOWN = Principal(person="siv", name="Siv", role="allocation_office", seats=(("5001", "allocation_office"),))
NURSE = Principal(person="kari", name="Kari", role="home_care_nurse", seats=(("5001", "home_care_nurse"),))


@pytest.fixture(autouse=True)
def told_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small worlds are counted here: nothing is hidden."""
    monkeypatch.setattr(rules, "FEWEST", 1)


def _lived(community: Community) -> None:
    """One homecoming in the east: HPH2 is done in time, the hospital's list is not, the letter is late."""
    community.brought_home()
    community.passes(hours=26)
    community.tell("medication_list_received")
    task = community.list_of("kari")["HPH2"]
    who = community.who("kari")
    community.engine.act(who, task.id, Act.CLAIM, version=task.version, key="key-0001", now=community.now)
    detail = community.engine.task(who, task.id, community.now)
    answers = {each.id: _answer(each) for each in detail.checklist.items} if detail.checklist else {}
    community.engine.act(
        who, task.id, Act.COMPLETE, version=detail.task.version, key="key-0002", now=community.now, answers=answers
    )
    community.passes(days=35)


def _answer(item: ChecklistItem) -> FactValue:
    return {"yes_no": "yes", "choice": next(iter(item.choices), ""), "number": item.minimum or 1}.get(item.type, "x")


def test_a_world_counted_by_hand(community: Community) -> None:
    _lived(community)
    report = community.engine.quality(LIV, community.now)
    found = {each.measure.id: (each.whole.numerator, each.whole.denominator) for each in report.series}
    ones, none = ("three_days", "done_HPH2", "in_time_HPH2", "overstay_days"), ("done_HPH0", "letter", "readmitted")
    assert {name: found[name] for name in ones} == dict.fromkeys(ones, (1, 1))
    assert {name: found[name] for name in (*none, "three_of_four")} == dict.fromkeys((*none, "three_of_four"), (0, 1))
    assert report.of("wait").whole.value == pytest.approx(20 / 24)
    assert [each.of for each in report.of("wait").units] == ["east"]


def test_only_own_units_are_counted_and_that_is_on_record(community: Community) -> None:
    _lived(community)
    town = community.engine.quality(TOWN, community.now)
    assert {unit for unit, _ in town.units} == {"east", "west"}
    west = community.engine.quality(TOWN, community.now, unit="west")
    assert all(each.whole.denominator == 0 for each in west.series)
    with pytest.raises(NotPermitted):
        community.engine.quality(LIV, community.now, unit="west")
    with community.engine.context.store.reading() as records:
        rows = [row for row in records.audit() if row.action == "quality read"]
    assert {(row.actor, row.patient_id) for row in rows} == {("siv", None)}


def test_whose_units_are_whose() -> None:
    known = directory()
    assert set(own_units(known, LIV)) == {"east"}
    assert set(own_units(known, TOWN)) == {"east", "west"}
    assert own_units(known, NURSE) == {}


def test_a_year_that_has_gone_counts_no_more(community: Community) -> None:
    _lived(community)
    later = community.now + timedelta(days=500)
    assert community.engine.quality(LIV, later).of("three_days").whole.denominator == 0
    first = community.now.date() - timedelta(days=60)
    assert community.engine.quality(LIV, later, first=first, months=6).of("three_days").whole.denominator == 1
