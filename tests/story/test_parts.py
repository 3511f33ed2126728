"""The parts of the story: its clock, its plot, pages as a person reads them, and when all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from pathway_engine.domain.definition import Text
from pathway_engine.story.browsing import read_page
from pathway_engine.story.findings import Finding
from pathway_engine.story.playing import Played
from pathway_engine.story.plot import scenes
from pathway_engine.story.telling import Story, Told, clock
from pathway_engine.story.times import BEGINS, ENDS, Clock, wall
from pathway_engine.story.turns import Seen, holds, turns

LIST = """
<main><h1>Min dag</h1><ul><li class="card edge-today" data-task="t1" data-version="1"><h3><a href="/tasks/t1">Besøk</a>
<small class="code">HPH2</small></h3><span class="left left-today">Venter</span>
<p id="about-t1" class="about"><strong>Astrid M.</strong>, 87 år · Veien 1</p></li></ul></main>
"""
FORM = """
<form><input type="hidden" name="version" value="4">
<fieldset class="question"><legend>Er det mat? <span class="required">(må)</span></legend>
<input type="radio" name="item.food" value="yes"><input type="radio" name="item.food" value="no"></fieldset>
<div class="question"><input type="text" inputmode="decimal" name="item.weight"></div>
<button name="act" value="complete">Fullfør</button></form>
"""


def test_the_hour_that_passes_twice_is_told_apart() -> None:
    """Mutant: both are half past two."""
    first, second = wall("2026-10-25T02:30"), wall("2026-10-25T02:30", again=True)
    assert second - first == timedelta(hours=1)
    assert (clock(first), clock(second)) == ("25.10.2026 02.30 (CEST)", "25.10.2026 02.30 (CET)")
    assert clock(wall("2026-10-26T02:30")) == "26.10.2026 02.30"


def test_the_clock_never_goes_back() -> None:
    """Mutant: it shows whatever it is told."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    shows = Clock(at)
    shows.show(at - timedelta(hours=1))
    assert shows() == at


def test_the_plot_is_the_same_every_time_and_in_order() -> None:
    told = scenes()
    assert told == scenes() and [each.at for each in told] == sorted(each.at for each in told)
    assert all(BEGINS < each.at < ENDS for each in told)
    for number in range(1, 31):
        mine = [each for each in told if each.number == number]
        assert mine[0].what.startswith("admitted"), number


def test_a_list_and_a_form_are_read_as_a_person_reads_them() -> None:
    (card,) = read_page(LIST).cards
    assert (card.task, card.step, card.left, card.patient) == ("t1", "HPH2", "Venter", "Astrid M.")
    page = read_page(FORM)
    assert (page.hidden, page.buttons) == ({"version": "4"}, {"complete"})
    assert [(each.item, each.kind, each.options, each.is_required) for each in page.questions] == [
        ("food", "radio", ["yes", "no"], True), ("weight", "number", [], False),
    ]  # fmt: skip


@dataclass
class Nothing:
    """A course of somebody to whom nothing happened."""

    def of_step(self, step: str) -> list[object]:
        return []

    def sent(self, message: str) -> list[object]:
        return []

    def times(self, event: str) -> list[object]:
        return []

    phase = ""
    events = ()
    tasks = ()


@pytest.mark.parametrize("number", [turn.number for turn in turns() if turn.number not in (5, 13, 14)])
def test_a_turn_that_did_not_happen_does_not_hold(number: int) -> None:
    """Mutant: what cannot be looked at is well."""
    turn = next(each for each in turns() if each.number == number)
    assert not holds(turn, Seen(cast("object", Nothing()), (), cast(Played, None)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("turn_holds", "finding_holds"), [(True, True), (False, True), (True, False)])
def test_all_is_well_only_when_everything_is(turn_holds: bool, finding_holds: bool) -> None:
    """Mutant: only the turns count; mutant: only the findings do."""
    finding = Finding(Text("a", "a"), Text("1", "1"), finding_holds)
    turn = Told(turns()[0], "Astrid", turn_holds, ())
    told = Story(cast(Played, None), (turn,), (), (finding,), (), cast("object", None), cast("object", None))  # type: ignore[arg-type]
    assert told.is_well == (turn_holds and finding_holds)
