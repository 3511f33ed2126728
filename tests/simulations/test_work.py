"""Tasks wait for nurses: in order, in working hours, and late or not."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from simulations.compiling import compile_scenario
from simulations.durations import exponential, fixed
from simulations.engine import run_tape
from simulations.language.reader import read_scenario
from simulations.loops import FAST, PLAIN
from simulations.runs import simulate
from simulations.scenario import EVERYWHERE, Scenario, Staff, Task
from simulations.shipped import Pathways
from simulations.tape import draw_tape
from simulations.weeks import next_open
from simulations.work import serve, work_off
from tests.simulations.building import queue
from tests.simulations.theory import erlang_c, mean_wait

ALWAYS = (True,) * 168
OFFICE = tuple(hour % 24 in range(8, 15) and hour < 120 for hour in range(168))


@pytest.mark.parametrize("loop", [FAST, PLAIN])
def test_a_nurse_takes_one_task_after_the_other(loop: str) -> None:
    begun = serve(np.array([0.0, 0.1, 0.1]), np.array([0.5, 0.5, 0.5]), np.full(3, np.inf), 1, ALWAYS, loop)
    assert begun.tolist() == [0.0, 0.5, 1.0]
    assert serve(np.array([0.0, 0.1, 0.1]), np.full(3, 0.5), np.full(3, np.inf), 2, ALWAYS, loop).tolist() == [
        0.0,
        0.1,
        0.5,
    ]


@pytest.mark.parametrize("loop", [FAST, PLAIN])
def test_what_comes_at_night_waits_for_the_morning_and_on_saturday_for_monday(loop: str) -> None:
    raised = np.array([0.5, 0.9, 5.5])
    begun = serve(raised, np.full(3, 0.01), np.full(3, np.inf), 1, OFFICE, loop)
    assert begun.tolist() == [0.5, 1 + 8 / 24, 7 + 8 / 24]


@pytest.mark.parametrize("loop", [FAST, PLAIN])
def test_a_task_whose_patient_has_gone_falls_away_and_takes_no_time(loop: str) -> None:
    begun = serve(np.array([0.0, 0.0, 0.1]), np.full(3, 1.0), np.array([9.0, 0.5, 9.0]), 1, ALWAYS, loop)
    assert isnan(begun[1]) and begun[[0, 2]].tolist() == [0.0, 1.0]
    assert nan != begun[1]


def station(nurses: int, load: float) -> Scenario:
    made = queue(1000, 10.0, exponential(1.0), days=3000.0)
    task = Task(name="visit", staff="nurse", takes=exponential(load / 10.0), when_entering=("stay",), due=0.5)
    staff = Staff(name="nurse", on_duty={EVERYWHERE: nurses}, works=ALWAYS)
    return replace(made, staff={"nurse": staff}, tasks={"visit": task})


def test_tasks_wait_as_erlang_says_and_the_load_is_that_of_the_minutes() -> None:
    outcome = simulate(station(3, 2.2), replications=20)
    wait, load = outcome.estimate("wait_mean", "visit"), outcome.estimate("load", "nurse")
    exact = mean_wait(3, 2.2) * 0.22
    assert abs(wait.mean - exact) < 5 * wait.sd / 20**0.5
    assert abs(load.mean - 2.2 / 3) < 5 * load.sd / 20**0.5
    assert wait.half_width < 0.2 * exact
    assert 0 < outcome.estimate("late_share", "visit").mean < erlang_c(3, 2.2)


def test_steps_of_the_pathway_bring_their_deadline_and_what_raises_them() -> None:
    text = (Path(__file__).parent / "right" / "pathway.yaml").read_text(encoding="utf-8")
    text += "staff:\n  nurse: {on_duty: 1}\ntasks:\n  HPH2: {by: nurse, takes: 1 hour}\n"
    scenario = read_scenario(text, "pathway.yaml", Pathways())[0]
    assert scenario.tasks["HPH2"].when_entering == ("at_home",)
    scenario = replace(
        scenario,
        phases={**scenario.phases, "in_hospital": replace(scenario.phases["in_hospital"], lasts={"all": fixed(0.25)})},
    )
    model = compile_scenario(scenario)
    tape = draw_tape(model, 1, 0)
    work = work_off(model, tape, run_tape(model, tape))["HPH2"]
    assert len(work.rows) > 50
    assert {model.phases[phase] for phase in tape.phase[work.rows]} == {"at_home"}
    assert work.due == pytest.approx(np.floor(work.raised) + 4, abs=2 / 86_400), "due at the end of the third day after"


def test_something_is_open_until_its_last_minute_and_opens_on_the_full_hour() -> None:
    assert next_open(14.75 / 24, OFFICE) == 14.75 / 24
    assert next_open(15.0 / 24, OFFICE) == 1 + 8 / 24
    for hour in range(168):
        only = tuple(each == hour for each in range(168))
        opens = next_open(7.0 if hour else 0.0, only)
        assert opens == (hour + 168 if hour else 0) / 24
        assert next_open(opens, only) == opens, "what opens is open at that instant"


WAITING = b"""\
scenario: test
title: {nb: Test, en: Test}
source: test
run: {collect: 60, replications: 1}
resources:
  ward: {places: 1000}
