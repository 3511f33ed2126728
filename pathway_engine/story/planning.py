"""From the log that arose: what it teaches a scenario, the next days from where everybody is, and two more beds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file
from importlib.resources import files as resources

from pathway_engine.simulating.stays_of_log import Projected, stays_of_log
from pathway_engine.story.world import World
from simulations.calibrating import Calibration, calibrate
from simulations.census import Census, census_at
from simulations.comparing import Difference, compare
from simulations.compiling import compile_scenario
from simulations.forecasting import Forecast, forecast
from simulations.loops import PLAIN
from simulations.parameters import with_parameters
from simulations.scenario import Scenario
from simulations.shipped import load_scenario

DAYS, PATHS = 14, 200
BEDS = {"resources.short_term.places": "+2"}
SHOWN = ("discharge_ready", "overstay_days_per_day", "occupied", "queue", "wait_mean")


@dataclass(frozen=True, slots=True)
class Plan:
    """What was learnt, who is where, what may come, and what two more short-term beds would change."""

    read: Projected
    learnt: Calibration
    census: Census
    forecast: Forecast
    differences: Sequence[Difference]


def plan(world: World, *, replications: int = 10) -> Plan:
    """Calibrate the town from the log, forecast from its last day, and compare it with two more short-term beds."""
    town = scenario()
    read = stays_of_log(world.engine.context, town, world.clock())
    learnt = calibrate(town, read.stays)
    taught = learnt.applied()
    census = census_at(compile_scenario(taught), read.stays, read.stays.until)
    coming = forecast(taught, census, horizon=DAYS, paths=PATHS, seed=8, loop=PLAIN)
    more = with_parameters(taught, BEDS)
    found = compare([taught, more], replications=replications, seed=8, loop=PLAIN)
    shown = [each for each in found.differences[0] if each.name.what in SHOWN]
    return Plan(read, learnt, census, coming, shown)


def scenario() -> Scenario:
    """The town as a scenario, before anything is learnt."""
    with as_file(resources("pathway_engine.story") / "town.yaml") as file:
        found, _ = load_scenario(str(file))
    return found
