"""How fast beds and patients are simulated: our loops, a loop by hand, SimPy and Ciw, on the same draws in turn."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from simulations.compiling import compile_scenario
from simulations.engine import FAST, PLAIN, run_tape
from simulations.figures import count_figures
from simulations.model import Model, Tape
from simulations.runs import simulate
from simulations.scenario import Scenario
from simulations.shipped import load_scenario
from simulations.tape import draw_tape
from tests.bench import by_hand
from tests.bench.report import Section, Table, median, ms, rate, verdict
from tests.simulations.others import in_ciw, in_simpy

TITLE = "Simulation"
HOW = """\
The benchmark model of `simulations/scenarios/benchmark.yaml`: a hospital of 200 beds, three municipalities, blocking,
readmissions; four years, about 124,000 events a replication. All contenders run from the same draws and take turns. Our
loops and the one by hand are seen to give the same stamps before anything is measured, a test sees the others. Ciw
runs a part of the time and its rate is what is compared."""
FIRST_RESULT = """\
from simulations.shipped import load_scenario
from simulations.runs import simulate
simulate(load_scenario('benchmark')[0], replications={})
"""
CORE_PAIR_SHARE = 3.5
"""1,000 replications in 15 s on two cores are 30 ms each: 3.5 times what the loop by hand took where that was set."""


def by_hand_run(model: Model, tape: Tape) -> tuple[Any, ...]:
    found: tuple[Any, ...] = by_hand.run(
        tape.until, tape.arrive, tape.first, tape.pool, tape.service, tape.flags, tape.away, model.pools.capacity
    )
    return found


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measured(repeats: int, is_quick: bool = False) -> Section:
    """Return the measurements."""
    scenario = load_scenario("benchmark")[0]
    if is_quick:
        scenario = replace(scenario, run=replace(scenario.run, warm_up=10.0, collect=30.0))
    short = replace(scenario, run=replace(scenario.run, warm_up=0.0, collect=min(200.0, scenario.run.collect)))
    model, tape = _tape(scenario)
    part, part_tape = _tape(short)
    contenders: dict[str, Callable[[], object]] = {
        "loop by hand in numba": lambda: by_hand_run(model, tape),
        "our loop, compiled": lambda: run_tape(model, tape, FAST),
        "our loop, plain Python": lambda: run_tape(model, tape, PLAIN), "SimPy": lambda: in_simpy(model, tape),
        "Ciw": lambda: in_ciw(part, part_tape),
    }  # fmt: skip
    _look(model, tape)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(repeats):
        for name, work in contenders.items():
            if turn < 2 or name not in ("SimPy", "Ciw"):
                times[name].append(seconds(work))
    events = {name: run_tape(model, tape).events for name in contenders} | {"Ciw": run_tape(part, part_tape).events}
    speeds = {name: events[name] / median(taken) for name, taken in times.items()}
    return Section(
        TITLE,
        HOW,
        (_loops(times, speeds), _whole(scenario, model, tape, times, repeats), *([] if is_quick else [_first()])),
    )


def _tape(scenario: Scenario) -> tuple[Model, Tape]:
    model = compile_scenario(scenario)
    return model, draw_tape(model, 1, 0)


def _look(model: Model, tape: Tape) -> None:
    ours, hand = run_tape(model, tape, FAST), by_hand_run(model, tape)
    for mine, other in zip((ours.asked, ours.got, ours.ready, ours.left), hand, strict=True):
        assert np.array_equal(mine, other), "the loop by hand stamps other times"


def _loops(times: dict[str, list[float]], speeds: dict[str, float]) -> Table:
    table = Table(("event loop, one core", "ms", "events/s", "our compiled loop is", "target", ""))
    ours = speeds["our loop, compiled"]
    plain = speeds["our loop, plain Python"] / speeds["SimPy"]
    targets = {
        "loop by hand in numba": ("at most 2 times slower", ours * 2 >= speeds["loop by hand in numba"]),
        "SimPy": ("80 times", ours >= 80 * speeds["SimPy"]), "Ciw": ("400 times", ours >= 400 * speeds["Ciw"]),
        "our loop, plain Python": (f"6 times SimPy (it is {plain:.1f})", plain >= 6),
    }  # fmt: skip
    for name, taken in times.items():
        target, reached = targets.get(name, ("", True))
        said = verdict(reached) if target else ""
        table.rows.append(
            (name, ms(median(taken)), rate(speeds[name]), f"{ours / speeds[name]:.1f} times", target, said)
        )
    return table


def _whole(scenario: Scenario, model: Model, tape: Tape, times: dict[str, list[float]], repeats: int) -> Table:
    stamps = run_tape(model, tape, FAST)
    table = Table(("a replication, whole", "ms", "by the loop by hand", "target", ""))
    hand = median(times["loop by hand in numba"])
    rows = {"draws": lambda: draw_tape(model, 1, 1), "figures": lambda: count_figures(model, tape, stamps, 0)}
    for name, work in rows.items():
        taken = median([seconds(work) for _ in range(repeats)])
        table.rows.append((name, ms(taken), f"{taken / hand:.1f}", "", ""))
    count = 16 * repeats
    simulate(scenario, replications=16, workers=2, loop=FAST)
    pair = seconds(lambda: simulate(scenario, replications=count, workers=2, loop=FAST)) * 2 / count
    reached = pair / hand <= CORE_PAIR_SHARE
    name = f"all of it on two cores ({pair / 2 * 1000:.1f} s for 1,000)"
    table.rows.append((name, ms(pair), f"{pair / hand:.1f}", f"{CORE_PAIR_SHARE}", verdict(reached)))
    return table


def _first() -> Table:
    table = Table(("first result, with Python's start", "s", "target", ""))
    with tempfile.TemporaryDirectory() as folder:
        cold = _started({"NUMBA_CACHE_DIR": folder}, 1)
        _started({"NUMBA_CACHE_DIR": folder}, 30)
        warm = _started({"NUMBA_CACHE_DIR": folder}, 1)
        table.rows.append(("nothing compiled", f"{cold:.2f}", "2.5", verdict(cold <= 2.5)))
        table.rows.append(("compiled before", f"{warm:.2f}", "0.6", verdict(warm <= 0.6)))
    return table


def _started(environment: dict[str, str], replications: int) -> float:
    command = [sys.executable, "-c", FIRST_RESULT.format(replications)]
    return seconds(lambda: subprocess.run(command, env={**os.environ, **environment}, check=True))
