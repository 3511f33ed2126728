"""Plans and times of care: searched by what rows tell and by what only the resource tells, of patients one may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pathway_engine.fhir import rows
from pathway_engine.fhir.exchange import Served
from pathway_engine.fhir.matching import matches
from pathway_engine.fhir.resources import SERVED, care_plan
from pathway_engine.fhir.search_language import read_search
from pathway_engine.fhir.searching import searcher
from tests.fhir.searched import BASE, PER, WEST, Town, asked, ids, link, pages, town_on

SOME = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
QUERIES = [
    ("status", "active"), ("status", "completed"), ("status", "on-hold"), ("status", "entered-in-error"),
    ("status:not", "active"), ("date", "2026-10-25"), ("date", "ge2026-10-26"), ("date", "eb2026-10-26"),
    ("date", "sa2026-10-25T10:00Z"), ("patient", "Patient/p3"), ("instantiates-canonical", "PlanDefinition/hph"),
    ("instantiates-canonical", "https://pathway-engine.example/fhir/PlanDefinition/hph"), ("_id", "e1,e2"),
    ("instantiates-canonical:missing", "true"), ("_lastUpdated", "lt2026-10-25T05:00Z"), ("encounter:missing", "true"),
]  # fmt: skip


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    made = town_on(database_url)
    yield made
    made.community.close()


@SOME
@given(pairs=st.lists(st.sampled_from(QUERIES), min_size=1, max_size=2))
def test_plans_are_found_as_looking_finds_them(town: Town, pairs: list[tuple[str, str]]) -> None:
    face = town.face()
    everything = [each["resource"] for each in asked(face, "/CarePlan?_count=1000")["entry"]]
    answer = face.get("/CarePlan", params=[*pairs, ("_total", "accurate"), ("_count", "2")]).json()
    search = read_search(SERVED["CarePlan"], pairs, base=BASE)
    wanted = [each["id"] for each in everything if matches(each, search.criteria, town.community.now)]
    onwards = link(answer, "next").removeprefix(BASE)
    assert [*ids(answer), *chain.from_iterable(map(ids, pages(face, onwards)))] == wanted
    assert answer["total"] == len(wanted)


@pytest.mark.parametrize("sort", ["date", "-date", "status,-_id", "_lastUpdated", "encounter", "-patient"])
@pytest.mark.parametrize("type", ["CarePlan", "EpisodeOfCare"])
def test_each_is_given_once_by_any_sort(town: Town, type: str, sort: str) -> None:
    path = f"/{type}?_count=3&_sort={sort}"
    seen = list(chain.from_iterable(ids(page) for page in pages(town.face(), path)))
    assert sorted(seen) == sorted({row.episode_id for row in town.visible()})


def test_a_foreign_patients_episode_is_not_there(town: Town) -> None:
    others = {row.episode_id for row in town.tasks} - {row.episode_id for row in town.visible(WEST)}
    face = town.face(PER)
    for id in others:
        assert face.get(f"/CarePlan/{id}").status_code == 404
        assert asked(face, f"/EpisodeOfCare?_id={id}")["total"] == 0
    assert not others & {*ids(asked(face, "/CarePlan?_count=1000"))}


def test_a_page_may_end_before_it_is_full_and_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is let look at a whole town for one page; what was not looked at is on the next."""
    monkeypatch.setattr(rows, "AT_ONCE", 2)
    impatient = replace(SERVED["CarePlan"], find=searcher(replace(care_plan.ROWS, looked_at=3)))
    monkeypatch.setitem(cast(dict[str, Served], SERVED), "CarePlan", impatient)
    seen = [ids(page) for page in pages(town.face(), "/CarePlan?encounter:missing=false&_count=2")]
    assert (len(seen) >= 4, *chain.from_iterable(seen)) == (True,)
    seen = [ids(page) for page in pages(town.face(PER), "/CarePlan?_count=2")]
    wanted = {row.episode_id for row in town.visible(WEST)}
    assert sorted(chain.from_iterable(seen)) == sorted(wanted)
