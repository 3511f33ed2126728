"""The whole story, once: every turn by its effect, every figure, and the page that tells it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from pathway_engine.domain.identifiers import has_valid_check_digits
from pathway_engine.story.cast import PATIENTS
from pathway_engine.story.playing import Played, play
from pathway_engine.story.telling import Story, page, story
from pathway_engine.story.times import BEGINS, wall
from pathway_engine.story.turns import turns
from pathway_engine.story.world import world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
A_WEEK = wall("2026-11-03T00:00")


SAME_IN_BOTH = {"Median", "10 %", "90 %", "95 %"}


@dataclass(frozen=True)
class Told:
    played: Played
    story: Story
    page: str


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with world() as place:
        played = play(place)
        found = story(played)
        yield Told(played, found, page(found))


def test_thirty_patients_are_told_of_between_the_october_night_and_christmas(told: Told) -> None:
    assert (told.played.patients, len({each.national_number for each in PATIENTS})) == (30, 30)
    assert wall("2026-10-25T03:00") > BEGINS and told.played.until > wall("2026-12-28T09:00")
    admitted = {scene.number for scene in told.played.scenes if scene.what.startswith("admitted")}
    assert admitted == set(range(1, 31))
    assert {scene.hospital for scene in told.played.scenes} == {"adt", "plo"}


@pytest.mark.parametrize("number", [turn.number for turn in turns()])
def test_a_turn_has_the_effect_that_it_must(told: Told, number: int) -> None:
    (found,) = [each for each in told.story.turns if each.turn.number == number]
    assert found.holds, found.turn.must.en
    assert found.lines, "the page tells nothing of it"


def test_what_is_found_at_the_end_holds(told: Told) -> None:
    assert [(each.says.en, each.figure) for each in told.story.findings if not each.holds] == []
    assert len(told.story.findings) == 11 and told.story.is_well


def test_people_did_their_work_on_the_pages(told: Told) -> None:
    """Whoever is named did it by a form; nothing that was pressed was refused."""
    outcomes = Counter(each.outcome for worker in told.played.workers.values() for each in worker.done)
    assert [outcome for outcome in outcomes if outcome.startswith("refused")] == []
    assert outcomes["complete"] > 300 and outcomes["told"] >= 6
    assert {person for person, worker in told.played.workers.items() if worker.done} >= {
        "silje",
        "kari",
        "ola",
        "marit",
    }


def test_the_program_read_along_every_week(told: Told) -> None:
    assert len(told.played.program.readings) >= 9
    assert sum(reading.found["Task"] for reading in told.played.program.readings) > 50


def test_the_page_is_whole_and_names_no_identity_number(told: Told) -> None:
    for each in PATIENTS:
        assert each.national_number not in told.page
    assert [found for found in re.findall(r"(?<!\d)\d{11}(?!\d)", told.page) if has_valid_check_digits(found)] == []
    assert told.page.count("<article") == len(turns()) and "stemmer ikke" not in told.page
    for start, end in (("<th ", "</th>"), ("<caption>", "</caption>"), ("<h2 ", "</h2>"), ("<article", "</article>")):
        heads = [part.partition(end)[0] for part in told.page.split(start)[1:]]
        alone = {part.rpartition(">")[2] for part in heads if 'lang="en"' not in part and 'scope="row"' not in part}
        assert heads and alone <= SAME_IN_BOTH, "English stands beside the Norwegian"
    assert "<script" not in told.page and "http://" not in told.page and " style=" not in told.page


def test_what_is_not_as_it_must_be_is_told_in_red(told: Told) -> None:
    """Mutant: the page says that all is well."""
    first, *rest = told.story.findings
    wrong = replace(told.story, findings=(replace(first, holds=False), *rest))
    assert not wrong.is_well and page(wrong).count("✗ stemmer ikke") == 1


def test_the_same_story_twice_is_the_same_page() -> None:
    """Mutant: chance that is not drawn from the seed, or the clock of the machine."""
    pages = []
    for _ in range(2):
        with world() as place:
            pages.append(page(story(play(place, 3, A_WEEK))))
    assert pages[0] == pages[1]
