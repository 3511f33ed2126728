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
from simulations.durations import by_mean, exponential
from simulations.engine import FAST, PLAIN, run_tape
from simulations.language.parts import of_step
from simulations.language.reader import forgets
from simulations.reference_work import reference_work
from simulations.scenario import EVERYWHERE, Scenario, Staff, Task
from simulations.tape import draw_tape
from simulations.work import work_off
from tests.simulations.building import TITLE, scenarios, weeks, with_pathway

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
    return found, pathway


@pytest.mark.timeout(900)
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(worlds(), st.integers(0, 1000))
def test_tasks_are_the_same_compiled_plain_and_by_the_fold(world: tuple[Scenario, Pathway], seed: int) -> None:
    scenario, pathway = world
    model = compile_scenario(scenario)
    tape = draw_tape(model, seed, 0)
    stamps = run_tape(model, tape, PLAIN)
    fast, plain = (work_off(model, tape, stamps, seed, 0, loop) for loop in (FAST, PLAIN))
    items = reference_work(scenario, pathway, seed, 0)
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
