"""What the page of one task shows: the task as it is, with what the reader has typed kept in its place."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.events import Act
from pathway_engine.domain.tasks import DEFER_REASONS, NOT_APPLICABLE_REASONS
from pathway_engine.service.views import TaskDetail
from pathway_engine.web.answers import (
    Question,
    as_typed,
    field_name,
    range_text,
    shown_answer,
    unanswered,
)
from pathway_engine.web.language import Language, local_day
from pathway_engine.web.window import left_text, section_of, window_text

OPEN = ("draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was typed and not taken: answers by item id, other fields by name, and what is wrong.

    `refusal` says why in the reader's words, `explanation` in the service's. After a `conflict` the
    stored answers are shown beside what was typed.
    """

    act: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    explanation: str = ""
    conflict: bool = False


def task_context(detail: TaskDetail, now: datetime, say: Language, draft: Draft) -> dict[str, object]:
    """Return everything that the page of the task shows."""
    task = detail.task
    days = _days_of_window(detail, now)
    can = {act.value: act.value in detail.allowed for act in Act}
    return {
        "detail": detail,
        "task": task,
        "now": now,
        "draft": draft,
        "open": task.status in OPEN,
        "can": can | {"defer": can["defer"] and (not days[1] or days[0] <= days[1])},
        "section": section_of(task, now),
        "window": window_text(task, now, say),
        "left": left_text(task, now, say),
        "shown": lambda question: shown_answer(question.item, question.value, say),
        "shown_stored": lambda question: shown_answer(question.item, question.stored, say),
        "shown_value": lambda item, value: shown_answer(item, as_typed(value), say),
        "range": lambda item: range_text(item, say),
        "defer_days": days,
        "defer_reasons": DEFER_REASONS,
        "not_applicable_reasons": NOT_APPLICABLE_REASONS,
        **progress(detail, draft),
    }


def progress(detail: TaskDetail, draft: Draft) -> dict[str, object]:
    """Return the questions, which of them are unanswered, and a fresh key for the next act."""
    questions = _questions(detail.checklist, detail, draft) if detail.checklist else ()
    values = {question.item.id: question.value for question in questions}
    missing = unanswered(detail.checklist, values) if detail.checklist else ()
    return {
        "questions": questions,
        "missing": missing,
        "answered": len(questions) - len(missing),
        "key": secrets.token_urlsafe(16),
    }


def kept_of(typed: Mapping[str, str], form: Mapping[str, str], detail: TaskDetail) -> dict[str, str]:
    """Return the answers that the reader changed, so that a colleague's newer ones are not undone."""
    stored = {item: as_typed(value) for item, value in detail.answers.items()}
    return {
        item: text
        for item, text in typed.items()
        if text != form.get(f"was.{item}", "") and text != stored.get(item, "")
    }


def _questions(checklist: Checklist, detail: TaskDetail, draft: Draft) -> tuple[Question, ...]:
    rows = []
    for item in checklist.items:
        stored = as_typed(detail.answers.get(item.id))
        rows.append(
            Question(
                item=item,
                name=field_name(item),
                value=draft.typed.get(item.id, stored),
                stored=stored,
                problem=draft.problems.get(field_name(item), ""),
                by=detail.answers_by.get(item.id, ""),
            )
        )
    return tuple(rows)


def _days_of_window(detail: TaskDetail, now: datetime) -> tuple[str, str]:
    """The first and last day that the task can be deferred to, as dates for the date field."""
    opens, due = detail.task.opens_at, detail.task.due_at
    first = max(local_day(now), local_day(opens)) if opens else local_day(now)
    return first.isoformat(), local_day(due).isoformat() if due else ""
