"""Phases: each is reached, each leads to an end, and in none a patient is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pathway_engine.domain.conditions import never_true
from pathway_engine.domain.definition import ANY, Move
from pathway_engine.language.draft import Draft
from pathway_engine.language.findings import Finding, shown

Ways = Mapping[str, frozenset[str]]
"""From each phase, the phases that one move leads to."""


def moves_that_can_be_taken(draft: Draft) -> Iterator[Move]:
    """Yield the moves whose condition some patient can fulfil."""
    for move in draft.pathway.moves:
        if not never_true(move.condition, draft.pathway.facts):
            yield move


def ways(draft: Draft) -> Ways:
    """Return where one move leads from each phase."""
    found: dict[str, set[str]] = {phase: set() for phase in draft.pathway.phases}
    for move in moves_that_can_be_taken(draft):
        for source in draft.sources(move):
            found[source].add(move.target)
    return {phase: frozenset(targets) for phase, targets in found.items()}


def reached_from(starts: Iterable[str], along: Ways) -> frozenset[str]:
    """Return the phases that can be come to from *starts*, themselves included."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        phase = waiting.pop()
        if phase not in seen:
            seen.add(phase)
            waiting.extend(along[phase])
    return frozenset(seen)


def reachable(draft: Draft) -> frozenset[str]:
    """Return the phases that some patient can come to."""
    begins = {each.begins_in for each in draft.pathway.enrol if each.begins_in}
    return reached_from({draft.pathway.first_phase, *begins}, ways(draft))


def phases_are_reached(draft: Draft) -> Iterator[Finding]:
    """Every phase is begun in or moved to."""
    reached = reachable(draft)
    for phase in draft.pathway.phases:
        if phase not in reached:
            yield draft.error(
                draft.at("phases", phase),
                f"the phase {shown(phase)}, which no move leads to",
                f"a move with to: {phase} from a phase that is reached",
                "unreachable-phase",
            )


def phases_lead_to_an_end(draft: Draft) -> Iterator[Finding]:
    """From every phase an end can be reached."""
    along = ways(draft)
    for phase in draft.pathway.open_phases:
        ahead = reached_from({phase}, along)
        if ahead == {phase}:
            yield draft.error(
                draft.at("phases", phase),
                f"the phase {shown(phase)}, which no event leaves",
                f"a move with from: {phase}",
                "no-way-out",
            )
        elif not ahead & set(draft.pathway.end):
            yield draft.error(
                draft.at("phases", phase),
                f"the phase {shown(phase)}, from which no end can be reached",
                "moves that lead on to " + " or ".join(draft.pathway.end),
                "no-end",
            )


def nobody_waits_unseen(draft: Draft) -> Iterator[Finding]:
    """In every open phase an event of its own, a timer or an open task leads on."""
    along = ways(draft)
    for phase in reachable(draft) & set(draft.pathway.open_phases):
        left = reached_from({phase}, along) != {phase}
        if left and not (_has_its_own_way_out(draft, phase) or _has_a_task(draft, phase)):
            yield draft.error(
                draft.at("phases", phase),
                f"the phase {shown(phase)}, where a patient can wait without anybody seeing it",
                "a step with when_entering or every there, or an event that leads on",
                "silent-phase",
            )


def _has_its_own_way_out(draft: Draft, phase: str) -> bool:
    own = (move for move in moves_that_can_be_taken(draft) if ANY not in move.sources)
    return any(phase in move.sources and move.target != phase for move in own)


def _has_a_task(draft: Draft, phase: str) -> bool:
    return any(
        phase in step.when_entering or (step.every is not None and phase in step.in_phases) for step in draft.steps()
    )
