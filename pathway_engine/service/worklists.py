"""What stands on whose list, and one task in full, cut to what the reader's units and role may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.raising import checklist_of
from pathway_engine.domain.tasks import Task, allowed_acts
from pathway_engine.service.acting import rules_of, visible_task
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode, decode_task
from pathway_engine.service.explaining import last_change, message_of, why
from pathway_engine.service.stopped import ADVICE, STOPPED, why_stopped
from pathway_engine.service.telling import reading_of
from pathway_engine.service.views import Earlier, Principal, TaskDetail, TaskView
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import PatientRow, TaskRow, WorklistRow

GOALS = ("goal", "what_matters")
"""The checklist items that hold what the patient finds important."""


def worklist(context: Context, who: Principal, now: datetime) -> list[TaskView]:
    """The open tasks on the lists of *who*: earliest deadline first, those without one last; put on record."""

    def read(records: Records) -> list[WorklistRow]:
        lines = records.worklist(who.seats)
        records.write_list_read(
            at=now, actor=who.person, role=who.role, shown=(line.task.patient_id for line in lines)
        )  # fmt: skip
        return lines

    lines = context.committed(read)
    return [task_view(context, line.task, line.patient, line.escalated, now) for line in lines]


def task_detail(context: Context, who: Principal, task_id: str, now: datetime) -> TaskDetail:
    """One task with everything about it; that it was read is put on record. Raises UnknownTask."""
    return context.committed(lambda records: _detail(context, records, who, task_id, now))


def _detail(context: Context, records: Records, who: Principal, task_id: str, now: datetime) -> TaskDetail:
    row = visible_task(records, who, task_id)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="task read", patient_id=row.patient_id, object_id=row.id
    )  # fmt: skip
    return _told(context, records, who, row, now, explained=True)


def task_after(context: Context, records: Records, who: Principal, task_id: str, now: datetime) -> TaskDetail:
    """The task as an act of *who* left it, without why it exists; the act itself is on record."""
    row = records.task(task_id)
    if row is None:
        raise UnknownTask
    return _told(context, records, who, row, now, explained=False)


def _told(
    context: Context, records: Records, who: Principal, row: TaskRow, now: datetime, *, explained: bool
) -> TaskDetail:
    patient, episode_row = records.patient(row.patient_id), records.episode(row.episode_id)
    assert patient is not None and episode_row is not None, row.id
    own = [rises for unit, role, rises in row.audience if (unit, role) in who.seats]
    view = task_view(context, row, patient, all(own), now)
    if row.step == STOPPED:  # neither the state nor the pathway can be relied on
        return _stopped_detail(view, decode_task(row.body), patient)
    task, rules, episode = decode_task(row.body), rules_of(context, records, row), decode_episode(episode_row.state)
    reasons = why(records, context.directory, rules, episode, row.patient_id, task) if explained else None
    said = _said(context, records, row.patient_id, task) if explained else ()
    return TaskDetail(
        task=view,
        checklist=checklist_of(rules, task), answers=task.answers, comments=commented(context.directory, task),
        allowed=allowed_acts(task.status), colleagues=_colleagues(context.directory, row), why=reasons,
        birth_date=patient.birth_date, phase=rules.pathway.phases.get(episode.phase), goal=goal_of(episode),
        last_change=last_change(context.directory, task), said=said,
        earlier=_earlier(rules, episode, task),
        followed_up=frozenset(note.detail.partition(" ")[0] for note in task.history if note.what == "follow-up"),
    )  # fmt: skip


def _earlier(rules: Rules, episode: Episode, task: Task) -> dict[str, Earlier]:
    """What messages told of each item's fact, else how the same item was answered last in another step."""
    checklist = checklist_of(rules, task)
    known: dict[str, Earlier] = {}
    done = sorted((other for other in episode.tasks.values() if other.ended_at), key=lambda other: str(other.ended_at))
    for item in checklist.items if checklist else ():
        answers = [other for other in done if item.id in other.answers and other.key != task.key]
        if answers:
            known[item.id] = Earlier(answers[-1].answers[item.id], answers[-1].step, answers[-1].ended_at)
        elif item.fact and item.fact in episode.facts and item.id not in task.answers:
            known[item.id] = Earlier(episode.facts[item.fact])
    return known


