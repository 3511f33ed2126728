"""A scenario file becomes a checked scenario, or all that is wrong in it is told at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date

from pathway_engine.domain.definition import Pathway
from pathway_engine.language.findings import DefinitionErrors, Finding, errors_among, in_order, shown
from pathway_engine.language.form import Form, Report, said
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Node, Scalar, Table, read_yaml
from simulations.language.check import check_scenario
from simulations.language.keys import SCENARIO_SECTIONS
from simulations.language.parts import read_arrivals, read_readmission, read_resource, read_staff, read_task
from simulations.language.phases import Reading, read_phase
from simulations.language.places import Places
from simulations.language.values import count_of, number_of, time_of
from simulations.scenario import ALL, EVERYWHERE, Run, Scenario

A_MONDAY = date(2027, 1, 4)
MUNICIPALITY_NUMBER = re.compile(r"\d{4}", re.ASCII)
FIND_IT = float("nan")
"""A warm-up that the simulation is to find itself."""


def read_scenario(
    text: bytes | str, file: str, pathways: Mapping[str, Pathway] | None = None
) -> tuple[Scenario, tuple[Finding, ...]]:
    """Return the scenario of *text* and what is worth knowing of it (warnings).

    *pathways* are those that it may name. Raise DefinitionErrors with everything that is wrong.
    """
    findings: list[Finding] = []
    root = read_yaml(text, file)
    report = Report(file, findings, SCENARIO_SECTIONS)
    content = text.encode() if isinstance(text, str) else text
    pathways = {} if pathways is None else pathways
    scenario = _scenario(root, report, pathways, hashlib.sha256(content).hexdigest())
    if not errors_among(findings):
        check_scenario(scenario, Places(root), report)
    if scenario.pathway and not errors_among(findings):
        from simulations.language.pathway_fit import check_pathway

        check_pathway(scenario, pathways[scenario.pathway], Places(root), report)
    if errors_among(findings):
        raise DefinitionErrors(_first_causes(errors_among(findings)))
    return scenario, in_order(findings)


def _first_causes(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Leave out what is wrong only because the pathway is not known."""
    if all(finding.code != "unknown-pathway" for finding in findings):
        return findings
    return tuple(finding for finding in findings if finding.code not in ("no-pathway", "task-never-raised"))


def _scenario(root: Node, report: Report, pathways: Mapping[str, Pathway], sha256: str) -> Scenario:
    form = Form(root, "scenario", report)
    run = _run(form.form("run", "run")) if form.has("run") else Run()
    groups = form.names("groups") or (ALL,)
    municipalities = form.names("municipalities") or (EVERYWHERE,)
    name = form.name("pathway")
    if name and name not in pathways:
        report.add(
            form.node("pathway"),
            f"the pathway {shown(name)}",
            f"{one_of(pathways, name)}, or a folder in PATHWAY_PATHWAYS",
            "unknown-pathway",
        )
    reading = Reading(
        report, groups, municipalities, tuple(key.text for key, _ in form.named("phases")),
        tuple(key.text for key, _ in form.named("resources")), pathways.get(name) if name else None,
        tuple(key.text for key, _ in form.named("tasks")),
    )  # fmt: skip
    resources = {key.text: read_resource(key.text, node, reading, run) for key, node in form.named("resources")}
    phases = {key.text: read_phase(key.text, node, reading) for key, node in form.named("phases")}
    staff = {key.text: read_staff(key.text, node, reading) for key, node in form.named("staff")}
    price = (
        number_of(form.node("price_per_overstay_day"), report, "price") if form.has("price_per_overstay_day") else 0.0
    )
    _not_empty(form)
    return Scenario(
        name=form.name("scenario"),
        title=form.both("title"),
        source=form.text("source"),
        run=run,
        municipalities=municipalities,
        groups=groups,
        phases=phases,
        resources=resources,
        arrivals=tuple(read_arrivals(each, reading) for each in form.forms("arrivals", "arrivals")),
        readmission=read_readmission(form.form("readmission", "readmission"), reading)
        if form.has("readmission")
        else None,
        staff=staff,
        tasks={key.text: read_task(key.text, node, reading, tuple(staff), phases) for key, node in form.named("tasks")},
        pathway=name,
        price_per_overstay_day=price or 0.0,
        municipality_numbers=_numbers(form, municipalities),
        forgets=forgets(reading.pathway),
        hash=sha256,
    )


def _numbers(form: Form, municipalities: tuple[str, ...]) -> Mapping[str, str]:
    """Return the numbers that messages have of municipalities."""
    found: dict[str, str] = {}
    for key, node in form.named("municipality_numbers"):
        text = node.text if isinstance(node, Scalar) else ""
        if key.text not in municipalities:
            right = one_of(municipalities, key.text)
            form.report.add(key, f"the municipality {shown(key.text)}", right, "unknown-municipality")
        elif not MUNICIPALITY_NUMBER.fullmatch(text):
            form.report.add(node, f"the number of {key.text}: {said(node)}", "four digits, as 5001", "four-digits")
        elif text in found.values():
            form.report.add(node, f"the number {text} twice", "a number for each municipality", "number-twice")
        else:
            found[key.text] = text
    return found


def forgets(pathway: Pathway | None) -> Mapping[str, frozenset[str]]:
    """Return which facts each event makes the pathway forget."""
    facts = pathway.facts if pathway else {}
    events = {event for fact in facts.values() for event in fact.forget_on}
    return {event: frozenset(name for name, fact in facts.items() if event in fact.forget_on) for event in events}


def _not_empty(form: Form) -> None:
    for key, right in (("phases", "at least one phase"), ("arrivals", "somebody who comes")):
        node = form.table.get(key)
        if (isinstance(node, Table) and not node.entries) or (
            node is not None and not isinstance(node, Table | Scalar) and not node.items
        ):
            form.report.add(node, f"no {key}", right, "empty")


def _run(form: Form) -> Run:
    report = form.report
    collect = time_of(form.node("collect"), report, "collect") if form.has("collect") else 365.0
    if collect == 0:
        report.add(form.node("collect"), "collect: 0", "a time above 0", "zero-time")
    starts = form.day("starts") or A_MONDAY
    if starts.weekday():
        report.add(form.node("starts"), f"starts: {starts}, a {starts:%A}", "a Monday", "not-a-monday")
    replications = count_of(form.node("replications"), report, "replications", 1) if form.has("replications") else 30
    seed = count_of(form.node("seed"), report, "seed", 0, 2**62) if form.has("seed") else 1
    return Run(
        warm_up=_warm_up(form), collect=collect or 365.0, replications=replications or 30, seed=seed or 0, starts=starts
    )


def _warm_up(form: Form) -> float:
    if not form.has("warm_up"):
        return 0.0
    node = form.node("warm_up")
    if isinstance(node, Scalar) and node.text == "auto":
        return FIND_IT
    return time_of(node, form.report, "warm_up") or 0.0
