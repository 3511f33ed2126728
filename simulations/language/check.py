"""What a scenario means is checked: phases that lead nowhere, places that nobody has, loads that nobody can bear."""

from __future__ import annotations

import math

from pathway_engine.language.findings import WARNING, shown
from pathway_engine.language.form import Report
from simulations.compiling import compile_scenario
from simulations.language.places import Places
from simulations.loads import offered_loads, ring_of, waits_for
from simulations.scenario import EVERYWHERE, OUT, Phase, Scenario

FEW_REPLICATIONS = 5


def check_scenario(scenario: Scenario, places: Places, report: Report) -> None:
    """Note what is wrong in a scenario whose words are right, and what is worth knowing."""
    before = len(report)
    _check_ways(scenario, places, report)
    _check_places(scenario, places, report)
    _check_staff(scenario, places, report)
    if len(report) == before:
        _check_load(scenario, places, report)
        _check_rings(scenario, places, report)
    _check_run(scenario, places, report)


def _ways(phase: Phase) -> set[str]:
    taken = {way.to for way in phase.exits if any(way.chance.values())}
    return taken | {way.to for way in phase.hazards if any(way.per_day.values())}


def _check_ways(scenario: Scenario, places: Places, report: Report) -> None:
    reached = {arrivals.into for arrivals in scenario.arrivals}
    reached |= {scenario.readmission.into} if scenario.readmission else set()
    for _ in scenario.phases:
        reached |= {to for name in reached if name != OUT for to in _ways(scenario.phases[name])}
    leads_out: set[str] = {OUT}
    for _ in scenario.phases:
        leads_out |= {name for name, phase in scenario.phases.items() if _ways(phase) & leads_out}
    for name in scenario.phases:
        node = places.at("phases", name)
        if name not in leads_out:
            report.add(
                node, f"the phase {shown(name)}, from which nobody ever leaves", "an exit that leads out", "no-way-out"
            )
        elif name not in reached:
            report.add(
                node,
                f"the phase {shown(name)}, which nobody reaches",
                "an exit that leads to it",
                "not-reached",
                WARNING,
            )


def _check_places(scenario: Scenario, places: Places, report: Report) -> None:
    held = {phase.holds for phase in scenario.phases.values()}
    held |= {each.resource for phase in scenario.phases.values() for each in phase.overflow}
    for name, resource in scenario.resources.items():
        node = places.at("resources", name)
        for place, count in resource.capacity.items():
            is_ever_open = count or any(each.capacity and each.at in ("", place) for each in resource.changes)
            if name in held and not is_ever_open and _is_asked_for(scenario, name, place):
                where = "" if place == EVERYWHERE else f" in {place}"
                found = f"{name}{where} without a place at any time"
                report.add(
                    places.at("resources", name, "places", place),
                    found,
                    "at least one place, or overflow",
                    "no-capacity",
                )
        if name not in held:
            report.add(
                node, f"the resource {shown(name)}, which no phase holds", "holds: in a phase", "not-held", WARNING
            )
        spills = any(each.resource == name for phase in scenario.phases.values() for each in phase.overflow)
        if spills and resource.queue is not None:
            right = "no `queue`: who waits elsewhere too cannot be counted"
            report.add(
                places.at("resources", name, "queue"),
                f"a limited queue of {shown(name)}, an overflow",
                right,
                "queue-of-overflow",
            )
        for change, each in enumerate(resource.changes):
            if each.begins > scenario.run.until:
                found = f"a change on day {each.begins:g} of a run of {scenario.run.until:g} days"
                report.add(
                    places.at("resources", name, "changes", change), found, "a day of the run", "after-the-end", WARNING
                )


def _is_asked_for(scenario: Scenario, resource: str, place: str) -> bool:
    """Say whether patients of *place* can get a place of *resource* nowhere else."""
    phases = [phase for phase in scenario.phases.values() if phase.holds == resource]
    return any(not any(each.at in ("", place) for each in phase.overflow) for phase in phases)


def _check_staff(scenario: Scenario, places: Places, report: Report) -> None:
    asked = {task.staff for task in scenario.tasks.values()}
    for name, staff in scenario.staff.items():
        for place, count in staff.on_duty.items():
            if not count and name in asked:
                where = "" if place == EVERYWHERE else f" in {place}"
                node = places.at("staff", name, "on_duty", place)
                report.add(node, f"nobody of {name}{where} on duty", "at least one", "nobody-on-duty")
        if name not in asked:
            report.add(
                places.at("staff", name), f"the staff {shown(name)} without a task", "by: in a task", "idle", WARNING
            )


def _check_load(scenario: Scenario, places: Places, report: Report) -> None:
    for load in offered_loads(scenario):
        resource, _, place = load.unit.partition("/")
        node = (
            places.at("resources", resource, "places", place) if place else places.at("resources", resource, "places")
        )
        if load.share >= 1 and scenario.resources[resource].queue is None:
            asked = f"{load.offered:.1f} places asked for on the average, {load.capacity:.1f} there"
            found = f"an unstable load of {load.unit}: {asked}"
            right = (
                f"{math.floor(load.offered) + 1} places or more, or fewer or shorter stays: the queue grows without end"
            )
            report.add(node, found, right, "unstable", WARNING)


def _check_rings(scenario: Scenario, places: Places, report: Report) -> None:
    model = compile_scenario(scenario)
    ring = ring_of(waits_for(model))
    if ring:
        names = [model.pools.names[pool] for pool in (*ring, ring[0])]
        found = f"patients who may wait for each other's places in a ring: {' -> '.join(names)}"
        report.add(
            places.at("resources"), found, "an exit with `away`, or no ring: full, nobody could move", "ring", WARNING
        )


def _check_run(scenario: Scenario, places: Places, report: Report) -> None:
    if scenario.run.replications < FEW_REPLICATIONS:
        found = f"{scenario.run.replications} replications"
        right = f"at least {FEW_REPLICATIONS}: from fewer no interval can be trusted"
        report.add(places.at("run", "replications"), found, right, "few-replications", WARNING)
