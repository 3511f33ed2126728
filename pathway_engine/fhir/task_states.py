"""What may come next for a task, in FHIR's codes, and what a client writes for it."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.fhir.outcome import FhirRefusal, Issue
from adapters.fhir.systems import code_system
from pathway_engine.domain.events import Act
from pathway_engine.domain.tasks import DEFER_REASONS, NOT_APPLICABLE_REASONS, Task, TaskStatus, allowed_acts

REASONS = code_system("reason")
STATUS_AFTER: Mapping[Act, TaskStatus] = {
    Act.CLAIM: TaskStatus.ACCEPTED, Act.ANSWER: TaskStatus.IN_PROGRESS, Act.COMPLETE: TaskStatus.COMPLETED,
    Act.NOT_APPLICABLE: TaskStatus.REJECTED, Act.GIVE_BACK: TaskStatus.REQUESTED,
}  # fmt: skip
"""The status that a client writes to have something done."""
HOW: Mapping[Act, str] = {
    Act.CLAIM: 'take it: status "accepted"',
    Act.ANSWER: 'begin it or save answers: status "in-progress", answers in a QuestionnaireResponse',
    Act.COMPLETE: 'end it: status "completed"',
    Act.NOT_APPLICABLE: f'set it aside: status "rejected" with statusReason of {REASONS}: '
    f"{', '.join(NOT_APPLICABLE_REASONS)}",
    Act.GIVE_BACK: 'give it back: status "requested"',
    Act.ASSIGN: "give it to a colleague: owner Practitioner/[id]",
    Act.DEFER: "defer it: a later restriction.period.start, not after its end, with statusReason of "
    f"{REASONS}: {', '.join(DEFER_REASONS)}",
    Act.COMMENT: "comment on it: one more note",
}  # fmt: skip
"""What a client writes for each act."""


def next_states(status: TaskStatus) -> tuple[str, ...]:
    """The codes that the status may be changed to, in a fixed order."""
    acts = [Act(each) for each in allowed_acts(status)]
    codes = [STATUS_AFTER[act].value for act in acts if act in STATUS_AFTER]
    return tuple(dict.fromkeys(code for code in codes if code != status.value))


def illegal(task: Task, wanted: object) -> FhirRefusal:
    """The refusal of a status that cannot come next: which can, and what a client writes for what is allowed."""
    states = ", ".join(next_states(task.status)) or "no other"
    told = f"A task that is {task.status} cannot become {_shown(wanted)}. Next may be: {states}."
    ways = [HOW[Act(each)] for each in allowed_acts(task.status) if Act(each) in HOW]
    return FhirRefusal(
        422, Issue("business-rule", told, "Task.status"),
        Issue("informational", f"Would be right: {'; '.join(ways)}.", "Task.status", severity="information"),
    )  # fmt: skip


def _shown(wanted: object) -> str:
    """A status as it came, when it is a code of FHIR's; else no more than that it is not."""
    known = {*(each.value for each in TaskStatus), "draft", "received", "ready"}
    return wanted if isinstance(wanted, str) and wanted in known else "what is no code of FHIR's task-status"
