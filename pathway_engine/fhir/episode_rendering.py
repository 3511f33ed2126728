"""An episode as CarePlan and as EpisodeOfCare: the same row seen as a plan, and as a time under somebody's care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from adapters.fhir.canonicals import plan_canonical
from adapters.fhir.outcome import Json
from adapters.fhir.systems import code_system, profile
from adapters.fhir.wording import both, coding
from pathway_engine.domain.definition import Pathway
from pathway_engine.fhir.exchange import Exchange, Found, instant, with_meta
from pathway_engine.fhir.rows import Nearness
from pathway_engine.fhir.task_rendering import Words
from pathway_engine.service.saving import FINISHED, IN_ERROR
from pathway_engine.storage.conditions import In
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.rows import EpisodeRow
from pathway_engine.storage.searching import Wanted

PLAN_PROFILE = profile("pathway-care-plan")
PHASE = profile("phase")
"""The extension that tells where in the pathway the patient stands."""
MOST_TASKS = 10_000
"""So many tasks of the plans on one page are named at most."""


class _Stays(msgspec.Struct):
    stays: tuple[str, ...] = ()


_STAYS = msgspec.json.Decoder(_Stays)


def plans_found(exchange: Exchange, rows: Sequence[EpisodeRow]) -> list[Found | None]:
    """Return the CarePlans of *rows*; None for those of patients whom the caller may not see."""
    shown = _near(exchange, rows)
    tasks = _tasks(exchange, [row.id for row in shown if row is not None])
    render = partial(_plan, exchange, Words(exchange), tasks)
    return [None if row is None else _found(row, render(row), PLAN_PROFILE) for row in shown]


def care_found(exchange: Exchange, rows: Sequence[EpisodeRow]) -> list[Found | None]:
    """Return the EpisodesOfCare of *rows*; None for those of patients whom the caller may not see."""
    render = partial(_care, Words(exchange))
    return [None if row is None else _found(row, render(row)) for row in _near(exchange, rows)]


def _near(exchange: Exchange, rows: Sequence[EpisodeRow]) -> list[EpisodeRow | None]:
    nearness = Nearness(exchange)
    return [row if nearness.sees(row.patient_id) else None for row in rows]


def _found(row: EpisodeRow, resource: Json, of_profile: str = "") -> Found:
    version = str(row.version)
    made = with_meta(resource, version, row.changed_at, of_profile)
    return Found(resource=made, version=version, updated=row.changed_at, patient_id=row.patient_id)


def _tasks(exchange: Exchange, episodes: list[str]) -> Mapping[str, list[str]]:
    """The tasks of each episode that are on a list of the caller's."""
    found: dict[str, list[str]] = {}
    if episodes:
        wanted = Wanted(condition=In("episode_id", tuple(episodes)), limit=MOST_TASKS)
        for placed in exchange.records.search_tasks(exchange.caller.who.seats, wanted):
            found.setdefault(placed.row.episode_id, []).append(placed.row.id)
    return found


def _plan(exchange: Exchange, words: Words, tasks: Mapping[str, list[str]], row: EpisodeRow) -> Json:
    pathway = words.pathway(row.definition_hash)
    stays = _STAYS.decode(row.state).stays
    made: Json = {
        "resourceType": "CarePlan", "id": row.id, "extension": _phase(pathway, row),
        "instantiatesCanonical": [plan_canonical(row.pathway, pathway.version if pathway else "")],
        "status": plan_status(row), "intent": "plan", **_title(pathway), "subject": _patient(row),
    }  # fmt: skip
    if stays:
        stay = public_id_of_stay(exchange.context.store.tenant, stays[-1])
        made["encounter"] = {"reference": f"Encounter/{stay}"}
    made |= {"period": _period(row), "created": instant(row.opened_at)}
    activities = [{"reference": {"reference": f"Task/{id}"}} for id in tasks.get(row.id, ())]
    return {**made, "activity": activities} if activities else made


def _care(words: Words, row: EpisodeRow) -> Json:
    pathway = words.pathway(row.definition_hash)
    made: Json = {
        "resourceType": "EpisodeOfCare", "id": row.id, "extension": _phase(pathway, row), "status": care_status(row),
    }  # fmt: skip
    if row.status == FINISHED:
        made["statusHistory"] = [{"status": "active", "period": _period(row)}]
    kind = both("text", pathway.title) if pathway else {"text": row.pathway}
    return {**made, "type": [kind], "patient": _patient(row), "period": _period(row)}


def plan_status(row: EpisodeRow) -> str:
    """Return the status of a CarePlan, of the codes for requests; the same as the column `plan_status`."""
    if row.status == IN_ERROR:
        return IN_ERROR
    if row.status == FINISHED:
        return "completed"
    return "on-hold" if row.parked_reason is not None else "active"


def care_status(row: EpisodeRow) -> str:
    """Return the status of an EpisodeOfCare; the same as the column `care_status`."""
    return {"completed": "finished", "on-hold": "onhold"}.get(plan_status(row), plan_status(row))


def _title(pathway: Pathway | None) -> Json:
    return both("title", pathway.title) if pathway else {}


def _phase(pathway: Pathway | None, row: EpisodeRow) -> list[Json]:
    display = pathway.phases.get(row.phase) if pathway else None
    return [{"url": PHASE, "valueCoding": coding(row.phase, code_system("phase"), display)}]


def _patient(row: EpisodeRow) -> Json:
    return {"reference": f"Patient/{row.patient_id}"}


def _period(row: EpisodeRow) -> Json:
    start: Json = {"start": instant(row.opened_at)}
    return start if row.closed_at is None else {**start, "end": instant(row.closed_at)}
