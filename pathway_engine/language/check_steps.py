"""Steps: each can start, none starts itself for ever, and what nobody has verified is told."""

from __future__ import annotations

from collections.abc import Iterator

from pathway_engine.domain.conditions import never_true
from pathway_engine.domain.definition import Leaving, Step
from pathway_engine.language.check_phases import reachable
from pathway_engine.language.draft import Draft
from pathway_engine.language.findings import Finding, shown
from pathway_engine.language.schema import STEP

STARTS = frozenset({"when_entering", "when_event", "when_completed", "every"})


def starts_are_whole(draft: Draft) -> Iterator[Finding]:
    """A step says how it starts; `every` says where; `in` belongs to an event or a period."""
    for step in draft.steps():
        keys = draft.keys("steps", step.id)
        if keys and keys <= set(STEP) and not keys & STARTS:
            yield draft.error(
                draft.at("steps", step.id),
                f"the step {shown(step.id)} without a start",
                "when_entering, when_event, when_completed or every",
                "no-start",
            )
        yield from _places_of_start(draft, step, keys)
        yield from _contradictions(draft, step)


def _places_of_start(draft: Draft, step: Step, keys: frozenset[str]) -> Iterator[Finding]:
    if "every" in keys and "in" not in keys:
        yield draft.error(
            draft.at("steps", step.id, "every"),
            "every without in",
            "in: the phases in which it comes again",
            "every-without-in",
        )
    if "in" in keys and keys & STARTS and not keys & {"every", "when_event"}:
        yield draft.error(
            draft.at("steps", step.id, "in"),
            "in beside neither when_event nor every",
            "in only beside when_event or every",
            "in-without-event",
        )


def _contradictions(draft: Draft, step: Step) -> Iterator[Finding]:
    for event in step.cancelled_by:
        if event in step.completed_by:
            yield draft.error(
                draft.at("steps", step.id, "cancelled_by"),
                f"{shown(event)} both completing and cancelling",
                "one of the two",
                "ends-twice",
            )
    if draft.has("steps", step.id, "if_unknown") and not draft.has("steps", step.id, "if"):
        yield draft.error(
            draft.at("steps", step.id, "if_unknown"),
            "if_unknown without if",
            "if: a condition, or neither",
            "if-unknown",
        )


def steps_can_start(draft: Draft) -> Iterator[Finding]:
    """Every step can get a task for some patient."""
    startable = _startable(draft)
    for step in draft.steps():
        if step.id in startable:
            continue
        if step.condition and never_true(step.condition, draft.pathway.facts):
            yield draft.error(
                draft.at("steps", step.id, "if"),
                f"the condition {shown(step.condition.source)}, which is never true",
                "a condition that some patient fulfils",
                "never-starts",
            )
        elif step.when_completed:
            yield draft.error(
                draft.at("steps", step.id, "when_completed"),
                f"the step {shown(step.id)}, which waits for steps that never start",
                "a step that starts in another way",
                "never-starts",
            )
        else:
            yield draft.error(
                draft.at("steps", step.id),
                f"the step {shown(step.id)}, which never starts",
                "a phase that is reached; in an end only with when_leaving: keep",
                "never-starts",
            )


def _startable(draft: Draft) -> set[str]:
    """Return the steps that some patient can get, those that follow on others included."""
    phases = reachable(draft)
    open_phases = phases - set(draft.pathway.end)
    found: set[str] = set()
    while True:
        more = {step.id for step in draft.steps() if _starts(draft, step, phases, open_phases, found)}
        if more == found:
            return found
        found = more


def _starts(draft: Draft, step: Step, phases: frozenset[str], open_phases: frozenset[str], started: set[str]) -> bool:
    if step.condition and never_true(step.condition, draft.pathway.facts):
        return False
    enterable = phases if step.when_leaving is Leaving.KEEP else open_phases
    counts = set(step.in_phases or draft.pathway.open_phases) & open_phases
    return bool(
        set(step.when_entering) & enterable
        or set(step.when_completed) & started
        or ((step.when_event or step.every) and counts)
    )


def completions_do_not_circle(draft: Draft) -> Iterator[Finding]:
    """Steps that start each other in a ring each have a deadline; one that restarts itself may."""
    for step in draft.steps():
        ring = _ring(draft, step)
        if ring and step.due is None:
            found = f"the step {shown(step.id)} without due in the ring {' → '.join(ring)}"
            yield draft.error(
                draft.at("steps", step.id, "when_completed"),
                found,
                "a due for every step of the ring, or no ring",
                "circle",
            )


def _ring(draft: Draft, step: Step) -> tuple[str, ...]:
    """Return the way from *step* back to itself over at least one other step, or nothing."""
    ways: list[tuple[str, ...]] = [(step.id,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for before in draft.pathway.steps[way[-1]].when_completed:
            if before == step.id and len(way) > 1:
                return (*way, before)[::-1]
            if before not in seen and before != step.id:
                seen.add(before)
                ways.append((*way, before))
    return ()


def validity_is_in_order(draft: Draft) -> Iterator[Finding]:
    """A rule begins to hold before it ceases to."""
    for step in draft.steps():
        if step.valid_from and step.valid_to and step.valid_from > step.valid_to:
            yield draft.error(
                draft.at("steps", step.id, "valid_to"),
                f"valid_to {step.valid_to} before valid_from {step.valid_from}",
                f"{step.valid_from} or later",
                "validity",
            )


def unverified_is_told(draft: Draft) -> Iterator[Finding]:
    """What nobody has held against its source is listed."""
    for step in draft.steps():
        if not step.verified:
            yield draft.warning(
                draft.at("steps", step.id),
                f"the step {shown(step.id)}, not verified",
                "verified: true when somebody has held it against its source",
                "unverified",
            )
    for name, file in draft.checklist_files.items():
        if not draft.pathway.checklists[name].verified:
            yield draft.warning(
                draft.at(file=file),
                f"the checklist {shown(name)}, not verified",
                "verified: true when somebody has held it against its source",
                "unverified",
                file,
            )
