"""A scenario's numbers by name, so that one can be changed without writing a new file.

Names are those of the scenario file: `resources.short_term.places.A`, `staff.nurse.on_duty.A`, `arrivals`,
`arrivals.acute`, `phases.acute.lasts`, `readmission.chance`, `price_per_overstay_day`. A capacity is set or
changed by `+2` or `-1`; arrivals, durations and the chance of readmission are factors of what the file says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pathway_engine.domain.errors import PathwayEngineError
from simulations.durations import Spread
from simulations.scenario import EVERYWHERE, Scenario

VALUE = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?", re.ASCII)


class WrongParameter(PathwayEngineError):
    """There is no such parameter, or it cannot have such a value."""


def with_parameter(scenario: Scenario, name: str, value: str) -> Scenario:
    """Return the scenario with one parameter changed; raise WrongParameter with what would be right."""
    if not VALUE.fullmatch(value):
        raise WrongParameter(f"{name}={value}: a number would be right, or +2 and -1 to change a capacity")
    section, *path = name.split(".")
    match section, path:
        case "resources", [kind, "places", *at]:
            return _with_places(scenario, name, kind, at, value)
        case "staff", [role, "on_duty", *at]:
            return _with_staff(scenario, name, role, at, value)
        case "arrivals", ([] | [_]):
            return _with_arrivals(scenario, name, path, _factor(name, value))
        case "phases", [phase, "lasts"]:
            return _with_durations(scenario, name, phase, _factor(name, value))
        case "readmission", ["chance"]:
            return _with_readmission(scenario, name, _factor(name, value))
        case "price_per_overstay_day", []:
            return replace(scenario, price_per_overstay_day=_factor(name, value))
        case _:
            raise _unknown(scenario, name)


def with_parameters(scenario: Scenario, values: Mapping[str, str]) -> Scenario:
    """Return the scenario with several parameters changed, named after what was changed."""
    for name, value in values.items():
        scenario = with_parameter(scenario, name, value)
    said = " ".join(f"{name}={value}" for name, value in values.items())
    return replace(scenario, name=f"{scenario.name} {said}".strip())


def parameters(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of everything that can be changed."""
    places = [
        _dotted("resources", name, "places", at) for name, each in scenario.resources.items() for at in each.capacity
    ]
    staff = [_dotted("staff", name, "on_duty", at) for name, each in scenario.staff.items() for at in each.on_duty]
    into = dict.fromkeys(f"arrivals.{each.into}" for each in scenario.arrivals)
    phases = [f"phases.{name}.lasts" for name in scenario.phases]
    back = ["readmission.chance"] if scenario.readmission is not None else []
    return (*places, *staff, "arrivals", *into, *phases, *back, "price_per_overstay_day")


def scaled(spread: Spread, factor: float) -> Spread:
    """Return the distribution of *factor* times the duration; a factor of 0 makes it 0."""
    match spread.kind:
        case _ if factor == 0:
            return Spread("fixed", 0.0)
        case "lognormal":
            from math import log

            return replace(spread, first=spread.first + log(factor))
        case "gamma" | "erlang" | "weibull":
            return replace(spread, second=spread.second * factor)
        case "empirical":
            return replace(spread, values=tuple(value * factor for value in spread.values))
        case _:
            return replace(spread, first=spread.first * factor, second=spread.second * factor)


def _dotted(section: str, name: str, what: str, at: str) -> str:
    return f"{section}.{name}.{what}" + ("" if at == EVERYWHERE else f".{at}")


def _unknown(scenario: Scenario, name: str) -> WrongParameter:
    return WrongParameter(f"{name}: no such parameter; there are {', '.join(parameters(scenario))}")


def _factor(name: str, value: str) -> float:
    if value.startswith(("+", "-")):
        raise WrongParameter(f"{name}={value}: a number that is not negative would be right, without a sign")
    return float(value)


def _changed(scenario: Scenario, name: str, counts: Mapping[str, int], at: list[str], value: str) -> Mapping[str, int]:
    """Return the counts with those of one place, or of the only one, set or changed."""
    place = at[0] if at else EVERYWHERE
    if place not in counts or len(at) > 1:
        raise _unknown(scenario, name)
    if "." in value:
        raise WrongParameter(f"{name}={value}: a whole number would be right")
    count = int(value) + (counts[place] if value.startswith(("+", "-")) else 0)
    if count < 0:
        raise WrongParameter(f"{name}={value}: {counts[place]} are there, so at most {counts[place]} can be taken away")
    return {**counts, place: count}


def _with_places(scenario: Scenario, name: str, kind: str, at: list[str], value: str) -> Scenario:
    if kind not in scenario.resources:
        raise _unknown(scenario, name)
    resource = scenario.resources[kind]
    changed = replace(resource, capacity=_changed(scenario, name, resource.capacity, at, value))
    return replace(scenario, resources={**scenario.resources, kind: changed})


def _with_staff(scenario: Scenario, name: str, role: str, at: list[str], value: str) -> Scenario:
    if role not in scenario.staff:
        raise _unknown(scenario, name)
    staff = scenario.staff[role]
    changed = replace(staff, on_duty=_changed(scenario, name, staff.on_duty, at, value))
    return replace(scenario, staff={**scenario.staff, role: changed})


def _with_arrivals(scenario: Scenario, name: str, path: list[str], factor: float) -> Scenario:
    if path and path[0] not in {each.into for each in scenario.arrivals}:
        raise _unknown(scenario, name)
    arrivals = tuple(
        replace(each, per_day=each.per_day * factor, table=tuple(rate * factor for rate in each.table))
        if not path or each.into == path[0]
        else each
        for each in scenario.arrivals
    )
    return replace(scenario, arrivals=arrivals)


def _with_durations(scenario: Scenario, name: str, phase: str, factor: float) -> Scenario:
    if phase not in scenario.phases:
        raise _unknown(scenario, name)
    found = scenario.phases[phase]
    lasts = {group: scaled(spread, factor) for group, spread in found.lasts.items()}
    return replace(scenario, phases={**scenario.phases, phase: replace(found, lasts=lasts)})


def _with_readmission(scenario: Scenario, name: str, factor: float) -> Scenario:
    if scenario.readmission is None:
        raise _unknown(scenario, name)
    chance = {group: share * factor for group, share in scenario.readmission.chance.items()}
    if max(chance.values(), default=0.0) > 1:
        raise WrongParameter(f"{name}={factor:g}: a factor that leaves the chance at most 1 would be right")
    return replace(scenario, readmission=replace(scenario.readmission, chance=chance))
