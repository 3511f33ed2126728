"""A pathway version as a PlanDefinition: its steps as actions, its phases, moves and enrolment as extensions."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.fhir.canonicals import PLAN, activity_canonical, logical_id, plan_canonical
from adapters.fhir.knowledge import CONDITION_LANGUAGE, Edition, elapsed, grounds, head, original, performers, step_code
from adapters.fhir.outcome import Json
from adapters.fhir.systems import profile
from adapters.fhir.wording import both, concept, nested, simple, without_empty
from pathway_engine.domain.conditions import Condition
from pathway_engine.domain.definition import Announcement, Enrolment, Move, Pathway, Severity, Step

WORKFLOW: Json = {"system": "http://terminology.hl7.org/CodeSystem/plan-definition-type", "code": "workflow-definition"}
PHASE_EVENT = "phase:"
"""What the named event of entering a phase begins with, as in the conditions of the log."""


def plan_definition(edition: Edition) -> Json:
    """Return the PlanDefinition of a pathway version."""
    pathway = edition.pathway
    id = logical_id(pathway.id, *edition.suffix)
    told = head(PLAN, id, plan_canonical(pathway.id), pathway.id, edition, pathway.title)
    extensions = [*_phases(pathway), *map(_move, pathway.moves), *map(_enrolment, pathway.enrol)]
    actions = [_action(edition, step) for step in pathway.steps.values()]
    actions += [_announcement(edition, rule) for rule in pathway.messages.values()]
    documents = [{"type": "documentation", "citation": pathway.source}] if pathway.source else []
    return without_empty(
        {**told, "type": concept(WORKFLOW), "relatedArtifact": documents, "extension": extensions, "action": actions}
    )


# -- the machine


def _phases(pathway: Pathway) -> Iterator[Json]:
    for code, name in pathway.phases.items():
        parts = [simple("code", "Code", code), simple("name", "String", name.nb)]
        ends = [simple("end", "Boolean", True)] if code in pathway.end else []
        yield nested(profile("pathway-phase"), [*parts, *ends])


def _move(move: Move) -> Json:
    parts = [
        simple("event", "Code", move.event), *(simple("from", "Code", phase) for phase in move.sources),
        simple("to", "Code", move.target), *_judged(move.condition),
    ]  # fmt: skip
    fresh = [simple("new-stay", "Boolean", True)] if move.new_stay else []
    return nested(profile("pathway-move"), [*parts, *fresh])


def _enrolment(enrolment: Enrolment) -> Json:
    begins = [simple("begins-in", "Code", enrolment.begins_in)] if enrolment.begins_in else []
    parts = [simple("event", "Code", enrolment.event), *_judged(enrolment.condition), *begins]
    return nested(profile("pathway-enrolment"), parts)


def _judged(condition: Condition | None) -> list[Json]:
    return [simple("condition", "Expression", _expression(condition))] if condition else []


def _expression(condition: Condition) -> Json:
    return {"language": CONDITION_LANGUAGE, "expression": condition.source}


# -- steps


def _action(edition: Edition, step: Step) -> Json:
    pathway = edition.pathway
    version = pathway.version
    return without_empty({
        "id": logical_id(step.id), "extension": [step_rule(step)], **both("title", step.title),
        "textEquivalent": edition.said.get(step.id), "priority": "urgent" if step.hard else "routine",
        "code": [step_code(step)], "documentation": grounds(step), "trigger": list(_triggers(step)),
        "condition": _conditions(step.condition),
        "relatedAction": [{"actionId": logical_id(each), "relationship": "after-end"} for each in step.when_completed],
        "timingDuration": elapsed(step.due), "participant": performers(step.owner, edition),
        "definitionCanonical": activity_canonical(pathway.id, step.id, version=version),
    })  # fmt: skip


def _triggers(step: Step) -> Iterator[Json]:
    for phase in step.when_entering:
        yield {"type": "named-event", "name": f"{PHASE_EVENT}{phase}"}
    for event in step.when_event:
        yield {"type": "named-event", "name": event}
    period = elapsed(step.every)
    if period is not None:
        repeat = {"frequency": 1, "period": period["value"], "periodUnit": period["code"]}
        yield {"type": "periodic", "timingTiming": {"repeat": repeat}}


def _conditions(condition: Condition | None) -> list[Json]:
    return [{"kind": "applicability", "expression": _expression(condition)}] if condition else []


def step_rule(step: Step) -> Json:
    """Return, as one extension, what a step says and FHIR has no element for, in the words of pathway files."""
    return nested(profile("step-rule"), [*_deadline(step), *_course(step), *_weight(step)])


def _deadline(step: Step) -> Iterator[Json]:
    for name, duration in (("due", step.due), ("not-before", step.not_before), ("every", step.every)):
        if duration is not None:
            yield simple(name, "String", original(duration))
    for name, anchor in (("due-from", step.due_from), ("no-later-than", step.no_later_than)):
        if anchor:
            yield simple(name, "Code", anchor)
    for each in step.escalate:
        parts = [simple("after", "String", original(each.after)), simple("to", "Code", each.to)]
        yield nested("escalate", parts)


def _course(step: Step) -> Iterator[Json]:
    told = (("in-phase", step.in_phases), ("completed-by", step.completed_by), ("cancelled-by", step.cancelled_by))
    for name, codes in told:
        yield from (simple(name, "Code", code) for code in codes)
    yield simple("if-unknown", "Code", step.if_unknown)
    yield simple("while-open", "Code", step.while_open.value)
    yield simple("when-leaving", "Code", step.when_leaving.value)
    for event, leaving in step.when_leaving_by.items():
        parts = [simple("event", "Code", event), simple("then", "Code", leaving.value)]
        yield nested("when-leaving-by", parts)
    if step.sends:
        yield simple("sends", "String", step.sends.message)


def _weight(step: Step) -> Iterator[Json]:
    yield simple("severity", "Code", step.severity.value)
    yield simple("hard", "Boolean", step.hard)
    yield simple("verified", "Boolean", step.verified)


# -- messages that go out by themselves


def _announcement(edition: Edition, rule: Announcement) -> Json:
    triggers = [{"type": "named-event", "name": event} for event in rule.when_event]
    return without_empty({
        "id": logical_id(rule.id), "title": rule.sends.message, "priority": _urgency(rule.severity),
        "code": [concept(text=rule.id)], "trigger": triggers, "condition": _conditions(rule.sends.condition),
        "documentation": [{"type": "justification", "citation": rule.basis}] if rule.basis else [],
        "participant": performers(rule.owner, edition),
        "type": concept({"system": "http://terminology.hl7.org/CodeSystem/action-type", "code": "fire-event"}),
    })  # fmt: skip


def _urgency(severity: Severity) -> str:
    return "urgent" if severity is Severity.LAW else "routine"
