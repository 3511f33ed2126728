"""Tasks of random pathways on random scenarios: compiled, plain, and raised by the domain's own fold, to the bit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pathway_engine.domain.conditions import parse_condition
from pathway_engine.domain.definition import Duration, Leaving, Pathway, Step, Unit, WhileOpen
from pathway_engine.domain.facts import FactType
from simulations.compiling import compile_scenario
from simulations.durations import Spread, by_mean, exponential
from simulations.engine import run_tape
from simulations.language.parts import of_step
from simulations.language.reader import forgets, read_scenario
from simulations.loops import FAST, PLAIN
from simulations.reference_work import reference_work
from simulations.scenario import EVERYWHERE, Scenario, Staff, Task
from simulations.shipped import Pathways
from simulations.tape import draw_tape
from simulations.work import work_off
from tests.simulations.building import TITLE, scenarios, weeks, with_pathway
from tests.simulations.test_loops_agree import hold_equal

NAMES = ("A", "B", "C", "D")
ALWAYS = (True,) * 168
TAKES = st.sampled_from([exponential(0.02), exponential(0.5), by_mean("gamma", 0.2, 0.1)])
"""Without ties: who is first of those who are free at one instant is nobody's rule."""
DURATIONS = st.sampled_from(
    [Duration(0, Unit.DAYS), Duration(1, Unit.DAYS), Duration(2, Unit.DAYS), Duration(5, Unit.HOURS)]
)


@st.composite
def steps(draw: st.DrawFn, place: int, phases: tuple[str, ...], before: list[Step]) -> Step:
    """A random step: raised by entering, by an event, again and again, or by one before it."""
    start = draw(st.sampled_from(["entering", "event", "every", *(["completed"] * 2 if before else [])]))
    some = tuple(draw(st.lists(st.sampled_from(phases), min_size=1, max_size=2, unique=True)))
    going = {"going": FactType("choice", (*phases, "out")), "until": FactType("date"), "said": FactType("boolean")}
    condition = draw(st.sampled_from([None, None, f"going == {phases[0]}", f"not going == {phases[-1]}", "said"]))
    misses = start != "completed" and draw(st.booleans())
    return Step(
        id=NAMES[place], title=TITLE, owner="nurse", lines=(0, 0),
        when_entering=some if start == "entering" else (),
        when_event=(draw(st.sampled_from(["came", "moved"])),) if start == "event" else (),
        when_completed=(draw(st.sampled_from([each.id for each in before])),) if start == "completed" else (),
        every=draw(st.sampled_from([Duration(1, Unit.DAYS), Duration(2, Unit.DAYS), Duration(7, Unit.HOURS)]))
        if start == "every" else None,
        in_phases=some if start == "every" or (start in ("event", "completed") and draw(st.booleans())) else (),
        condition=None if condition is None else parse_condition(condition, going),
        if_unknown=draw(st.sampled_from(["raise", "skip"])), due=draw(DURATIONS),
        due_from=draw(st.sampled_from([None, None, *phases])),
        no_later_than=draw(st.sampled_from([None, "until"])),
        while_open=WhileOpen.MISS if misses else WhileOpen.ADD,
        when_leaving=draw(st.sampled_from([Leaving.CANCEL, Leaving.KEEP])),
    )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Scenario, Pathway]:
    """A random scenario and pathway with up to four tasks for one or two nurses."""
    plain = draw(scenarios())
    scenario, pathway = with_pathway(plain)
    phases = tuple(scenario.phases)
    known: list[Step] = []
    for place in range(draw(st.integers(1, 4))):
        known.append(draw(steps(place, phases, known)))
    day = scenario.run.starts + timedelta(days=draw(st.integers(0, 8)))
    facts = {**pathway.facts, "until": FactType("date"), "said": FactType("boolean", forget_on=("moved",))}
    arrivals = tuple(
        replace(each, facts={**each.facts, **draw(st.sampled_from([{}, {"until": day}, {"said": True}]))})
        for each in scenario.arrivals
    )
    pathway = replace(
        pathway, steps={each.id: each for each in known}, facts=facts, phases={"before": TITLE, **pathway.phases}
    )
    tasks = {
        each.id: of_step(
            Task(
                name=each.id, staff="nurse", takes=draw(TAKES), cancelled=each.when_leaving is Leaving.CANCEL,
                when_entering=tuple(name for name in phases if name in each.when_entering),
            ), each,
        )
        for each in known
    }  # fmt: skip
    staff = Staff(
        name="nurse",
        on_duty={EVERYWHERE: draw(st.integers(1, 2))},
        works=draw(weeks().map(lambda week: week or ALWAYS)),
    )
    found = replace(scenario, arrivals=arrivals, staff={"nurse": staff}, tasks=tasks, forgets=forgets(pathway))
    return draw(waiting(found)), pathway