arrivals: [{into: stay, per_day: 5}]
phases:
  stay:
    holds: ward
    lasts: 1 day
    waits_for: papers
    hazards: [{to: out, per_day: 0.2, death: true}]
    exits: [{to: out, delay: 12 hours}]
staff:
  nurse: {on_duty: 1, works: [{days: mon-fri, hours: 8-15}]}
tasks:
  papers: {by: nurse, takes: {gamma: {mean: 1 hour, sd: 30 minutes}}, when_entering: stay, cancelled: true}
"""


BESIDE = b"  talk: {by: nurse, takes: 2 hours, when_entering: stay}\n"


@pytest.mark.parametrize("beside", [b"", BESIDE], ids=["alone", "with-a-task-that-nobody-waits-for"])
@pytest.mark.parametrize("loop", [FAST, PLAIN])
def test_a_patient_goes_on_when_the_nurse_is_done_and_a_hazard_does_not_wait(loop: str, beside: bytes) -> None:
    model = compile_scenario(read_scenario(WAITING + beside, "test.yaml")[0])
    tape = draw_tape(model, 1, 0, loop=loop)
    stamps = run_tape(model, tape, loop)
    papers = work_off(model, tape, stamps, loop)["papers"]
    done = np.full(tape.steps, np.inf)
    done[papers.rows] = np.where(np.isnan(papers.done), np.inf, papers.done)
    by_exit, seen = tape.left_by >= 0, stamps.ready < tape.until
    free = np.where(by_exit, np.maximum(stamps.ready + tape.delay, done), stamps.ready)
    left = np.where(free > tape.until, np.inf, free)
    assert np.array_equal(stamps.left[seen], left[seen])
    assert np.count_nonzero(seen & by_exit & (free > stamps.ready + 0.5)) > 50, "hardly anybody waits for a nurse"
    assert np.isnan(papers.begun[~by_exit[papers.rows]]).any(), "nobody died before the nurse came"
    assert not np.isnan(papers.begun[by_exit[papers.rows]]).any(), "who waits for the papers left without them"


def test_what_follows_at_the_instant_of_going_on_is_the_same_in_both_loops() -> None:
    scenario = read_scenario(WAITING, "test.yaml")[0]
    letter = Task(name="letter", staff="nurse", takes=fixed(0.01), when_completed=("papers",), cancelled=True)
    model = compile_scenario(replace(scenario, tasks={**scenario.tasks, "letter": letter}))
    tape = draw_tape(model, 1, 0)
    stamps = run_tape(model, tape)
    fast, plain = (work_off(model, tape, stamps, loop)["letter"] for loop in (FAST, PLAIN))
    at_once = np.isin(fast.raised, stamps.left)
    assert np.count_nonzero(at_once) > 50, "no letter is raised as its patient goes on"
    for column in ("rows", "raised", "begun", "done"):
        assert np.array_equal(getattr(fast, column), getattr(plain, column), equal_nan=True), column


def test_more_nurses_shorten_the_stays_of_patients_who_wait_for_them() -> None:
    one = read_scenario(WAITING, "test.yaml")[0]
    two = replace(one, staff={"nurse": replace(one.staff["nurse"], on_duty={EVERYWHERE: 2})})
    assert simulate(two).values("occupied", "ward") < simulate(one).values("occupied", "ward") - 0.3
