"""Deadlines: whole, in order, and shorter than what comes again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pathway_engine.domain.deadlines import format_duration
from pathway_engine.domain.definition import Duration, Step, Unit, WhileOpen
from pathway_engine.language.draft import Draft
from pathway_engine.language.findings import Finding

HOURS = {Unit.HOURS: 1, Unit.WORKING_HOURS: 1, Unit.DAYS: 24, Unit.WORKING_DAYS: 24, Unit.WEEKS: 168}
"""The fewest hours that one of each can be."""
ELASTIC = (Unit.WORKING_HOURS, Unit.WORKING_DAYS)
NEEDS_DUE = ("from", "no_later_than", "escalate")


def written(duration: Duration) -> str:
    """Return *duration* in words."""
    return format_duration(duration).en


def surely_longer(first: Duration, second: Duration) -> bool:
    """Say whether *first* is longer than *second* in every week of the year."""
    if first.unit is second.unit:
        return first.amount > second.amount
    return second.unit not in ELASTIC and _fewest_hours(first) > _fewest_hours(second)


def _fewest_hours(duration: Duration) -> int:
    return duration.amount * HOURS[duration.unit]


def deadlines_are_whole(draft: Draft) -> Iterator[Finding]:
    """What bends a deadline stands beside one."""
    for step in draft.steps():
        for key in NEEDS_DUE:
            if draft.has("steps", step.id, key) and not draft.has("steps", step.id, "due"):
                yield draft.error(draft.at("steps", step.id, key), f"{key} without due", "due: a duration", "no-due")


def windows_fit(draft: Draft) -> Iterator[Finding]:
    """The window opens before the deadline."""
    for step in draft.steps():
        if step.due and step.not_before and surely_longer(step.not_before, step.due):
            found = f"not_before {written(step.not_before)}, later than due {written(step.due)}"
            yield draft.error(draft.at("steps", step.id, "not_before"), found, f"at most {written(step.due)}", "window")


def escalations_rise(draft: Draft) -> Iterator[Finding]:
    """Each escalation comes later than the one before it."""
    for step in draft.steps():
        for index, (earlier, later) in enumerate(itertools.pairwise(step.escalate), start=1):
            if not surely_longer(later.after, earlier.after):
                found = f"after {written(later.after)}, not later than {written(earlier.after)} before it"
                yield draft.error(
                    draft.at("steps", step.id, "escalate", index, "after"),
                    found,
                    f"more than {written(earlier.after)}",
                    "escalation-order",
                )


def recurrences_are_bounded(draft: Draft) -> Iterator[Finding]:
    """What comes again takes at least an hour to, and is due before it does."""
    for step in draft.steps():
        if step.every is None:
            continue
        place = draft.at("steps", step.id, "every")
        if _fewest_hours(step.every) < 1:
            yield draft.error(place, f"every {written(step.every)}", "1 hour or more", "period")
        elif _piles_up(step):
            due = written(step.due) if step.due else ""
            yield draft.error(
                draft.at("steps", step.id, "due"),
                f"due {due}, longer than every {written(step.every)}",
                f"at most {written(step.every)}, or while_open: keep",
                "piles-up",
            )


def _piles_up(step: Step) -> bool:
    return bool(step.every and step.due and step.while_open is WhileOpen.ADD and surely_longer(step.due, step.every))
