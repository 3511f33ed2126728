"""A stay as an Encounter: made of what stands of it, or laid over what a client wrote of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from adapters.fhir import encounter_words as words
from adapters.fhir.assigners import numbered
from adapters.fhir.canonicals import logical_id
from adapters.fhir.elements import table, tables
from adapters.fhir.encounters import LEAVE, READINESS
from adapters.fhir.envelope import Before
from adapters.fhir.outcome import Json

UNNUMBERED = re.compile(r"(her|manual):[^/]+/.+/[^/]+")
"""Stays that no visit number names; see `pathway_engine.service.stays`."""
IN_HOSPITAL = ("admitted", "discharge_ready", "need_reported", "transferred", "leave_started", "leave_ended")
OVER = ("became_outpatient", "outpatient_visit_ended")
CLASSES = {"IMP": "inpatient encounter", "AMB": "ambulatory"}


def rendered(id: str, patient: str, stay: str, known: Before, provider: str = "") -> Json:
    """Return the stay as an Encounter of the *patient* with that id, without `meta`.

    *provider* is the id of the ward's organisation, where it is known.
    """
    code = "AMB" if known.last(*OVER) else "IMP"
    made: Json = {
        "resourceType": "Encounter", "id": id, "status": status(known),
        "class": {"system": words.ACT_CODE, "code": code, "display": CLASSES[code]},
        "subject": {"reference": f"Patient/{patient}"},
    }  # fmt: skip
    parts: Json = {
        "identifier": _visit_number(stay), "extension": _extensions(known), "period": _period(known),
        "location": _location(known), "hospitalization": _hospitalization(known),
        "serviceProvider": {"reference": f"Organization/{logical_id(provider)}"} if provider else {},
    }  # fmt: skip
    return {**made, **{name: part for name, part in parts.items() if part}}


def status(known: Before) -> str:
    """Return the status that what stands of the stay comes to."""
    if known.last("discharged", *OVER):
        return "finished"
    if known.stands("leave_started", *LEAVE):
        return "onleave"
    if known.last(*IN_HOSPITAL):
        return "in-progress"
    if known.last("registered"):
        return "arrived"
    return "planned" if known.last("preadmitted") else "unknown" if known.standing else "entered-in-error"


def overlaid(kept: Json, made: Json, known: Before, told_at: datetime, own: Mapping[str, str]) -> Json:
    """Return what a client wrote at *told_at* with what was told since: only what says something else is replaced.

    *own* are the client's own codes of where a patient goes.
    """
    result = {**kept, "status": made["status"]} if words.is_stay(kept) else {**kept}
    if not words.is_stay(kept) or made["status"] in ("entered-in-error", "unknown"):
        return result
    result["period"] = _same_period(table(kept.get("period")), table(made.get("period")), told_at)
    result["extension"] = _same_extensions(kept, made, told_at)
    if words.ward(made) and words.ward(kept) != words.ward(made):
        result["location"] = made["location"]
    if words.destination(kept, own, []) != known.facts.get("destination"):
        left = {**table(kept.get("hospitalization")), **table(made.get("hospitalization"))}
        if "hospitalization" not in made:
            left.pop("dischargeDisposition", None)
        result["hospitalization"] = left
    return {name: value for name, value in result.items() if value not in ({}, [])}


def _same_period(kept: Json, made: Json, told_at: datetime) -> Json:
    """The period as it is known, in the client's words where they mean the same."""
    found: Json = {}
    for name, moment in (("start", words.begins), ("end", words.ends)):
        old, new = moment({"period": kept}, told_at), moment({"period": made}, told_at)
        if new is not None or (name == "start" and old is not None):
            found[name] = kept[name] if new in (old, None) else made[name]
    return {**{name: value for name, value in kept.items() if name not in ("start", "end")}, **found}


def _same_extensions(kept: Json, made: Json, told_at: datetime) -> list[Json]:
    old, new = tables(kept.get("extension")), tables(made.get("extension"))
    if words.ready_at(kept, told_at) != words.ready_at(made, told_at):
        old = [each for each in old if each.get("url") != words.READY]
        old += [each for each in new if each.get("url") == words.READY]
    if words.planned_end(made) not in (None, words.planned_end(kept)):
        old = [each for each in old if each.get("url") != words.PLANNED_END]
        old += [each for each in new if each.get("url") == words.PLANNED_END]
    return old


def _visit_number(stay: str) -> list[Json]:
    if UNNUMBERED.fullmatch(stay):
        return []
    assigner, _, number = stay.rpartition(":")
    kind = {"coding": [{"system": words.IDENTIFIER_TYPE, "code": "VN", "display": "Visit number"}]}
    return [{"type": kind, **numbered(assigner, number)}]


def _extensions(known: Before) -> list[Json]:
    found: list[Json] = []
    if expected := known.facts.get("expected_discharge"):
        found.append({"url": words.PLANNED_END, "valueDateTime": expected})
    if ready := known.stands("discharge_ready", *READINESS):
        found.append({"url": words.READY, "valueDateTime": _instant(ready.at)})
    return found


def _period(known: Before) -> Json:
    ends = {"start": known.last("admitted", "registered"), "end": known.last("discharged", *OVER)}
    return {name: _instant(each.at) for name, each in ends.items() if each is not None}


def _location(known: Before) -> list[Json]:
    ward = known.facts.get("ward")
    if not ward:
        return []
    state = "completed" if known.last("discharged", *OVER) else "active"
    return [{"location": {"identifier": {"value": ward}, "display": ward}, "status": state}]


def _hospitalization(known: Before) -> Json:
    place = known.facts.get("destination")
    return {"dischargeDisposition": words.disposition(place)} if place else {}


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")
