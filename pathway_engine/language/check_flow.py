"""Moves do not compete, conditions can hold, anchors can come while somebody waits for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pathway_engine.domain.conditions import Condition, never_true, overlap
from pathway_engine.domain.definition import Leaving, Move, Step
from pathway_engine.language.check_phases import Ways, reached_from, ways
from pathway_engine.language.draft import Draft
from pathway_engine.language.findings import Finding, shown


def moves_do_not_compete(draft: Draft) -> Iterator[Finding]:
    """No two moves on the same event, out of the same phase, can both be taken."""
    for (_, first), (index, second) in itertools.combinations(enumerate(draft.pathway.moves), 2):
        shared = [phase for phase in draft.sources(first) if phase in draft.sources(second)]
        if first.event == second.event and shared and _both(draft, first, second):
            found = f"{shown(second.event)} moving from {shared[0]} here and on line {first.line}"
            yield draft.error(
                draft.at("moves", index, "event"),
                found,
                "conditions of which only one can be true at a time",
                "moves-compete",
            )


def _both(draft: Draft, first: Move, second: Move) -> bool:
    facts = draft.pathway.facts
    alone = never_true(first.condition, facts) or never_true(second.condition, facts)
    return not alone and overlap(first.condition, second.condition, facts)


def enrolments_do_not_compete(draft: Draft) -> Iterator[Finding]:
    """No two lines of `enrol` open an episode on the same event for the same patient; there is one."""
    enrol = draft.pathway.enrol
    if not enrol:
        yield draft.error(draft.at("enrol"), "enrol without events", "what opens an episode", "no-enrolment")
    for (_, first), (index, second) in itertools.combinations(enumerate(enrol), 2):
        if first.event == second.event and overlap(first.condition, second.condition, draft.pathway.facts):
            found = f"{shown(second.event)} opening an episode here and on line {first.line}"
            yield draft.error(
                draft.at("enrol", index, "event"),
                found,
                "conditions of which only one can be true at a time",
                "enrolments-compete",
            )


def conditions_can_hold(draft: Draft) -> Iterator[Finding]:
    """A move or an enrolment whose condition no patient fulfils is told."""
    named: list[tuple[Condition | None, str, int]] = [
        *((each.condition, "enrol", index) for index, each in enumerate(draft.pathway.enrol)),
        *((each.condition, "moves", index) for index, each in enumerate(draft.pathway.moves)),
    ]
    for condition, section, index in named:
        if condition and never_true(condition, draft.pathway.facts):
            yield draft.warning(
                draft.at(section, index, "if"),
                f"the condition {shown(condition.source)}, which is never true",
                "a condition that some patient fulfils",
                "never-true",
            )


def anchors_can_come(draft: Draft) -> Iterator[Finding]:
    """What a deadline is counted from can come while the task is open."""
    along = ways(draft)
    for step in draft.steps():
        phases = phases_of_start(draft, step)
        if step.due_from and phases and not any(_comes(draft, step, phase, along) for phase in phases):
            found = f"from {shown(step.due_from)}, which comes only after the task is cancelled"
            yield draft.error(
                draft.at("steps", step.id, "from"),
                found,
                f"when_leaving: keep, or an anchor in {' or '.join(phases)}",
                "anchor-never",
            )


def phases_of_start(draft: Draft, step: Step) -> tuple[str, ...]:
    """Return the phases in which a task of *step* can begin."""
    if step.when_completed or (step.when_event and not step.in_phases):
        return draft.pathway.open_phases
    return tuple(dict.fromkeys((*step.when_entering, *step.in_phases)))


def _comes(draft: Draft, step: Step, phase: str, along: Ways) -> bool:
    anchor = step.due_from or ""
    survives = Leaving.KEEP in (step.when_leaving, *step.when_leaving_by.values()) or \
        step.when_leaving is Leaving.PAUSE  # fmt: skip
    if anchor in along:
        before = phase in reached_from({anchor}, along)
        if before or (survives and anchor in reached_from({phase}, along)):
            return True
    moves = [move for move in draft.pathway.moves if move.event == anchor]
    if anchor in along and not moves:
        return False
    return survives or anchor in step.when_event or not moves or any(
        move.target == phase or (phase in draft.sources(move) and _policy(step, anchor) is not Leaving.CANCEL)
        for move in moves
    )  # fmt: skip


def _policy(step: Step, event: str) -> Leaving:
    return step.when_leaving_by.get(event, step.when_leaving)


def leaving_can_happen(draft: Draft) -> Iterator[Finding]:
    """`when_leaving` by event names events that leave a phase in which the task can be open."""
    for step in draft.steps():
        phases = set(phases_of_start(draft, step))
        leaving = {
            move.event for move in draft.pathway.moves
            if any(source in phases and source != move.target for source in draft.sources(move))
        }  # fmt: skip
        for event in step.when_leaving_by:
            if event not in leaving:
                found = f"when_leaving by {shown(event)}, which does not leave {' or '.join(sorted(phases))}"
                yield draft.error(
                    draft.at("steps", step.id, "when_leaving", event),
                    found,
                    "one of " + ", ".join(sorted(leaving)),
                    "leaving-never",
                )
