"""One scenario, run without a crash and then once for each point with one; both must end alike."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.crash_points.databases import Databases
from tests.crash_points.points import Points
from tests.crash_points.record import Row, differences, dump, half_done
from tests.crash_points.scenarios import HOME, Scenario
from tests.crash_points.steps import Sweep, instant
from tests.crash_points.town import Town, prepared
from tests.service.community import START

LAST = Sweep(HOME + 24 * 7)
"""Every scenario ends with a beat, after which it no longer matters how often there was one before."""
CHILD_SECONDS = 120
WRITES = re.compile("before (INSERT|UPDATE|DELETE)")
GoesOn = Callable[[Town, Scenario], None]


@dataclass
class Stage:
    """Databases of one kind, with what each scenario needs before it begins."""

    databases: Databases
    prepared: dict[str, str] = field(default_factory=dict)

    def url(self, scenario: Scenario) -> str:
        """The address of a fresh copy of what is there before *scenario*."""
        name = scenario.before.__name__
        if name not in self.prepared:
            self.prepared[name] = prepared(self.databases, scenario.before)
        return self.databases.copy(self.prepared[name])


@dataclass(frozen=True)
class Calm:
    """How a scenario ends without a crash, and the points that it passes."""

    scenario: Scenario
    points: tuple[str, ...]
    end: dict[str, list[Row]]


def calm(stage: Stage, scenario: Scenario) -> Calm:
    """Run *scenario* without a crash."""
    town = Town(stage.url(scenario))
    town.start()
    with town.points.counted():
        _begins(town, scenario)
    LAST.take(_at_the_end(town))
    end = dump(town.engine)
    wrong = [*_lost(town, scenario), *half_done(town.engine, town.now, follows_from_log=scenario.follows_from_log)]
    assert not wrong, (scenario.name, wrong)
    town.stop()
    stage.databases.drop(town.url)
    return Calm(scenario, tuple(town.points.passed), end)


def crashed(stage: Stage, run: Calm, *dies_at: int, in_child: bool = False) -> list[str]:
    """Die at each of the points *dies_at* in turn, counted from the last start; return what is wrong after it.

    *in_child* lets the first death be that of a real process.
    """
    town, found = Town(stage.url(run.scenario)), list[str]()
    for place, number in enumerate(dies_at):
        goes_on = _goes_on if place else _begins
        if in_child and not place:
            _die_in_a_child(town, run.scenario, number, goes_on)
        else:
            _die_here(town, run.scenario, number, goes_on)
        town = _after(stage, town)
        found += _seen_after_the_crash(town, run.scenario)
    _goes_on(town, run.scenario)
    LAST.take(_at_the_end(town))
    found += [*_lost(town, run.scenario), *differences(run.end, dump(town.engine))]
    town.stop()
    stage.databases.drop(town.url)
    return [f"{run.scenario.name}, dead at {_places(run, dies_at)}: {word}" for word in dict.fromkeys(found)]


def _places(run: Calm, dies_at: Sequence[int]) -> str:
    return f"{', then '.join(map(str, dies_at))} ({run.points[dies_at[0] - 1]})"


def _begins(town: Town, scenario: Scenario) -> None:
    for number, step in enumerate(scenario.steps):
        if number < town.callers.step:
            continue
        town.callers.learn("step", "", str(number))
        town.now = START + instant(step)
        step.take(town)


def _goes_on(town: Town, scenario: Scenario) -> None:
    """Go on after a start: the heartbeat comes first, then the callers with what is not answered."""
    step = scenario.steps[town.callers.step]
    town.now = START + instant(step)
    if not isinstance(step, Sweep):
        town.sweep()
    _begins(town, scenario)


def _at_the_end(town: Town) -> Town:
    town.now = START + instant(LAST)
    return town


# -- dying


def _die_here(town: Town, scenario: Scenario, number: int, goes_on: GoesOn) -> None:
    town.points.dies_at = number
    if not hasattr(town, "engine"):
        town.start()
    try:
        with town.points.counted():
            goes_on(town, scenario)
    except BaseException:  # what unwinds may raise on its own account: a dead connection is of no use to it
        if not town.points.is_dead:
            raise


def _die_in_a_child(town: Town, scenario: Scenario, number: int, goes_on: GoesOn) -> None:
    """Let a process of its own die; what its callers learned comes through a pipe, which outlives it."""
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        _live_and_die(Town(town.url, Points(number, lambda: os._exit(9))), scenario, goes_on, mouth)
    os.close(mouth)
    with os.fdopen(ear) as told:
        for line in told:
            town.callers.learn(*json.loads(line))
    os.waitpid(child, 0)


def _live_and_die(town: Town, scenario: Scenario, goes_on: GoesOn, mouth: int) -> None:
    """The child's whole life. Whatever happens, it does not come back."""
    try:
        signal.alarm(CHILD_SECONDS)
        town.callers.tell = lambda *learned: os.write(mouth, json.dumps(learned).encode() + b"\n")
        town.start()
        with town.points.counted():
            goes_on(town, scenario)
    finally:
        os._exit(1)


# -- after it


def _after(stage: Stage, dead: Town) -> Town:
    """A new process on what the dead one left, among the same callers."""
    url = stage.databases.left_behind(dead.url, dead.points.drop_connections)
    town = Town(url, Points(), dead.callers)
    town.start()
    return town


def _seen_after_the_crash(town: Town, scenario: Scenario) -> list[str]:
    """Is anything lost or half done, before anybody has repaired it?"""
    town.now = START + instant(scenario.steps[town.callers.step])
    return [*_lost(town, scenario), *half_done(town.engine, town.now, follows_from_log=scenario.follows_from_log)]


def _lost(town: Town, scenario: Scenario) -> list[str]:
    with town.engine.context.store.reading() as records:
        return [word for number, step in enumerate(scenario.steps) for word in step.lost(town, records, number)]


def telling_points(run: Calm, most: int) -> list[int]:
    """The last point before each commit of something written (of *most* of them), and the midst of the longest."""
    spans = list(_writing(run.points))
    ends = [end for _, end in spans]
    chosen = {ends[place * (len(ends) - 1) // max(1, most - 1)] for place in range(most)}
    longest = sorted(spans, key=lambda span: span[0] - span[1])[:2]
    return sorted(chosen | {end - (end - begun) * quarters // 4 for begun, end in longest for quarters in (1, 2)})


def _writing(points: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first and the last point of each transaction that writes."""
    begun = 0
    for number, name in enumerate(points, 1):
        if name == "before COMMIT" and any(WRITES.match(inner) for inner in points[begun:number]):
            yield begun, number
        if name == "after COMMIT":
            begun = number
