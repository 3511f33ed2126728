"""Phases as a scenario file writes them: what they hold, how long they last, and the ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.facts import FactType
from pathway_engine.language.findings import shown
from pathway_engine.language.form import Form, Report
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Node, Scalar, Table
from simulations.durations import Spread, fixed
from simulations.language.values import by_name, count_of, number_of, spread_of, time_of, week_of
from simulations.scenario import OUT, Exit, Hazard, Overflow, Phase

CLOSE_TO_ONE = 1e-6


@dataclass(frozen=True, slots=True)
class Reading:
    """The names of the file that its parts may use."""

    report: Report
    groups: tuple[str, ...]
    municipalities: tuple[str, ...]
    phases: tuple[str, ...]
    resources: tuple[str, ...]
    pathway: Pathway | None
    tasks: tuple[str, ...] = ()

    def known(self, form: Form, key: str, names: tuple[str, ...], what: str) -> str:
        """Return the name under *key*, noting when it is not one of *names*."""
        name = form.name(key)
        if name and name not in names:
            self.report.add(form.node(key), f"the {what} {shown(name)}", one_of(names, name), f"unknown-{what}")
            return ""
        return name

    def by_group(self, node: Node, what: str, least: float = 0.0, most: float = 1e12) -> Mapping[str, float]:
        """Return a number for each group."""
        found = by_name(
            node, self.groups, what, self.report, lambda each: number_of(each, self.report, what, least, most)
        )
        return found or {}

    def event(self, form: Form) -> tuple[str, Mapping[str, FactValue]]:
        """Return the pathway's event with its facts."""
        event = form.name("event")
        if event and self.pathway is None:
            self.report.add(
                form.node("event"), f"the event {shown(event)}", "no event, or a pathway that knows it", "no-pathway"
            )
        if self.pathway is None or not form.has("with"):
            return event, {}
        from pathway_engine.language.journey_values import facts_of

        return event, facts_of(form, "with", self.pathway)

    def fact_types(self) -> Mapping[str, FactType]:
        """Return the facts that events may bring."""
        from pathway_engine.domain.episode import RESERVED_FACTS

        return {**RESERVED_FACTS, **(self.pathway.facts if self.pathway else {})}


def read_phase(name: str, node: Node, reading: Reading) -> Phase:
    """Return one phase."""
    form = Form(node, "phase", reading.report)
    ways = form.forms("exits", "exit")
    exits = tuple(_exit(each, reading) for each in ways)
    chances = _chances(ways, form, reading)
    priority = _priority(form, reading) if form.has("priority") else {}
    return Phase(
        name=name,
        lasts=_lasts(form, name, reading),
        exits=tuple(_with_chance(way, chance) for way, chance in zip(exits, chances, strict=True))
        or (_leaves(reading),),
        hazards=tuple(_hazard(each, reading) for each in form.forms("hazards", "hazard")),
        holds=reading.known(form, "holds", reading.resources, "resource"),
        overflow=tuple(_overflow(each, form, reading) for each in form.forms("overflow", "overflow")),
        leaves=week_of(form, "leaves"),
        priority=priority,
        stands_for=_stands_for(form, name, reading),
        is_ready=form.flag("is_ready", False),
        waits_for=_waits_for(form, reading),
    )


def _waits_for(form: Form, reading: Reading) -> tuple[str, ...]:
    names = form.names("waits_for")
    for name in names:
        if name not in reading.tasks:
            reading.report.add(
                form.node("waits_for"), f"the task {shown(name)}", one_of(reading.tasks, name), "unknown-task"
            )
    return names


def _leaves(reading: Reading) -> Exit:
    return Exit(to=OUT, chance=dict.fromkeys(reading.groups, 1.0))


def _stands_for(form: Form, name: str, reading: Reading) -> str:
    if reading.pathway is None:
        if form.has("stands_for"):
            reading.report.add(
                form.node("stands_for"), "stands_for without a pathway", "`pathway:` above", "no-pathway"
            )
        return ""
    known = tuple(reading.pathway.phases)
    if form.has("stands_for"):
        return reading.known(form, "stands_for", known, "pathway-phase")
    if name not in known:
        right = f"stands_for: {one_of(known, name)}"
        reading.report.add(
            form.table, f"the phase {shown(name)}, which {reading.pathway.id} has not", right, "unknown-pathway-phase"
        )
    return name


def _lasts(form: Form, name: str, reading: Reading) -> Mapping[str, Spread]:
    node, what = form.node("lasts"), f"{name} lasts"
    if not form.has("lasts"):
        return dict.fromkeys(reading.groups, fixed(0.0))
    groups = reading.groups
    if not isinstance(node, Table) or not any(key.text in groups for key, _ in node.entries):
        return dict.fromkeys(groups, spread_of(node, reading.report, what) or fixed(0.0))
    found: dict[str, Spread] = {}
    for key, value in node.entries:
        if key.text not in groups:
            reading.report.add(key, f"{what} for {shown(key.text)}", one_of(groups, key.text), "unknown-group")
        else:
            found[key.text] = spread_of(value, reading.report, what) or fixed(0.0)
    missing = [group for group in groups if group not in found]
    if missing:
        reading.report.add(node, f"{what} without {', '.join(missing)}", "a duration for each group", "missing-name")
    return {group: found.get(group, fixed(0.0)) for group in groups}


