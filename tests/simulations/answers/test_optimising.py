"""The cheapest places: against Erlang's formula, by every combination, and never without a fresh look."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest

from simulations.candidates import (
    Candidate,
    CannotOptimise,
    Counts,
    Lever,
    Search,
    Target,
    cost_of,
    levers_of,
    with_counts,
)
from simulations.compiling import compile_scenario
from simulations.durations import exponential, fixed
from simulations.engine import run_tape
from simulations.estimates import Estimate
from simulations.figures import count_chosen, count_figures, figure_names
from simulations.optimising import Optimum, front, optimise, searched, square_root
from simulations.scenario import ALL, EVERYWHERE, OUT, Arrivals, Exit, Phase, Resource, Run, Scenario, Staff, Task
from simulations.tape import draw_tape
from tests.simulations.answers.cases import city, one_queue

SHORT = (10, 20)
BY_DAY = tuple(hour % 24 in range(8, 16) for hour in range(168))


def waiting(load: float, places: int) -> float:
    """Return the mean number who wait in M/M/c (Erlang C)."""
    if places <= load:
        return math.inf
    term, total = 1.0, 1.0
    for number in range(1, places):
        term *= load / number
        total += term
    last = term * load / places * places / (places - load)
    return last / (total + last) * load / (places - load)


def two_towns() -> Scenario:
    """Return a ward that never fills before two short-term homes: those who are ready wait as in M/M/c."""
    out = (Exit(to=OUT, chance={ALL: 1.0}),)
    phases = {
        "ward": Phase(
            name="ward", lasts={ALL: exponential(2.0)}, exits=(Exit(to="home", chance={ALL: 1.0}),), holds="ward"
        ),
        "home": Phase(name="home", lasts={ALL: exponential(4.0)}, exits=out, holds="home"),
    }
    base = one_queue(1)
    return replace(
        base, municipalities=("A", "B"), phases=phases, run=Run(warm_up=60.0, collect=1500.0),
        resources={
            "ward": Resource(name="ward", capacity={EVERYWHERE: 10_000}),
            "home": Resource(name="home", capacity={"A": 20, "B": 10}),
        },
        arrivals=(Arrivals(into="ward", group=ALL, per_day=2.0, shares={"A": 0.7, "B": 0.3}),),
    )  # fmt: skip


def test_one_ward_gets_the_fewest_beds_that_erlang_allows() -> None:
    # Load 6: 3.683 wait for 7 places, 1.071 for 8, 0.392 for 9.
    assert [round(waiting(6.0, each), 3) for each in (7, 8, 9)] == [3.683, 1.071, 0.392]
    found = optimise(
        one_queue(5), levers_of(one_queue(5), {"ward": 1.0}), [Target("queue", "ward", 2.0)],
        replications=4, stages=(10,), confirmed_by=10,
    )  # fmt: skip
    assert found.chosen.counts == (8,)
    assert found.is_confirmed
    assert found.chosen.figures[0].low < 1.071 < found.chosen.figures[0].high


@pytest.fixture(scope="module")
def towns() -> Optimum:
    scenario = two_towns()
    costs = levers_of(scenario, {"home.A": 3.0, "home.B": 2.0})
    return optimise(scenario, costs, [Target("discharge_ready", "total", 1.0)], replications=8, stages=SHORT)


def test_two_towns_share_the_money_as_the_closed_form_does(towns: Optimum) -> None:
    best = min(
        (3 * a + 2 * b, a, b) for a, b in product(range(6, 14), range(3, 9)) if waiting(5.6, a) + waiting(2.4, b) <= 1.0
    )
    assert (towns.chosen.cost, *towns.chosen.counts) == best
    assert towns.is_confirmed
    truth = sum(waiting(load, count) for load, count in zip((5.6, 2.4), towns.chosen.counts, strict=True))
    assert towns.chosen.figures[0].mean == pytest.approx(truth, rel=0.12)


class Formula(Search):
    """Candidates as Erlang's formula has them: nothing is simulated."""

    def of(self, counts: Counts) -> Candidate:
        wait = sum(waiting(load, count) for load, count in zip((5.6, 2.4), counts, strict=True))
        found = Estimate(wait, 0.0, 0.0, 2, None)
        return self.seen.setdefault(counts, Candidate(counts, cost_of(self.levers, counts), (found,), found))


@pytest.mark.parametrize("costs", [(3.0, 2.0), (5.0, 2.0), (2.0, 5.0), (7.0, 4.0), (1.0, 1.0)])
@pytest.mark.parametrize("limit", [0.3, 0.8, 1.4, 2.5, 4.0])
def test_the_search_ends_where_trying_everything_ends(costs: tuple[float, float], limit: float) -> None:
    scenario = two_towns()
    levers = levers_of(scenario, {"home.A": costs[0], "home.B": costs[1]})
    search = Formula(scenario, levers, (Target("discharge_ready", "total", limit),), 2, 1)
    start = search.of(square_root(scenario, levers, 2.0))
    everything = [search.of(counts) for counts in product(range(6, 16), range(3, 12))]
    cheapest = min(each.cost for each in everything if each.meets(search.targets))
    fresh = Formula(scenario, levers, search.targets, 2, 1)
    assert searched(fresh, fresh.of(start.counts), 300).cost == cheapest


def test_the_search_begins_at_the_offered_load(towns: Optimum) -> None:
    scenario = towns.scenario
    assert square_root(scenario, towns.levers, 0.0) == (6, 3)
    assert square_root(scenario, towns.levers, 1.0) == (
        math.ceil(5.6 + math.sqrt(5.6)),
        math.ceil(2.4 + math.sqrt(2.4)),
    )
    assert towns.start.meets(towns.targets)
    assert towns.chosen.cost <= towns.start.cost


def test_the_front_has_nothing_that_is_dearer_and_worse(towns: Optimum) -> None:
    costs, days = zip(*((each.cost, each.overstay.mean) for each in towns.front), strict=True)
    assert list(costs) == sorted(costs) and list(days) == sorted(days, reverse=True)
    assert len(set(costs)) == len(costs) > 3
    assert front([*towns.front, towns.start]) == towns.front


def test_the_choice_is_confirmed_on_draws_that_the_search_never_saw(towns: Optimum) -> None:
    searched = {each.counts: each for each in towns.finalists}[towns.chosen.counts]
    assert searched.figures[0].mean != towns.chosen.figures[0].mean
    assert towns.chosen.figures[0].replications in (30, 60, 120, 240)
    assert towns.chosen.figures[0].high <= towns.targets[0].at_most


def test_a_choice_that_chance_may_undo_is_not_called_confirmed() -> None:
    """At a limit that is the truth for eight beds, an interval ends above it as often as not."""
    scenario, limit = one_queue(5, collect=150), waiting(6.0, 8)
    levers = (Lever("resources.ward.places", 1.0, 8, 8),)
    found = optimise(
        scenario, levers, [Target("queue", "ward", limit * 1.02)], replications=2, stages=(3,), confirmed_by=6, seed=1
    )
    assert not found.is_confirmed
    assert found.chosen.counts == (8,) and found.chosen.figures[0].high > limit * 1.02


def test_what_the_search_took_for_enough_gets_a_place_more_when_fresh_draws_say_so() -> None:
    """Few short tapes make seven beds look enough where 3.683 wait."""
    scenario = one_queue(5, collect=40)
    levers = (Lever("resources.ward.places", 1.0, 7, 12),)
    found = optimise(
        scenario, levers, [Target("queue", "ward", 2.5)], replications=2, stages=(2,), confirmed_by=8, seed=1
    )
    assert found.is_confirmed
    assert found.chosen.counts > found.finalists[0].counts


def test_figures_for_the_search_are_the_figures_of_a_simulation() -> None:
    scenario = replace(city(collect=60.0, warm_up=20.0))
    model = compile_scenario(scenario)
    tape = draw_tape(model, 3, 0)
    stamps, names = run_tape(model, tape), figure_names(model)
    assert count_chosen(model, tape, stamps, names) == count_figures(model, tape, stamps, 0).figures.tolist()
    some = [names[3], next(name for name in names if name.what == "discharge_ready" and name.of == "B")]
    everything = dict(zip(names, count_figures(model, tape, stamps, 0).figures.tolist(), strict=True))
    assert count_chosen(model, tape, stamps, some) == [everything[name] for name in some]


def test_nurses_are_added_until_tasks_are_in_time() -> None:
    """Three tasks of four hours a day need more than one nurse of eight hours."""
    scenario = replace(
        one_queue(100, collect=300),
        staff={"nurse": Staff(name="nurse", on_duty={EVERYWHERE: 1}, works=BY_DAY)},
        tasks={"visit": Task(name="visit", staff="nurse", takes=fixed(4 / 24), when_entering=("ward",), due=2.0)},
    )  # fmt: skip
    levers = levers_of(scenario, {"nurse": 500.0})
    assert [each.name for each in levers] == ["staff.nurse.on_duty"]
    found = optimise(
        scenario, levers, [Target("late_share", "visit", 0.05)], replications=3, stages=(6,), confirmed_by=8
    )
    fewer = compare_late(scenario, found.chosen.counts[0] - 1)
    assert found.is_confirmed and fewer > 0.05


def compare_late(scenario: Scenario, nurses: int) -> float:
    from simulations.parameters import with_parameter
    from simulations.runs import simulate

    return (
        simulate(with_parameter(scenario, "staff.nurse.on_duty", str(nurses)), replications=6)
        .estimate("late_share", "visit")
        .mean
    )


def test_a_tape_is_the_same_for_every_number_of_places() -> None:
    scenario = city(collect=50.0, warm_up=0.0)
    levers = levers_of(scenario, {"short_term": 1.0, "home_care.B": 1.0})
    other = with_counts(scenario, levers, (9, 9, 9, 50))
    one, two = (draw_tape(compile_scenario(each), 1, 0) for each in (scenario, other))
    assert (one.service == two.service).all() and (one.pool == two.pool).all() and (one.way == two.way).all()
    assert other.resources["home_care"].capacity == {"A": 64, "B": 50, "C": 17}


@pytest.mark.parametrize(
    ("costs", "target", "right"),
    [
        pytest.param({"bed": 1.0}, Target("queue", "ward", 1.0), "there are ward", id="no-such-resource"),
        pytest.param({}, Target("queue", "ward", 1.0), "a cost above 0", id="nothing-to-choose"),
        pytest.param({"ward": 0.0}, Target("queue", "ward", 1.0), "a cost above 0", id="beds-for-nothing"),
        pytest.param({"ward": 1.0}, Target("queue", "word", 1.0), "no figure for queue word", id="no-such-figure"),
        pytest.param({"ward": 1.0}, Target("stay_mean", "ward", 0.5), "reached", id="no-bed-makes-a-stay-shorter"),
    ],
)
def test_what_cannot_be_found_says_what_would_be_right(costs: dict[str, float], target: Target, right: str) -> None:
    scenario = one_queue(5, collect=100)
    with pytest.raises(CannotOptimise, match=right):
        optimise(scenario, levers_of(scenario, costs), [target], replications=2)
