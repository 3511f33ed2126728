"""What a form asks for: the act, on which version of the task, and what goes with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.tasks import DEFER_REASONS, NOT_APPLICABLE_REASONS
from pathway_engine.service.views import TaskDetail
from pathway_engine.web.answers import TEXT_LIMIT, changed_answers, typed_answers
from pathway_engine.web.errors import PageError
from pathway_engine.web.language import Language, local_day

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_VERSION = re.compile(r"[0-9]{1,9}")
DAY_ENDS = time(23, 59, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One act as asked for; `problems` says what is wrong with it, by the name of the field."""

    act: Act
    version: int
    key: str
    answers: Mapping[str, FactValue] = field(default_factory=dict)
    reason: str = ""
    comment: str = ""
    until: datetime | None = None
    assignee: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


def read_ask(form: Mapping[str, str], detail: TaskDetail, say: Language) -> Ask:
    """Return what *form* asks to do with the task; raises PageError for a form that is not ours."""
    version, key = form.get("version", ""), form.get("key", "")
    if not (_VERSION.fullmatch(version) and _KEY.fullmatch(key)):
        raise PageError(400)
    ask = Ask(act=_act(form), version=int(version), key=key, comment=form.get("comment", "").strip())
    if len(ask.comment) > TEXT_LIMIT:
        problem = say("problem.too_long", item=say("act.text"), limit=TEXT_LIMIT)
        return replace(ask, problems={"comment": problem})
    return READERS.get(ask.act, _as_it_is)(ask, form, detail, say)


def _act(form: Mapping[str, str]) -> Act:
    try:
        return Act(form.get("act", ""))
    except ValueError:
        raise PageError(400) from None


def _as_it_is(ask: Ask, _form: Mapping[str, str], _detail: TaskDetail, _say: Language) -> Ask:
    return replace(ask, comment="")


def _answers(ask: Ask, form: Mapping[str, str], detail: TaskDetail, say: Language) -> Ask:
    if detail.checklist is None:
        return replace(ask, comment="")
    typed = typed_answers(detail.checklist, form)
    answers, problems = changed_answers(detail.checklist, typed, detail.answers, say)
    return replace(ask, comment="", answers=answers, problems={f"item.{i}": p for i, p in problems.items()})


def _comment(ask: Ask, _form: Mapping[str, str], _detail: TaskDetail, say: Language) -> Ask:
    return ask if ask.comment else replace(ask, problems={"comment": say("problem.comment")})


def _assign(ask: Ask, form: Mapping[str, str], detail: TaskDetail, say: Language) -> Ask:
    chosen = form.get("assignee", "")
    if chosen not in dict(detail.colleagues):
        return replace(ask, problems={"assignee": say("problem.assignee")})
    return replace(ask, assignee=chosen)


def _defer(ask: Ask, form: Mapping[str, str], detail: TaskDetail, say: Language) -> Ask:
    problems = {}
    reason = form.get("reason", "")
    until = _end_of_day(form.get("until", ""), detail.task.due_at)
    if until is None:
        problems["until"] = say("problem.until")
    if reason not in DEFER_REASONS:
        problems["reason"] = say("problem.reason")
    return replace(ask, reason=reason, until=until, problems=problems)


def _not_applicable(ask: Ask, form: Mapping[str, str], _detail: TaskDetail, say: Language) -> Ask:
    reason = form.get("reason", "")
    if reason not in NOT_APPLICABLE_REASONS:
        return replace(ask, problems={"reason": say("problem.reason")})
    return replace(ask, reason=reason)


def _end_of_day(text: str, due_at: datetime | None) -> datetime | None:
    """The end of the day in Oslo; on the day of the deadline, the deadline itself."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if due_at is not None and local_day(due_at) == day:
        return due_at
    return datetime.combine(day, DAY_ENDS, tzinfo=OSLO).astimezone(UTC)


READERS: dict[Act, Callable[[Ask, Mapping[str, str], TaskDetail, Language], Ask]] = {
    Act.ANSWER: _answers,
    Act.COMPLETE: _answers,
    Act.COMMENT: _comment,
    Act.ASSIGN: _assign,
    Act.DEFER: _defer,
    Act.NOT_APPLICABLE: _not_applicable,
}
