"""From what a write changes to what a person does, in the order in which it must be done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.fhir.answers import item_path
from adapters.fhir.outcome import FhirRefusal, Issue, refusal
from pathway_engine.domain.errors import IllegalTransition, OutsideWindow, VersionConflict
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.tasks import DEFER_REASONS, NOT_APPLICABLE_REASONS, WORKABLE, Task, TaskStatus
from pathway_engine.fhir.exchange import Exchange
from pathway_engine.fhir.preconditions import has_match
from pathway_engine.fhir.task_changes import Changes
from pathway_engine.fhir.task_states import REASONS, illegal
from pathway_engine.service import acting
from pathway_engine.service.acting import UnknownReason, visible_task
from pathway_engine.service.answers import Unanswered, WrongAnswers
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.storage.rows import TaskRow

Answers = Mapping[str, FactValue]
KEY_HEADERS = ("idempotency-key", "x-request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One act with what it needs."""

    act: Act
    answers: Answers = field(default_factory=dict)
    reason: str = ""
    comment: str = ""
    until: datetime | None = None
    assignee: str | None = None


def wishes(task: Task, changes: Changes, answers: Answers, me: str) -> list[Wish]:
    """Return the acts that lead from *task* to what *changes* and *answers* want, in their order.

    Raises FhirRefusal (422) when no act leads there.
    """
    fresh = {name: answer for name, answer in answers.items() if task.answers.get(name) != answer}
    comments = [Wish(act=Act.COMMENT, comment=text) for text in changes.comments]
    deferral = [Wish(act=Act.DEFER, until=changes.until, reason=changes.reason)] if changes.until else []
    return [*comments, *_taken(task, changes, me), *deferral, *_done(task, changes, fresh)]


def _taken(task: Task, changes: Changes, me: str) -> list[Wish]:
    """Who is to do it: claimed by the asker, or given to somebody else."""
    wanted, owner = changes.status, changes.owner
    if owner and owner not in (me, task.performer):
        if wanted in (TaskStatus.COMPLETED, TaskStatus.REJECTED):
            raise refusal(422, "business-rule", "Who ends a task is its owner; give it away or end it.", "Task.owner")
        return [Wish(act=Act.ASSIGN, assignee=owner)]
    if owner == me and task.performer not in (None, me):
        return [Wish(act=Act.ASSIGN, assignee=me)]
    claims = task.status is TaskStatus.REQUESTED and (wanted == TaskStatus.ACCEPTED or owner == me)
    return [Wish(act=Act.CLAIM)] if claims and wanted in (TaskStatus.REQUESTED, TaskStatus.ACCEPTED) else []


def _done(task: Task, changes: Changes, answers: Answers) -> list[Wish]:
    """What becomes of it: answered, ended, or given back."""
    wanted, saved = changes.status, [Wish(act=Act.ANSWER, answers=answers)] if answers else []
    if wanted == task.status or (wanted == TaskStatus.ACCEPTED and _moves(task, changes)):
        gives_back = changes.owner == "" and task.performer is not None and task.status in WORKABLE
        return [*saved, Wish(act=Act.GIVE_BACK)] if gives_back else saved
    if task.status not in WORKABLE:
        raise illegal(task, wanted)
    match wanted:
        case TaskStatus.IN_PROGRESS:
            return [Wish(act=Act.ANSWER, answers=answers)]
        case TaskStatus.COMPLETED:
            return [Wish(act=Act.COMPLETE, answers=answers)]
        case TaskStatus.REJECTED:
            return [*saved, Wish(act=Act.NOT_APPLICABLE, reason=changes.reason)]
        case TaskStatus.REQUESTED:
            return saved if changes.owner else [*saved, Wish(act=Act.GIVE_BACK)]
        case _:
            raise illegal(task, wanted)


def _moves(task: Task, changes: Changes) -> bool:
    """Whether the task is taken anew, so that it becomes accepted."""
    return task.status is TaskStatus.REQUESTED or bool(changes.owner)


# -- doing it


def key_of(exchange: Exchange, row: TaskRow) -> str:
    """What makes the write safe to send again: the sender's key and version if it has any, and what it wrote."""
    told = next((exchange.headers[name] for name in KEY_HEADERS if name in exchange.headers), "")
    version = exchange.headers.get("if-match") or ("" if told else f"{row.version}")
    parts = [told, version, exchange.method, row.id, exchange.headers.get("content-type", "")]
    digest = hashlib.sha256("\n".join(parts).encode() + b"\n" + exchange.body)
    return f"fhir-{digest.hexdigest()[:32]}"


def was_done(exchange: Exchange, key: str) -> bool:
    """Whether the same was written before, and done."""
    return exchange.records.has_entry(f"act:{exchange.caller.who.person}:{_numbered(key, 0)}")


def _numbered(key: str, number: int) -> str:
    """Acts of one write happen at one instant: their keys keep them in order."""
    return f"{key}-{number:02d}"


def do(exchange: Exchange, task_id: str, wanted: list[Wish], key: str) -> None:
    """Do all of it in the exchange's transaction. Raises FhirRefusal or TaskError; then nothing is to be kept."""
    for number, wish in enumerate(wanted):
        row = visible_task(exchange.records, exchange.caller.who, task_id)
        request = acting.Request(
            task_id=task_id, act=wish.act, version=row.version, key=_numbered(key, number), answers=wish.answers,
            reason=wish.reason, comment=wish.comment, until=wish.until, assignee=wish.assignee,
        )  # fmt: skip
        try:
            acting.act(exchange.context, exchange.records, exchange.caller.who, request, exchange.now)
        except (Unanswered, WrongAnswers, UnknownReason, OutsideWindow, IllegalTransition, VersionConflict) as error:
            raise _told(exchange, decode_task(row.body), wish, error) from None


def _told(exchange: Exchange, task: Task, wish: Wish, error: Exception) -> FhirRefusal:
    match error:
        case Unanswered():
            text = "This item must be answered before the task is completed."
            return FhirRefusal(422, *(Issue("required", f"{item}: {text}", item_path(item)) for item in error.fields))
        case WrongAnswers():
            wrong = sorted(error.fields.items())
            return FhirRefusal(
                422, *(Issue("value", f"{item}: would be right: {right}.", item_path(item)) for item, right in wrong)
            )
        case UnknownReason():
            codes = DEFER_REASONS if wish.act is Act.DEFER else NOT_APPLICABLE_REASONS
            text = f"Would be right: a coding of {REASONS}: {', '.join(codes)}."
            return refusal(422, "code-invalid", text, "Task.statusReason")
        case OutsideWindow():
            text = "A task can be deferred only to a time after now and not after its end."
            return refusal(422, "business-rule", text, "Task.restriction.period.start")
        case VersionConflict():
            return refusal(412 if has_match(exchange) else 409, "conflict", str(error))
        case _:
            return FhirRefusal(422, Issue("business-rule", str(error), "Task.status"), *illegal(task, "").issues[1:])