def _said(context: Context, records: Records, patient_id: str, task: Task) -> tuple[str, ...]:
    """What the message that raised the task says in its sender's own words."""
    message = message_of(records, patient_id, task)
    reading = reading_of(context, message) if message is not None else None
    return reading.words if reading is not None else ()


def _stopped_detail(view: TaskView, task: Task, patient: PatientRow) -> TaskDetail:
    return TaskDetail(
        task=view, checklist=None, answers={}, comments=(), allowed=(), colleagues=(), why=why_stopped(task),
        birth_date=patient.birth_date, advice=ADVICE,
    )  # fmt: skip


def task_view(context: Context, row: TaskRow, patient: PatientRow, escalated: bool, now: datetime) -> TaskView:
    """One line of a list."""
    directory = context.directory
    unit = directory.organisations.get(row.unit or "")
    performer = directory.people.get(row.performer or "")
    return TaskView(
        id=row.id, key=row.key, step=row.step, title=Text(row.title_nb, row.title_en), pathway=row.pathway,
        status=row.status, business_status=row.business_status, severity=row.severity, verified=row.verified,
        owner_role=row.owner_role, unit=row.unit, unit_name=unit.name if unit else "", performer=row.performer,
        performer_name=performer.name if performer else row.performer or "", patient_id=row.patient_id,
        patient_name=short_name(patient), age=age(patient.birth_date, now), address=patient.address or "",
        raised_at=row.raised_at, opens_at=row.opens_at, due_at=row.due_at, waits_for=row.waits_for,
        waits_for_words=_words(context, row),
        deferred_until=row.deferred_until, escalated=escalated, answered=row.answered, questions=row.questions,
        overdue=row.ended_at is None and row.due_at is not None and now > row.due_at, version=row.version,
        district=patient.district or "", area=f"{patient.postal_code or ''} {patient.city or ''}".strip(),
    )  # fmt: skip


def _words(context: Context, row: TaskRow) -> Text:
    """What the clock waits for, in the words of the pathway in force."""
    rules = context.catalogue.current.get(row.pathway)
    return rules.pathway.word(row.waits_for) if rules and row.waits_for else Text(row.waits_for, row.waits_for)


def short_name(patient: PatientRow) -> str:
    """Given name and the initial of the family name: enough for a list in a car."""
    return f"{patient.given or '?'} {(patient.family or '?')[:1]}."


def age(birth_date: date | None, now: datetime) -> int | None:
    """Whole years at *now*, by the calendar day in UTC."""
    if birth_date is None:
        return None
    today = now.date()
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def commented(directory: Directory, task: Task) -> tuple[tuple[datetime, str, str], ...]:
    """The comments of a task: when, by whom (by name), what."""
    people = directory.people
    return tuple((note.at, people[note.by].name if note.by in people else note.by, note.text) for note in task.comments)


def _colleagues(directory: Directory, row: TaskRow) -> tuple[tuple[str, str], ...]:
    seats = dict.fromkeys((unit, role) for unit, role, _ in row.audience)
    people = {person.id: person.name for unit, role in seats for person in directory.colleagues(unit, role)}
    return tuple(people.items())


def goal_of(episode: Episode) -> str:
    """The patient's own goal as last written on any checklist of the episode."""
    answered = sorted(episode.tasks.values(), key=lambda task: (task.ended_at or task.raised_at, task.key))
    goals = [_text(task.answers, item) for task in answered for item in reversed(GOALS)]
    return next((goal for goal in reversed(goals) if goal), "")


def _text(answers: Mapping[str, FactValue], item: str) -> str:
    value = answers.get(item)
    return value if isinstance(value, str) else ""
