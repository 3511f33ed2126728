"""What a patient's stay waits for, since when, and whose it is: the next step, or what is in its way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pathway_engine.domain.definition import Step, Text
from pathway_engine.domain.delivery import Delivery
from pathway_engine.domain.message_titles import title_of
from pathway_engine.domain.stay_facts import Reply, StayFacts
from pathway_engine.domain.waiting import Standing, answer_now, standing
from pathway_engine.service.board_views import Hindrance
from pathway_engine.service.context import Context
from pathway_engine.storage.rows import OutgoingRow, TaskRow

ANSWERS = "DIALOG_HELSEFAGLIG/7"
"""The message that answers the hospital: a step that sends it is the office's answer."""
SAYS = "can_receive"
"""The fact that such an answer fills."""
NOT_ARRIVED = (Delivery.REFUSED, Delivery.DEAD, Delivery.TIMED_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerning:
    """What is looked at: the stay, the patient's open tasks, what was sent, and what the ward expects."""

    facts: StayFacts
    open_tasks: Sequence[TaskRow]
    outgoing: Sequence[OutgoingRow]
    expected: date | None


def step_of_row(context: Context, row: TaskRow) -> Step | None:
    """The step that a task is of, by the pathway in force."""
    rules = context.catalogue.current.get(row.pathway)
    return rules.pathway.steps.get(row.step) if rules else None


def answers_hospital(context: Context, row: TaskRow) -> bool:
    """Whether completing the task answers the hospital."""
    step = step_of_row(context, row)
    return step is not None and step.sends is not None and step.sends.message == ANSWERS


def reads_answer(context: Context, row: TaskRow) -> bool:
    """Whether somebody is to say what an answer means that has come: its checklist has the fact."""
    step, rules = step_of_row(context, row), context.catalogue.current.get(row.pathway)
    if step is None or rules is None or step.checklist is None or answers_hospital(context, row):
        return False
    return any(item.fact == SAYS for item in rules.pathway.checklists[step.checklist].items)


def hindrance(context: Context, looked_at: Concerning, today: date) -> Hindrance:
    """The first that applies: a message that did not arrive, how the answer stands, the next task, what is expected."""
    lost = _lost(looked_at.outgoing, looked_at.facts)
    if lost is not None:
        return Hindrance(code="undelivered", since=lost.settled_at, title=title_of(lost.message))
    if standing(looked_at.facts) is Standing.READY:
        return _answer(context, looked_at)
    task = next(iter(looked_at.open_tasks), None)
    if task is not None:
        return _task(context, task)
    if looked_at.expected is not None and looked_at.expected >= today:
        return Hindrance(code="expected", day=looked_at.expected)
    return Hindrance(code="none")


def _task(context: Context, row: TaskRow) -> Hindrance:
    return Hindrance(
        code="task", since=row.raised_at, title=Text(row.title_nb, row.title_en), owner=owner_of(context, row),
        role=row.owner_role, task_id=row.id,
    )  # fmt: skip


def _lost(outgoing: Iterable[OutgoingRow], facts: StayFacts) -> OutgoingRow | None:
    begun = facts.begins_at
    lost = [row for row in outgoing if row.status in NOT_ARRIVED and (begun is None or row.at >= begun)]
    return lost[-1] if lost else None


def _answer(context: Context, looked_at: Concerning) -> Hindrance:
    """How the answer to a readiness stands, and what comes then."""
    facts, answer = looked_at.facts, answer_now(looked_at.facts)
    asked = next((row for row in looked_at.open_tasks if answers_hospital(context, row)), None)
    others = [row for row in looked_at.open_tasks if row is not asked]
    then = Text(others[0].title_nb, others[0].title_en) if others else None
    owner = owner_of(context, asked) if asked else municipality_name(context, facts.resides_in)
    task_id = asked.id if asked else None
    unread = next((row for row in others if reads_answer(context, row)), None)
    if unread is not None:
        return _task(context, unread)
    if answer is None:
        since = facts.readiness[-1].notified_at or facts.readiness[-1].ready_at
        return Hindrance(code="unanswered", since=since, owner=owner, task_id=task_id)
    if answer.reply is Reply.NOW:
        holder = owner_of(context, others[0]) if others else ""
        return Hindrance(
            code="now", since=answer.at, then=then, owner=holder, role=others[0].owner_role if others else ""
        )
    return Hindrance(
        code=answer.reply.value, since=answer.at, then=then, owner=owner, task_id=task_id, day=answer.ready_on
    )  # fmt: skip


def owner_of(context: Context, row: TaskRow) -> str:
    """Who has the task by name, else the unit that it stands with, else nothing."""
    person = context.directory.people.get(row.performer or "")
    unit = context.directory.organisations.get(row.unit or "")
    return ", ".join(each.name for each in (person, unit) if each is not None)


def municipality_name(context: Context, number: str | None) -> str:
    """The municipality's name in the directory, else its number."""
    found = (each for each in context.directory.organisations.values()
             if each.kind == "municipality" and each.municipality == number)  # fmt: skip
    return next((each.name for each in found), number or "")