def _priority(form: Form, reading: Reading) -> Mapping[str, int]:
    read = by_name(
        form.node("priority"), reading.groups, "priority", reading.report,
        lambda each: count_of(each, reading.report, "priority", 0, 100),
    )  # fmt: skip
    return {group: int(value) for group, value in (read or {}).items()}


def _target(form: Form, reading: Reading) -> str:
    return reading.known(form, "to", (*reading.phases, OUT), "phase") or OUT


def _spread(form: Form, key: str) -> Spread | None:
    return spread_of(form.node(key), form.report, key) if form.has(key) else None


def _exit(form: Form, reading: Reading) -> Exit:
    event, facts = reading.event(form)
    found = Exit(
        to=_target(form, reading), chance={}, delay=_spread(form, "delay"), transit=_spread(form, "transit"),
        away=_spread(form, "away"), is_death=form.flag("death", False), event=event, facts=facts,
    )  # fmt: skip
    if found.to == OUT and (found.transit or found.away):
        key = "transit" if found.transit else "away"
        form.report.add(form.node(key), f"{key} on the way out", "a `delay`, or a phase to go to", "no-way-there")
    if found.transit and found.away:
        form.report.add(form.node("away"), "transit and away", "one of them", "transit-and-away")
    if found.is_death and found.to != OUT:
        form.report.add(form.node("death"), f"death on the way to {found.to}", "to: out", "death-inside")
    return found


def _with_chance(way: Exit, chance: Mapping[str, float]) -> Exit:
    return Exit(
        to=way.to, chance=chance, delay=way.delay, transit=way.transit, away=way.away, is_death=way.is_death,
        event=way.event, facts=way.facts,
    )  # fmt: skip


def _chances(ways: tuple[Form, ...], form: Form, reading: Reading) -> list[Mapping[str, float]]:
    """Return the chance of each exit by group; they must sum to one."""
    if len(ways) == 1 and not ways[0].has("chance"):
        return [dict.fromkeys(reading.groups, 1.0)]
    rest = [way for way in ways if _is_rest(way)]
    for way in rest[1:]:
        reading.report.add(way.node("chance"), "a second rest", "one exit with `rest`", "second-rest")
    before = len(reading.report)
    given = [{} if _is_rest(way) else _chance(way, reading) for way in ways]
    if len(reading.report) > before:
        return given
    sums = {group: sum(each.get(group, 0.0) for each in given) for group in reading.groups}
    for group, total in sums.items():
        if ways and (total > 1 + CLOSE_TO_ONE or (not rest and total < 1 - CLOSE_TO_ONE)):
            who = f" of {group}" if len(reading.groups) > 1 else ""
            found = f"chances{who} that sum to {total:.6g}"
            reading.report.add(form.node("exits"), found, "chances that sum to 1, or one exit with `rest`", "chances")
    left = {group: max(1.0 - total, 0.0) for group, total in sums.items()}
    return [left if _is_rest(way) else each for way, each in zip(ways, given, strict=True)]


def _is_rest(way: Form) -> bool:
    node = way.node("chance")
    return isinstance(node, Scalar) and node.text == "rest"


def _chance(way: Form, reading: Reading) -> Mapping[str, float]:
    if not way.has("chance"):
        reading.report.add(way.table, "an exit without a chance", "chance: 0.3, or rest", "no-chance")
        return {}
    return reading.by_group(way.node("chance"), "chance", 0.0, 1.0)


def _hazard(form: Form, reading: Reading) -> Hazard:
    event, facts = reading.event(form)
    return Hazard(
        to=_target(form, reading), per_day=reading.by_group(form.node("per_day"), "per_day", 0.0, 1000.0),
        is_death=form.flag("death", False), is_readmission=form.flag("readmission", False), event=event, facts=facts,
    )  # fmt: skip


def _overflow(form: Form, phase: Form, reading: Reading) -> Overflow:
    if not phase.has("holds"):
        reading.report.add(
            form.table, "overflow of a phase that holds nothing", "holds: a resource", "overflow-of-nothing"
        )
    return Overflow(
        resource=reading.known(form, "resource", reading.resources, "resource") or phase.name("holds"),
        of=reading.known(form, "of", reading.municipalities, "municipality"),
        at=reading.known(form, "at", reading.municipalities, "municipality"),
        after=(time_of(form.node("after"), reading.report, "after") or 0.0) if form.has("after") else 0.0,
    )
