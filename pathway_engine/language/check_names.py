"""Names exist: phases, events, steps, roles, checklists and facts, with the nearest one suggested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pathway_engine.domain.definition import ANY, ChecklistItem
from pathway_engine.domain.facts import FactType
from pathway_engine.language.draft import Draft
from pathway_engine.language.findings import Finding, shown
from pathway_engine.language.steps import OTHERWISE
from pathway_engine.language.vocabulary import (
    EVENTS,
    RESERVED_FACTS,
    ROLES,
    VERY_NEAR,
    nearest,
    one_of,
)

Path = tuple[str | int, ...]
Named = tuple[str, Path]
"""A name and the path to it in the file."""

FITTING = {"yes_no": ("boolean",), "number": ("number", "integer"), "date": ("date",), "text": ("text",)}


def _each(names: Iterable[str], *path: str | int) -> Iterator[Named]:
    for index, name in enumerate(names):
        yield name, (*path, index)


def _unknown(draft: Draft, named: Iterable[Named], known: Iterable[str], what: str) -> Iterator[Finding]:
    words = list(known)
    for name, path in named:
        if name and name not in words:
            found = f"the unknown {what} {shown(name)}"
            yield draft.error(draft.at(*path), found, one_of(words, name), f"unknown-{what}")


def phases_exist(draft: Draft) -> Iterator[Finding]:
    """Every phase that is named is declared, and an end is left by nothing."""
    phases = draft.pathway.phases
    yield from _unknown(draft, _phase_names(draft), phases, "phase")
    if draft.pathway.open_phases[:1] != tuple(phases)[:1]:
        yield draft.error(
            draft.at("phases"),
            "an end as the first phase",
            "a phase in which an episode begins",
            "first-phase",
        )
    for name, path in _open_phase_names(draft):
        if name in draft.pathway.end:
            yield draft.error(
                draft.at(*path),
                f"the end {shown(name)} where patients still move",
                one_of(draft.pathway.open_phases),
                "end-phase",
            )


def _phase_names(draft: Draft) -> Iterator[Named]:
    yield from _each(draft.pathway.end, "end")
    for index, move in enumerate(draft.pathway.moves):
        yield move.target, ("moves", index, "to")
    for step in draft.steps():
        yield from _each(step.when_entering, "steps", step.id, "when_entering")
    yield from _open_phase_names(draft)


def _open_phase_names(draft: Draft) -> Iterator[Named]:
    for index, enrolment in enumerate(draft.pathway.enrol):
        yield enrolment.begins_in or "", ("enrol", index, "begins_in")
    for index, move in enumerate(draft.pathway.moves):
        for name, path in _each(move.sources, "moves", index, "from"):
            yield ("" if name == ANY else name), path
    for step in draft.steps():
        yield from _each(step.in_phases, "steps", step.id, "in")
    for rule in draft.pathway.messages.values():
        yield from _each(rule.in_phases, "messages", rule.id, "in")


def event_names(draft: Draft) -> Iterator[Named]:
    """Yield every event with its place, except anchors."""
    for index, enrolment in enumerate(draft.pathway.enrol):
        yield enrolment.event, ("enrol", index, "event")
    for index, move in enumerate(draft.pathway.moves):
        yield move.event, ("moves", index, "event")
    for step in draft.steps():
        for key, names in (
            ("when_event", step.when_event),
            ("completed_by", step.completed_by),
            ("cancelled_by", step.cancelled_by),
        ):
            yield from _each(names, "steps", step.id, key)
        for name in step.when_leaving_by:
            yield name, ("steps", step.id, "when_leaving", name)
    for rule in draft.pathway.messages.values():
        yield from _each(rule.when_event, "messages", rule.id, "when_event")
    for fact, declared in draft.pathway.facts.items():
        yield from _each(declared.forget_on, "facts", fact, "forget_on")


def events_are_spelled_alike(draft: Draft) -> Iterator[Finding]:
    """An event named once, and almost like a well known one, is a slip of the pen."""
    named = list(event_names(draft))
    count = Counter(name for name, _ in named)
    moving = {move.event for move in draft.pathway.moves} | {each.event for each in draft.pathway.enrol}
    for name, path in named:
        if name and count[name] == 1 and name not in EVENTS:
            near = nearest(name, {known for known in EVENTS | moving if known in EVENTS or count[known] > 1}, VERY_NEAR)
            if near:
                found = f"the event {shown(name)}, named nowhere else"
                yield draft.error(draft.at(*path), found, f"'{near}'", "unknown-event")


def anchors_exist(draft: Draft) -> Iterator[Finding]:
    """`from` names a phase or an event that the pathway or its adapters know."""
    known = set(draft.pathway.phases) | EVENTS | {name for name, _ in event_names(draft)}
    for step in draft.steps():
        if step.due_from and step.due_from not in known:
            found = f"from {shown(step.due_from)}, which is no event and no phase here"
            yield draft.error(
                draft.at("steps", step.id, "from"),
                found,
                one_of(sorted(known), step.due_from),
                "unknown-anchor",
            )


def steps_exist(draft: Draft) -> Iterator[Finding]:
    """`when_completed` names steps."""
    for step in draft.steps():
        yield from _unknown(
            draft, _each(step.when_completed, "steps", step.id, "when_completed"), draft.pathway.steps, "step"
        )


def roles_exist(draft: Draft) -> Iterator[Finding]:
    """A role that is almost a known one is a mistake; one that is like none is told."""
    for name, path in _roles(draft):
        if not name or name in ROLES:
            continue
        near = nearest(name, ROLES, 0.85)
        if near:
            yield draft.error(draft.at(*path), f"the unknown role {shown(name)}", f"'{near}'", "unknown-role")
        else:
            yield draft.warning(
                draft.at(*path),
                f"the role {shown(name)}, which is not among the shipped ones",
                "a unit of that role in the directory",
                "own-role",
            )


def _roles(draft: Draft) -> Iterator[Named]:
    for index, move in enumerate(draft.pathway.moves):
        yield move.clarify, ("moves", index, "clarify")
    for step in draft.steps():
        yield step.owner, ("steps", step.id, "owner")
        for index, escalation in enumerate(step.escalate):
            yield escalation.to, ("steps", step.id, "escalate", index, "to")
    for rule in draft.pathway.messages.values():
        yield rule.owner, ("messages", rule.id, "owner")


def checklists_exist(draft: Draft) -> Iterator[Finding]:
    """`checklist` names a file of the folder."""
    named = [(step.checklist or "", ("steps", step.id, "checklist")) for step in draft.steps()]
    yield from _unknown(draft, named, draft.pathway.checklists, "checklist")


def facts_fit(draft: Draft) -> Iterator[Finding]:
    """Facts that checklists fill and deadlines use are declared, with a type that fits."""
    dates = [name for name, fact in draft.pathway.facts.items() if fact.kind == "date"]
    named = ((step.no_later_than or "", ("steps", step.id, "no_later_than")) for step in draft.steps())
    for name, path in named:
        if name and name not in dates:
            what = "which is not a date" if name in draft.pathway.facts else "which is not declared"
            found = f"no_later_than {shown(name)}, {what}"
            yield draft.error(draft.at(*path), found, one_of(dates, name), "date-fact")
    for checklist, file in draft.checklist_files.items():
        for index, item in enumerate(draft.pathway.checklists[checklist].items):
            yield from _item_fits(draft, item, index, file)


def _item_fits(draft: Draft, item: ChecklistItem, index: int, file: str) -> Iterator[Finding]:
    if not item.fact or not item.type:
        return
    place = draft.at("items", index, "fact", file=file)
    fact = draft.pathway.facts.get(item.fact)
    if fact is None and (draft.has("facts", item.fact) or not draft.pathway.steps):
        return  # the pathway's own mistake, told there
    if fact is None:
        found = f"the unknown fact {shown(item.fact)}"
        yield draft.error(place, found, one_of(draft.pathway.facts, item.fact), "unknown-fact", file)
    elif misfit := _misfit(item, fact):
        yield draft.error(place, *misfit, "fact-type", file)


def _misfit(item: ChecklistItem, fact: FactType) -> tuple[str, str] | None:
    if item.type != "choice":
        if fact.kind in FITTING[item.type]:
            return None
        return (
            f"{item.type} filling {item.fact}, which is {fact.kind}",
            f"a fact that is {FITTING[item.type][0]}",
        )
    outside = [choice for choice in item.choices if choice not in fact.choices]
    if fact.kind == "text" or (fact.kind == "choice" and not outside):
        return None
    if fact.kind != "choice":
        return f"a choice filling {item.fact}, which is {fact.kind}", "a fact that is `one of …`"
    return f"the choice {shown(outside[0])}, which {item.fact} cannot be", one_of(fact.choices, outside[0])


def reserved_words_are_free(draft: Draft) -> Iterator[Finding]:
    """`any` is no phase and `otherwise` no event."""
    if ANY in draft.pathway.phases:
        yield draft.error(
            draft.at("phases", ANY),
            "a phase named 'any'",
            "another name: any is every phase",
            "reserved-word",
        )
    for name, path in event_names(draft):
        if name == OTHERWISE:
            yield draft.error(draft.at(*path), "an event named 'otherwise'", "another name", "reserved-word")


def unused_is_told(draft: Draft) -> Iterator[Finding]:
    """A checklist or fact that nothing uses is told: it may be misspelled elsewhere."""
    used = {step.checklist for step in draft.steps()}
    for checklist, file in draft.checklist_files.items():
        if checklist not in used:
            yield draft.warning(
                draft.at(file=file),
                f"the checklist {shown(checklist)}, which no step uses",
                f"a step with checklist: {checklist}, or no file",
                "unused-checklist",
                file,
            )
    facts = _facts_used(draft)
    for name in draft.pathway.facts:
        if name not in facts and name not in RESERVED_FACTS:
            yield draft.warning(
                draft.at("facts", name),
                f"the fact {shown(name)}, which nothing uses",
                "a condition, deadline or checklist item that uses it",
                "unused-fact",
            )


def _facts_used(draft: Draft) -> set[str]:
    pathway = draft.pathway
    conditions = [each.condition for each in pathway.enrol]
    conditions += [each.condition for each in pathway.moves]
    conditions += [each.condition for each in pathway.steps.values()]
    sends = [rule.sends for rule in pathway.messages.values()]
    sends += [step.sends for step in pathway.steps.values() if step.sends]
    conditions += [each.condition for each in sends]
    used = {name for condition in conditions if condition for name in condition.names}
    used |= {source.name for each in sends for source in (each.content or {}).values()}
    used |= {item.fact for checklist in pathway.checklists.values() for item in checklist.items if item.fact}
    return used | {step.no_later_than for step in draft.steps() if step.no_later_than}
