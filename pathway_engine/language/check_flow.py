"""Moves do not compete, conditions can hold, anchors can come while somebody waits for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from pathway_engine.domain.conditions import Condition, never_true, overlap
from pathway_engine.domain.definition import Enrolment, Leaving, Move, Step
from pathway_engine.language.check_phases import Ways, reached_from, ways
from pathway_engine.language.draft import Draft
from pathway_engine.language.findings import Finding, shown

Line = TypeVar("Line", Move, Enrolment)
MOST_PAIRS = 2000
"""How many pairs of lines on one event are compared; each may take a while."""


def moves_do_not_compete(draft: Draft) -> Iterator[Finding]:
    """No two moves on the same event, out of the same phase, can both be taken."""

    def shared(first: Move, second: Move) -> list[str]:
        return [phase for phase in draft.sources(first) if phase in draft.sources(second)]

    moves = draft.pathway.moves
    yield from _too_many(draft, "moves", moves)
    for first, index, second in _competing(moves, lambda a, b: bool(shared(a, b)) and _both(draft, a, b)):
        found = f"{shown(second.event)} moving from {shared(first, second)[0]} here and on line {first.line}"
        yield draft.error(
            draft.at("moves", index, "event"),
            found,
            "conditions of which only one can be true at a time",
            "moves-compete",
        )


def _competing(lines: Sequence[Line], compete: Callable[[Line, Line], bool]) -> Iterator[tuple[Line, int, Line]]:
    """Yield each line that competes with an earlier one on its event, behind the first such."""
    if _pairs(lines) > MOST_PAIRS:
        return
    for index, second in enumerate(lines):
        for first in lines[:index]:
            if first.event == second.event and compete(first, second):
                yield first, index, second
                break


def _pairs(lines: Sequence[Line]) -> int:
    alike = Counter(line.event for line in lines)
    return sum(count * (count - 1) // 2 for count in alike.values())


def _too_many(draft: Draft, section: str, lines: Sequence[Line]) -> Iterator[Finding]:
    """So many lines on one event are not compared; nobody could read them either."""
    if _pairs(lines) > MOST_PAIRS:
        found = f"{len(lines)} lines of {section} on few events"
        yield draft.error(draft.at(section), found, "fewer lines, with conditions that say more", "too-many")


def _both(draft: Draft, first: Move, second: Move) -> bool:
    facts = draft.pathway.facts
    alone = never_true(first.condition, facts) or never_true(second.condition, facts)
    return not alone and overlap(first.condition, second.condition, facts)


def enrolments_do_not_compete(draft: Draft) -> Iterator[Finding]:
    """No two lines of `enrol` open an episode on the same event for the same patient; there is one."""
    enrol = draft.pathway.enrol
    if not enrol:
        yield draft.error(draft.at("enrol"), "enrol without events", "what opens an episode", "no-enrolment")
    yield from _too_many(draft, "enrol", enrol)
    for first, index, second in _competing(enrol, lambda a, b: overlap(a.condition, b.condition, draft.pathway.facts)):
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
