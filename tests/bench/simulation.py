"""How fast beds and patients are simulated: our loops, a loop by hand, SimPy and Ciw, on the same draws in turn."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.figures import count_figures
from simulations.loops import FAST, PLAIN
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
runs a part of the time and its rate is what is compared. Times are processor time, of all worker processes together
where there are several: what else runs on the machine does not count. Three targets were set in seconds, on a machine
on which the loop by hand took 8.6 ms: 15 for 1,000 replications on two cores, 2.5 for a first result and 0.6 for the
next. They are held as so many times that loop, timed in the same run."""
FIRST_RESULT = """\
from simulations.shipped import load_scenario
from simulations.runs import simulate
simulate(load_scenario('benchmark')[0], replications={})
"""
NOTHING_YET = "import simulations, numpy"
CORE_PAIR_SHARE = 3.5
"""1,000 replications in 15 s on two cores are 30 ms each: 3.5 times what the loop by hand took where that was set."""
SET_WHERE_IT_TOOK = 0.0086
"""Seconds of the loop by hand for a replication, where targets were set in seconds."""
COLD, WARM = 2.5, 0.6
"""Seconds of a first result there."""


AT_ONCE = 64


def by_hand_run(model: Model, tape: Tape) -> tuple[Any, ...]:
    found: tuple[Any, ...] = by_hand.run(
        tape.until, tape.arrive, tape.first, tape.pool, tape.service, tape.flags, tape.away, model.pools.capacity
    )
    return found


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of this process for *work*: what others do on the machine does not count."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def seconds_of_workers(scenario: Scenario, replications: int) -> tuple[float, float]:
    """Return processor time and time on the clock of two worker processes for so many replications."""
    before, begin = _of_workers(), time.perf_counter()
    simulate(scenario, replications=replications, workers=2, loop=FAST)
    return _of_workers() - before, time.perf_counter() - begin


def _of_workers() -> float:
    """Return the processor time that this process's children have used since they started."""
    ticks = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # one that has ended meanwhile
            shown = each.read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += (int(shown[11]) + int(shown[12])) * (int(shown[1]) == os.getpid())
    return ticks / os.sysconf("SC_CLK_TCK")


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
        (_loops(times, speeds), _whole(scenario, model, tape, repeats), *([] if is_quick else [_first(model, tape)])),
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


def _whole(scenario: Scenario, model: Model, tape: Tape, repeats: int) -> Table:
    stamps = run_tape(model, tape, FAST)
    table = Table(("a replication, whole", "ms", "by the loop by hand", "target", ""))
    parts: dict[str, Callable[[], object]] = {
        "loop by hand in numba": lambda: by_hand_run(model, tape), "draws": lambda: draw_tape(model, 1, 1),
        "our loop, compiled": lambda: run_tape(model, tape, FAST),
        "figures": lambda: count_figures(model, tape, stamps, 0),
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in parts}
    whole, clocks = [], []
    simulate(scenario, replications=2 * AT_ONCE, workers=2, loop=FAST)
    for _ in range(repeats):
        for name, work in parts.items():
            taken[name].append(median([seconds(work) for _ in range(5)]))
        used, clock = seconds_of_workers(scenario, AT_ONCE)
        whole.append(used / AT_ONCE)
        clocks.append(clock / AT_ONCE)
    hand = median(taken["loop by hand in numba"])
    table.rows.extend((name, ms(median(each)), f"{median(each) / hand:.1f}", "", "") for name, each in taken.items())
    name = f"all of it on two cores ({median(clocks) * 1000:.0f} s on the clock for 1,000)"
    share = median(whole) / hand
    table.rows.append(
        (name, ms(median(whole)), f"{share:.1f}", f"{CORE_PAIR_SHARE}", verdict(share <= CORE_PAIR_SHARE))
    )
    return table


def _first(model: Model, tape: Tape) -> Table:
    table = Table(("first result, with Python's start", "s", "on the clock, s", "by the loop by hand", "target", ""))
    with tempfile.TemporaryDirectory() as folder:
        cold = _started(folder, FIRST_RESULT.format(1))
        _started(folder, FIRST_RESULT.format(30))
        warm, numpy, hand = [], [], [seconds(lambda: by_hand_run(model, tape))]
        for _ in range(5):
            warm.append(_started(folder, FIRST_RESULT.format(1)))
            numpy.append(_started(folder, NOTHING_YET))
            hand += [seconds(lambda: by_hand_run(model, tape)) for _ in range(5)]
    loop = median(hand)
    for name, runs, most in (("nothing compiled", [cold], COLD), ("compiled before", warm, WARM)):
        used, clock = (median(each) for each in zip(*runs, strict=True))
        share, target = used / loop, most / SET_WHERE_IT_TOOK
        table.rows.append(
            (name, f"{used:.2f}", f"{clock:.2f}", f"{share:.0f}", f"{target:.0f}", verdict(share <= target))
        )
    used, clock = (median(each) for each in zip(*numpy, strict=True))
    table.rows.append(
        ("of it Python's own start and numpy's", f"{used:.2f}", f"{clock:.2f}", f"{used / loop:.0f}", "", "")
    )
    return table


def _started(folder: str, program: str) -> tuple[float, float]:
    """Return processor time and time on the clock of a new Python, whose bytecode and machine code are in *folder*."""
    command = [sys.executable, "-c", program]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env={**kept, "NUMBA_CACHE_DIR": folder, "PYTHONPYCACHEPREFIX": folder}, check=True)
    after, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begin
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock
