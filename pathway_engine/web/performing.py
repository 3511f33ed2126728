"""Doing what a form asks, whether it comes at once or from a telephone that was without a network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pathway_engine.domain.definition import ChecklistItem
from pathway_engine.domain.errors import InvalidAnswer, TaskError, UnknownTask
from pathway_engine.domain.events import Act
from pathway_engine.domain.tasks import WORKABLE
from pathway_engine.service.views import Principal, TaskDetail
from pathway_engine.web.answers import Unfit, as_typed, field_name, read_answer
from pathway_engine.web.asks import Ask, read_ask
from pathway_engine.web.follow_ups import follow_up, wanted_item
from pathway_engine.web.language import Language
from pathway_engine.web.ports import WorklistService


def perform(
    service: WorklistService, who: Principal, before: TaskDetail, form: Mapping[str, str], say: Language, now: datetime
) -> tuple[Ask, TaskDetail | TaskError]:
    """Do what *form* asks; return the ask, and the task after it or why it was refused."""
    item = wanted_item(form)
    ask = read_ask({**form, "act": Act.ANSWER} if item else form, before, say)
    outcome = outcome_of(service, who, before, ask, now)
    if item and isinstance(outcome, TaskDetail):
        outcome = follow_up(service, who, outcome, item, ask, form, now)
    return ask, outcome


class NotFitting(InvalidAnswer):
    """The form itself holds something that does not fit; nothing was asked of the service."""


def outcome_of(
    service: WorklistService, who: Principal, before: TaskDetail, ask: Ask, now: datetime
) -> TaskDetail | TaskError:
    """Do what is asked; return the task after it, or why it was refused."""
    if ask.problems:
        return NotFitting()
    if ask.act is Act.ANSWER and not ask.answers and ask.version == before.task.version:
        return before  # nothing new was typed
    try:
        return service.act(
            who,
            before.task.id,
            ask.act,
            version=ask.version,
            key=ask.key,
            now=now,
            answers=ask.answers,
            reason=ask.reason,
            comment=ask.comment,
            until=ask.until,
            assignee=ask.assignee,
        )
    except UnknownTask:
        raise
    except TaskError as error:
        return error


def rebased(form: Mapping[str, str], detail: TaskDetail, say: Language) -> Mapping[str, str]:
    """Return *form* as if written on the task as it is now, where nobody has answered the same item otherwise.

    The form says in ``was.<item>`` what it was written on. Of an item that only a colleague has changed,
    the colleague's answer stands; where both have, the form is returned as it is and will be a conflict.
    """
    if detail.task.status not in WORKABLE or not _writes_answers(form):
        return form
    items = detail.checklist.items if detail.checklist else ()
    theirs = [item for item in items if _changed_since(item, form, detail, say)]
    if any(form.get(field_name(item), "") != form.get(f"was.{item.id}", "") for item in theirs):
        return form
    kept = {name: value for name, value in form.items() if name not in {field_name(item) for item in theirs}}
    return {**kept, "version": str(detail.task.version)}


def _changed_since(item: ChecklistItem, form: Mapping[str, str], detail: TaskDetail, say: Language) -> bool:
    """Whether the stored answer is neither what the form was written on nor what it says itself."""
    typed, was, stored = form.get(field_name(item)), form.get(f"was.{item.id}"), detail.answers.get(item.id)
    if typed is None or was is None or as_typed(stored) in (was, typed):
        return False
    try:
        return read_answer(item, typed, say) != stored
    except Unfit:
        return True


def _writes_answers(form: Mapping[str, str]) -> bool:
    return form.get("act", "") in (Act.ANSWER, Act.COMPLETE) or bool(wanted_item(form))
