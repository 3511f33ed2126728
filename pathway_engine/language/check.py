"""What is proved of a pathway before a patient meets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pathway_engine.language import check_deadlines, check_flow, check_messages, check_names, check_phases, check_steps
from pathway_engine.language.draft import Check, Draft
from pathway_engine.language.findings import Finding

NAMES: Sequence[Check] = (
    check_names.phases_exist,
    check_names.events_are_spelled_alike,
    check_names.steps_exist,
    check_names.roles_exist,
    check_names.checklists_exist,
    check_names.facts_fit,
    check_names.anchors_exist,
    check_names.reserved_words_are_free,
    check_steps.starts_are_whole,
    check_deadlines.deadlines_are_whole,
    check_deadlines.windows_fit,
    check_deadlines.escalations_rise,
    check_deadlines.recurrences_are_bounded,
    check_steps.validity_is_in_order,
    check_messages.slots_are_filled,
    check_messages.announcements_are_whole,
)
"""Checks that need no other to have passed: told together with what could not be read."""

MEANING: Sequence[Check] = (
    check_phases.phases_are_reached,
    check_phases.phases_lead_to_an_end,
    check_phases.nobody_waits_unseen,
    check_flow.moves_do_not_compete,
    check_flow.enrolments_do_not_compete,
    check_flow.conditions_can_hold,
    check_steps.steps_can_start,
    check_steps.completions_do_not_circle,
    check_flow.anchors_can_come,
    check_flow.leaving_can_happen,
    check_names.unused_is_told,
    check_steps.unverified_is_told,
    check_messages.unverified_messages_are_told,
)
"""Checks over a pathway whose names are known to be right."""


def check_names_and_shapes(draft: Draft) -> Iterator[Finding]:
    """Yield what is wrong with names, steps and deadlines one by one."""
    for check in NAMES:
        yield from check(draft)


def check_meaning(draft: Draft) -> Iterator[Finding]:
    """Yield what is wrong with the pathway as a whole, and what is worth knowing of it."""
    for check in MEANING:
        yield from check(draft)
