"""Whether a scenario's ways are those of its pathway: each event must lead where the scenario says that it does."""

from __future__ import annotations

from datetime import UTC, datetime

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Happened
from pathway_engine.domain.folding import with_facts
from pathway_engine.domain.work_calendar import WorkCalendar
from pathway_engine.language.form import Report
from simulations.language.places import Places
from simulations.scenario import OUT, Exit, Hazard, Phase, Scenario

SOME_TIME = datetime(2027, 1, 4, 12, tzinfo=UTC)


def check_pathway(scenario: Scenario, pathway: Pathway, places: Places, report: Report) -> None:
    """Note where the scenario's ways are not moves of the pathway."""
    rules = Rules.of(pathway, lambda _: WorkCalendar())
    for name, phase in scenario.phases.items():
        both: tuple[tuple[str, tuple[Exit | Hazard, ...]], ...] = (("exits", phase.exits), ("hazards", phase.hazards))
        for key, ways in both:
            for number, way in enumerate(ways):
                _check_way(scenario, rules, phase, way, places, (name, key, number), report)
    for number, arrivals in enumerate(scenario.arrivals):
        if not arrivals.event:
            right = "event: one that enrols, as admitted"
            report.add(places.at("arrivals", number), "arrivals without an event", right, "no-event")
        elif arrivals.event not in {entry.event for entry in pathway.enrol}:
            right = "one of " + ", ".join(dict.fromkeys(entry.event for entry in pathway.enrol))
            report.add(
                places.at("arrivals", number, "event"),
                f"{arrivals.event}, which opens no episode",
                right,
                "no-enrolment",
            )


def _check_way(
    scenario: Scenario,
    rules: Rules,
    phase: Phase,
    way: Exit | Hazard,
    places: Places,
    at: tuple[str, str, int],
    report: Report,
) -> None:
    name, key, number = at
    target = "" if way.to == OUT else scenario.phases[way.to].stands_for
    node = places.at("phases", name, key, number)
    if not way.event:
        if target and target != phase.stands_for:
            report.add(
                node,
                f"a way from {phase.stands_for} to {target} without an event",
                "event: what moves the patient",
                "no-event",
            )
        return
    found = phase_after(rules, phase.stands_for, way)
    if target and found != target:
        right = f"an event that moves the patient to {target}, or to: a phase that stands for {found}"
        report.add(node, f"{way.event}, which leads from {phase.stands_for} to {found}", right, "another-way")


def phase_after(rules: Rules, phase: str, way: Exit | Hazard) -> str:
    """Return the pathway's phase after the way's event, for a patient of whom nothing else is known."""
    event = Happened(
        id="probe",
        name=way.event,
        cause="probe",
        occurred_at=SOME_TIME,
        recorded_at=SOME_TIME,
        stay="probe",
        facts=way.facts,
    )
    episode = Episode(
        pathway=rules.pathway.id, definition=rules.pathway.hash, ordinal=0, phase=phase, opened_at=SOME_TIME,
        opened_by="probe", entered_at=SOME_TIME, entered_by="probe",
    )  # fmt: skip
    move, _ = rules.move(with_facts(rules, episode, event), event, SOME_TIME)
    return phase if move is None else move.target
