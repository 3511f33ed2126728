"""A pathway's files become a checked pathway, or all that is wrong in them is told at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from pathway_engine.domain.definition import Checklist, Pathway
from pathway_engine.domain.norway import TIME_ZONE
from pathway_engine.language.check import check_meaning, check_names_and_shapes
from pathway_engine.language.checklists import read_checklist
from pathway_engine.language.draft import Draft
from pathway_engine.language.facts import read_facts
from pathway_engine.language.findings import DefinitionErrors, Finding, errors_among, in_order, shown
from pathway_engine.language.form import Form, Report, text_of
from pathway_engine.language.steps import read_announcement, read_enrolment, read_move, read_step
from pathway_engine.language.time_zones import is_time_zone
from pathway_engine.language.vocabulary import nearest
from pathway_engine.language.yaml_reader import NOTHING, Node, Scalar, read_yaml

VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})", re.ASCII)
CHECKLIST_FILE = re.compile(r"checklists/[^/]+\.yaml")


def read_pathway(files: Mapping[str, bytes], name: str = "pathway.yaml") -> tuple[Pathway, tuple[Finding, ...]]:
    """Return the pathway and what is worth knowing of it (warnings).

    *files* are one pathway's folder, by name relative to it: *name*, `checklists/*.yaml`; others are not
    looked at. Raise DefinitionErrors with everything that is wrong in any of them.
    """
    findings: list[Finding] = []
    roots = _roots(files, name, findings)
    draft = _draft(files, name, roots, findings)
    if name in roots:
        findings += check_names_and_shapes(draft)
    if not errors_among(findings):
        findings += check_meaning(draft)
    if errors_among(findings):
        raise DefinitionErrors(errors_among(findings))
    return draft.pathway, in_order(findings)


def hash_of(files: Mapping[str, bytes], name: str = "pathway.yaml") -> str:
    """Return the SHA-256, in hexadecimal, of the names and contents of the files that are the pathway."""
    digest = hashlib.sha256()
    for file in sorted(_own_files(files, name)):
        for part in (file.encode(), files[file]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _own_files(files: Mapping[str, bytes], name: str) -> list[str]:
    return [file for file in files if file == name or CHECKLIST_FILE.fullmatch(file)]


def _roots(files: Mapping[str, bytes], name: str, findings: list[Finding]) -> dict[str, Node]:
    roots: dict[str, Node] = {}
    for file in sorted(_own_files(files, name)):
        try:
            roots[file] = read_yaml(files[file], file)
        except DefinitionErrors as errors:
            findings.extend(errors.findings)
    if name not in files:
        findings.append(Finding(name, 1, 1, f"no file {name}", f"{name} in the pathway's folder", "no-file"))
    return roots


def _draft(files: Mapping[str, bytes], name: str, roots: Mapping[str, Node], findings: list[Finding]) -> Draft:
    checklists: dict[str, Checklist] = {}
    by_id: dict[str, str] = {}
    for file in sorted(_own_files(files, name)):
        if file != name:
            stem = file.removeprefix("checklists/").removesuffix(".yaml")
            checklists[stem] = read_checklist(roots.get(file, NOTHING), file, findings)
            by_id[stem] = file
    pathway = _pathway(roots.get(name, NOTHING), Report(name, findings), checklists, hash_of(files, name))
    return Draft(pathway, name, roots, by_id)


def _pathway(node: Node, report: Report, checklists: Mapping[str, Checklist], sha256: str) -> Pathway:
    form = Form(node, "pathway", report)
    before = len(report)
    declared = read_facts(form)
    facts = declared if len(report) == before else None
    return Pathway(
        id=form.name("pathway"), version=_version(form), hash=sha256, title=form.both("title"),
        source=form.text("source"), time_zone=_time_zone(form), file=report.file,
        phases={name.text: text_of(value, report) for name, value in form.named("phases")},
        end=form.names("end"), facts=declared,
        words={name.text: text_of(value, report) for name, value in form.named("words")},
        enrol=tuple(read_enrolment(each, facts) for each in form.forms("enrol", "enrol")),
        moves=tuple(read_move(each, facts) for each in form.forms("moves", "move")),
        steps={name.text: read_step(name, value, facts, report) for name, value in form.named("steps")},
        messages={
            name.text: read_announcement(name, value, facts, report) for name, value in form.named("messages")
        },
        checklists=checklists,
    )  # fmt: skip


def _version(form: Form) -> str:
    version = form.text("version")
    node = form.node("version")
    if version and (not VERSION.fullmatch(version) or (isinstance(node, Scalar) and node.plain)):
        quotes = "" if not (isinstance(node, Scalar) and node.plain) else " without quotes"
        form.report.add(node, f"the version {shown(version)}{quotes}", 'three numbers in quotes, as "1.0.0"', "version")
    return version


def _time_zone(form: Form) -> str:
    zone = form.text("time_zone") or TIME_ZONE
    if not is_time_zone(zone):
        near = nearest(zone, available_timezones()) or TIME_ZONE
        form.report.add(form.node("time_zone"), f"the time zone {shown(zone)}", near, "time-zone")
        return TIME_ZONE
    return zone
