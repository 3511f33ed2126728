"""How long answers take: a forecast, an optimisation, a comparison, and what many replications take of memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from simulations.candidates import Lever, Search, Target, levers_of
from simulations.census import Census, census_at
from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.forecasting import forecast
from simulations.scenario import Scenario
from simulations.shipped import load_scenario
from simulations.stays import stays_of
from simulations.tape import draw_tape
from tests.bench.report import Section, Table, median, ms, verdict

TITLE = "Answers"
HOW = """\
The benchmark model of four years. A forecast is 200 futures of 14 days from one census, drawn, run and counted. The
search tries 50 candidates on 10 tapes of four years, tapes included. Processor time of this process, after a first
call. Memory is the most that a process of its own held while it ran so many short replications."""
MEMORY = """\
from dataclasses import replace
from simulations.shipped import load_scenario
from simulations.runs import simulate
scenario = load_scenario('benchmark')[0]
scenario = replace(scenario, run=replace(scenario.run, warm_up=5.0, collect=25.0))
simulate(scenario, replications={})
print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))
"""
FORECAST_SECONDS, SEARCH_SECONDS = 0.5, 15.0
MEMORY_GROWS = 1.1


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of this process for *work*."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def measured(repeats: int, is_quick: bool = False) -> Section:
    """Return the measurements."""
    scenario = load_scenario("benchmark")[0]
    days, candidates = (60.0, 3) if is_quick else (scenario.run.until, 50)
    census = census_of(scenario, min(days, 400.0))
    short = replace(scenario, run=replace(scenario.run, warm_up=days / 4, collect=days * 3 / 4))
    forecast(scenario, census)
    futures = median([processor_seconds(lambda: forecast(scenario, census)) for _ in range(repeats)])
    searched = processor_seconds(lambda: search(short, candidates))
    few, many = (memory(count) for count in ((20, 40) if is_quick else (250, 2000)))
    rows: list[tuple[str, ...]] = [
        ("a forecast of 14 days, 200 futures", f"{ms(futures)} ms", "0.5 s", verdict(futures < FORECAST_SECONDS)),
        (f"{candidates} candidates x 10 replications", f"{searched:.1f} s", "15 s", verdict(searched < SEARCH_SECONDS)),
        (
            "memory, eight times the replications",
            f"{many / few:.2f} times",
            "1.1 times",
            verdict(many < MEMORY_GROWS * few),
        ),
    ]
    return Section(TITLE, HOW, (Table(("", "took", "at most", ""), rows),))


def census_of(scenario: Scenario, days: float) -> Census:
    """Return who is there after so many simulated days."""
    model = compile_scenario(replace(scenario, run=replace(scenario.run, warm_up=0.0, collect=days)))
    tape = draw_tape(model, 5, 0)
    return census_at(model, stays_of(model, tape, run_tape(model, tape)), days - 0.6)


def search(scenario: Scenario, candidates: int) -> Search:
    """Try so many candidates around the scenario's own numbers on ten tapes."""
    costs = {name: 1.0 for name in scenario.resources if name != "acute"}
    levers = levers_of(scenario, costs)
    found = Search(scenario, levers, (Target("discharge_ready", "total", 3.0),), 10, 1)
    usual = [_usual(scenario, lever) for lever in levers]
    for number in range(candidates):
        place = number % len(usual)
        found.of(tuple(count + (number // len(usual) + 1) * (at == place) for at, count in enumerate(usual)))
    return found


def _usual(scenario: Scenario, lever: Lever) -> int:
    _, name, _, *at = lever.name.split(".")
    capacity = scenario.resources[name].capacity
    return capacity[at[0]] if at else next(iter(capacity.values()))


def memory(replications: int) -> int:
    """Return the most memory that a process held during so many replications, in kilobytes."""
    shown = subprocess.run(
        [sys.executable, "-c", MEMORY.format(replications)], capture_output=True, text=True, check=True
    )  # fmt: skip
    return int(shown.stdout)