@st.composite
def waiting(draw: st.DrawFn, scenario: Scenario) -> Scenario:
    """The scenario, with patients of some phases waiting for some tasks."""
    waits = st.one_of(st.just(()), st.lists(st.sampled_from(tuple(scenario.tasks)), max_size=2, unique=True).map(tuple))
    phases = {name: replace(phase, waits_for=draw(waits)) for name, phase in scenario.phases.items()}
    return replace(scenario, phases=phases)


ONE_BY_ONE = settings(
    max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@pytest.mark.timeout(900)
@ONE_BY_ONE
@given(worlds(), st.integers(0, 1000))
def test_tasks_are_the_same_compiled_plain_and_by_the_fold(world: tuple[Scenario, Pathway], seed: int) -> None:
    scenario, pathway = world
    free = {name: replace(phase, waits_for=()) for name, phase in scenario.phases.items()}
    require_agreement(replace(scenario, phases=free), pathway, seed)


@pytest.mark.timeout(900)
@settings(ONE_BY_ONE, max_examples=60)
@given(worlds(), st.integers(0, 1000))
def test_so_are_those_that_patients_wait_for(world: tuple[Scenario, Pathway], seed: int) -> None:
    require_agreement(*world, seed)


def require_agreement(scenario: Scenario, pathway: Pathway, seed: int) -> None:
    """Fail where compiled, plain and the fold's tasks are not the same."""
    model = compile_scenario(scenario)
    tape = draw_tape(model, seed, 0)
    stamps = run_tape(model, tape, PLAIN)
    fast, plain = (work_off(model, tape, stamps, loop) for loop in (FAST, PLAIN))
    items, patients = reference_work(scenario, pathway, seed, 0)
    for column in ("asked", "got", "ready", "left", "held"):
        assert np.array_equal(getattr(run_tape(model, tape, FAST), column), getattr(stamps, column)), column
    hold_equal(model, tape, stamps, patients)
    for name in scenario.tasks:
        for column in ("rows", "raised", "due", "begun", "done"):
            assert np.array_equal(getattr(fast[name], column), getattr(plain[name], column), equal_nan=True), column
        work = plain[name]
        found = zip(tape.patient[work.rows], work.raised, work.begun, work.due, strict=True)
        slow = [(each.patient, each.raised, each.begun, each.due) for each in items if each.task == name]
        assert sorted(map(_plain, found)) == sorted(map(_plain, slow)), name


def _plain(row: tuple[float, ...]) -> tuple[float, ...]:
    """Numbers that compare: what fell away is before all times; a deadline to the second."""
    patient, raised, begun, due = row
    return int(patient), float(raised), -1.0 if np.isnan(begun) else float(begun), round(float(min(due, 1e6)) * 86_400)


AT_ONCE = b"""\
scenario: test
title: {nb: Test, en: Test}
source: test
run: {warm_up: 2, collect: 13, replications: 2}
arrivals:
  - {into: one, per_day: 3}
phases:
  one:
    lasts: 0 days
    exits: [{to: one, chance: 0.5}, {to: two, chance: 0.3}, {to: out, chance: 0.2}]
  two:
    lasts: 8 hours
    exits: [{to: one, chance: 0.7}, {to: out, chance: 0.3}]
"""


DAILY = Step(
    id="A", title=TITLE, owner="nurse", lines=(0, 0), every=Duration(1, Unit.DAYS), in_phases=("one", "two"),
    due=Duration(1, Unit.DAYS), when_leaving=Leaving.CANCEL,
)  # fmt: skip
ENTERING = Step(
    id="B", title=TITLE, owner="nurse", lines=(0, 0), when_entering=("one",), due=Duration(1, Unit.DAYS),
    when_leaving=Leaving.KEEP,
)  # fmt: skip


def with_steps(text: bytes, steps: tuple[Step, ...], takes: Spread) -> tuple[Scenario, Pathway]:
    """Return the scenario with one nurse who does the tasks of the steps, and a pathway that has these steps."""
    plain = read_scenario(text, "test.yaml", Pathways())[0]
    scenario, pathway = with_pathway(plain)
    by_name = {each.id: each for each in steps}
    pathway = replace(pathway, steps=by_name, phases={"before": TITLE, **pathway.phases})
    tasks = {
        each.id: of_step(
            Task(
                name=each.id, staff="nurse", takes=takes, cancelled=each.when_leaving is Leaving.CANCEL,
                when_entering=tuple(name for name in scenario.phases if name in each.when_entering),
            ), each,
        )
        for each in steps
    }  # fmt: skip
    staff = Staff(name="nurse", on_duty={EVERYWHERE: 1}, works=ALWAYS)
    return replace(scenario, staff={"nurse": staff}, tasks=tasks, forgets=forgets(pathway)), pathway


MISSED = replace(DAILY, in_phases=("two",), due_from="one", while_open=WhileOpen.MISS, when_leaving=Leaving.KEEP)


@pytest.mark.parametrize(
    "daily", [DAILY, replace(DAILY, in_phases=("one",), due_from="two"), MISSED], ids=["both", "from", "missed"]
)
@pytest.mark.parametrize("seed", range(4))
def test_what_happens_at_one_instant_is_taken_in_the_pathways_order(daily: Step, seed: int) -> None:
    """Phases that last no time, and a task that recurs in them beside one of entering."""
    require_agreement(*with_steps(AT_ONCE, (daily, ENTERING), exponential(0.02)), seed)


FULL = b"""\
scenario: test
title: {nb: Test, en: Test}
source: test
run: {warm_up: 2, collect: 24, replications: 2}
arrivals:
  - {into: one, per_day: 0.9}
resources:
  bed: {places: 1}
phases:
  one:
    lasts: 6 hours
    exits: [{to: one, chance: 0.3, away: 1.5 days}, {to: two, chance: 0.7}]
  two:
    holds: bed
    lasts: 1.5 days
    exits: [{to: out, chance: 1}]
"""


@pytest.mark.parametrize("while_open", [WhileOpen.ADD, WhileOpen.MISS])
@pytest.mark.parametrize("leaving", [Leaving.CANCEL, Leaving.KEEP])
@pytest.mark.parametrize("seed", range(3))
def test_who_waits_for_a_bed_elsewhere_waits_for_no_task_any_more(
    while_open: WhileOpen, leaving: Leaving, seed: int
) -> None:
    daily = replace(DAILY, in_phases=("one",), while_open=while_open, when_leaving=leaving)
    after = replace(ENTERING, when_entering=(), when_completed=("A",), when_leaving=leaving)
    scenario, pathway = with_steps(FULL, (daily, after), exponential(0.1))
    phases = {**scenario.phases, "one": replace(scenario.phases["one"], waits_for=("A", "B"))}
    scenario = replace(scenario, phases=phases)
    require_agreement(scenario, pathway, seed)
    model = compile_scenario(scenario)
    tape = draw_tape(model, seed, 0)
    work = work_off(model, tape, run_tape(model, tape))
    falls_away = bool(np.isnan(work["A"].begun).any() or np.isnan(work["B"].begun).any())
    assert falls_away == (leaving is Leaving.CANCEL or while_open is WhileOpen.MISS), "what was raised too late to wait"


THROUGH = b"""\
scenario: test
title: {nb: Test, en: Test}
source: test
run: {warm_up: 2, collect: 24, replications: 2}
arrivals:
  - {into: one, per_day: 0.9}
resources:
  bed: {places: 1}
phases:
  one:
    lasts: 5 hours
    exits: [{to: two, chance: 1}]
  two:
    lasts: 0 days
    exits: [{to: three, chance: 1}]
  three:
    holds: bed
    lasts: 1 day
    exits: [{to: out, chance: 1}]
"""


@pytest.mark.parametrize("while_open", [WhileOpen.ADD, WhileOpen.MISS])
@pytest.mark.parametrize("leaving", [Leaving.CANCEL, Leaving.KEEP])
def test_what_recurs_as_a_patient_passes_through_comes_too_late_to_be_waited_for(
    while_open: WhileOpen, leaving: Leaving
) -> None:
    """A phase that lasts no time is over before time alone raises anything in it."""
    daily = replace(
        DAILY, every=Duration(5, Unit.HOURS), due=Duration(1, Unit.DAYS), while_open=while_open, when_leaving=leaving
    )
    scenario, pathway = with_steps(THROUGH, (daily, ENTERING), exponential(0.1))
    phases = {**scenario.phases, "two": replace(scenario.phases["two"], waits_for=("A",))}
    scenario = replace(scenario, phases=phases)
    for seed in range(3):
        require_agreement(scenario, pathway, seed)
    model = compile_scenario(scenario)
    tape = draw_tape(model, 0, 0)
    stamps = run_tape(model, tape)
    through = (tape.phase == list(scenario.phases).index("two")) & (stamps.left <= tape.until)
    assert 2 * np.count_nonzero(stamps.held_until[through] == 0) > through.sum() > 10, "most wait for nothing"
