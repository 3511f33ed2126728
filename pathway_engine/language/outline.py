"""What a drawing or a table of a pathway shows: where it begins, and which steps belong to which phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pathway_engine.domain.deadlines_text import format_duration
from pathway_engine.domain.definition import Pathway, Step
from pathway_engine.language.layout import rows
from pathway_engine.language.words import every_nb


def beginnings(pathway: Pathway) -> tuple[str, ...]:
    """Return the phases in which an episode can begin, in file order."""
    begun = {enrolment.begins_in or pathway.first_phase for enrolment in pathway.enrol}
    return tuple(phase for phase in pathway.phases if phase in begun)


def step_line(step: Step) -> str:
    """Return a step on one line: id, title, how often, deadline, the message that it sends."""
    sends = f" → {step.sends.message}" if step.sends else ""
    often = f", {every_nb(step.every)}" if step.every else ""
    due = f": {format_duration(step.due).nb}" if step.due else ""
    return f"{step.id} {step.title.nb}{often}{due}{sends}"


def lines_by_phase(pathway: Pathway) -> Mapping[str, tuple[str, ...]]:
    """Return what each phase shows: its steps, and the messages that go out by themselves as it begins."""
    steps = steps_by_phase(pathway)
    return {phase: (*map(step_line, steps[phase]), *_announced(pathway, phase)) for phase in rows(pathway)}


def _announced(pathway: Pathway, phase: str) -> Iterator[str]:
    for rule in pathway.messages.values():
        reached = {move.target for event in rule.when_event for move in pathway.moves_on(event)}
        begun = {each for each in beginnings(pathway) for entry in pathway.enrol if entry.event in rule.when_event}
        if phase in (rule.in_phases or reached | begun):
            yield f"{rule.id} → {rule.sends.message}"


def steps_by_phase(pathway: Pathway) -> Mapping[str, tuple[Step, ...]]:
    """Return each phase's steps in file order; a step that starts in several phases is in each."""
    phases = {step.id: _phases_of(step, pathway, ()) for step in pathway.steps.values()}
    return {
        phase: tuple(step for step in pathway.steps.values() if phase in phases[step.id]) for phase in rows(pathway)
    }


def _phases_of(step: Step, pathway: Pathway, seen: tuple[str, ...]) -> set[str]:
    phases = {*step.when_entering, *step.in_phases}
    if not step.in_phases:
        phases |= {move.target for event in step.when_event for move in pathway.moves_on(event)}
    for earlier in step.when_completed:
        if earlier not in (*seen, step.id) and earlier in pathway.steps:
            phases |= _phases_of(pathway.steps[earlier], pathway, (*seen, step.id))
    return phases or set(pathway.open_phases)
