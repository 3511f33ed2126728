"""One patient's course, from the log, the inbox, the outbox and the audit; read by those whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pathway_engine.domain.definition import Pathway, Text
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.message_titles import title_of
from pathway_engine.domain.settlement import taken_out
from pathway_engine.domain.stay_folding import stays_told
from pathway_engine.service.accounts import sends
from pathway_engine.service.board import board_row
from pathway_engine.service.board_views import BoardRow
from pathway_engine.service.context import Context
from pathway_engine.service.course_views import Look, MessageLine, NoteLine, PatientCourse, PhaseView, TaskLine
from pathway_engine.service.enrolling import is_own
from pathway_engine.service.episode_codec import decode_episode, decode_task
from pathway_engine.service.explaining import why
from pathway_engine.service.office_answers import own_answer_task
from pathway_engine.service.relations import require
from pathway_engine.service.stopped import STOPPED
from pathway_engine.service.telling import told_received, told_sent
from pathway_engine.service.views import Principal
from pathway_engine.service.worklists import age, commented, goal_of, short_name, task_view
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import AuditRow, LogRow, PatientRow, TaskRow

LOOKS = 1000
"""So many of the newest rows of the audit are told of."""
READER = "integrator"
Told = Sequence[tuple[Episode, Rules, str]]
"""Episodes with the rules that they keep to, and their ids."""


def patient_course(context: Context, who: Principal, patient_id: str, now: datetime) -> PatientCourse:
    """Return it; that it was read is put on record with it. Raises UnknownPatient."""
    return context.committed(lambda records: _course(context, records, who, patient_id, now))


def _course(context: Context, records: Records, who: Principal, patient_id: str, now: datetime) -> PatientCourse:
    require(context, records, who, patient_id, now)
    patient = records.patient(patient_id)
    assert patient is not None, patient_id
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="patient read", patient_id=patient_id, object_id=patient_id
    )
    episodes = [
        (decode_episode(row.state), context.catalogue.rules(row.definition_hash, records), row.id)
        for row in records.episodes(patient_id)
    ]
    log, tasks = records.log(patient_id), records.tasks_of_patient(patient_id)
    goals = [goal for episode, _, _ in episodes if (goal := goal_of(episode))]
    return PatientCourse(
        patient_id=patient_id, name=short_name(patient) if patient.name else "", age=age(patient.birth_date, now),
        birth_date=patient.birth_date, address=patient.address or "", goal=goals[-1] if goals else "",
        row=_last_stay(context, records, patient_id, log, episodes, now),
        phases=tuple(phase for episode, rules, _ in episodes for phase in _phases(episode, rules.pathway)),
        tasks=tuple(_tasks(context, records, who, patient, tasks, episodes, now)),
        messages=tuple(_messages(context, records, patient_id, log)),
        notes=tuple(sorted(_notes(context.directory, tasks), key=lambda note: note.at, reverse=True)),
        looks=tuple(_looks(context.directory, records.audit(patient_id, limit=LOOKS))),
        may_answer=own_answer_task(context, who, records.open_tasks_of_patient(patient_id)) is not None,
        may_tell=is_own(context.directory, who, patient),
    )  # fmt: skip


def _last_stay(
    context: Context, records: Records, patient_id: str, log: Sequence[LogRow], episodes: Told, now: datetime
) -> BoardRow | None:
    stays = stays_told((row.entry for row in log), sends(context))
    if not stays or not episodes:
        return None
    return board_row(context, records, patient_id, stays[-1], episodes[-1][0], now)


# -- phases


def _phases(episode: Episode, pathway: Pathway) -> Iterator[PhaseView]:
    """Each phase that the episode has stood in, oldest first."""
    entered = [(note.at, note.detail) for note in episode.history if note.what == "phase"]
    if not entered or entered[0][0] > episode.opened_at:
        entered.insert(0, (episode.opened_at, _first(episode, pathway)))
    ends = [at for at, _ in entered[1:]] + [episode.finished_at]
    for (since, phase), until in zip(entered, ends, strict=True):
        yield PhaseView(
            pathway=pathway.title, name=pathway.phases.get(phase) or pathway.word(phase), since=since, until=until
        )


def _first(episode: Episode, pathway: Pathway) -> str:
    opened = next((note.detail for note in episode.history if note.what == "opened"), "")
    begins = [each.begins_in for each in pathway.enrol if each.event == opened and each.begins_in and not episode.stays]
    return begins[0] if begins and begins[0] else pathway.first_phase


# -- tasks


def _tasks(
    context: Context, records: Records, who: Principal, patient: PatientRow, rows: Sequence[TaskRow], episodes: Told,
    now: datetime,
) -> Iterator[TaskLine]:  # fmt: skip
    """Open ones first, in the order of a list; then those that have ended, the newest first."""
    known = {id: (episode, rules) for episode, rules, id in episodes}
    ended = sorted((row for row in rows if row.ended_at), key=lambda row: (row.ended_at, row.id), reverse=True)
    seats = set(who.seats)
    for row in [*(row for row in rows if row.ended_at is None), *ended]:
        mine = [rises for unit, role, rises in row.audience if (unit, role) in seats]
        reason = None
        if row.step != STOPPED and row.episode_id in known:
            episode, rules = known[row.episode_id]
            reason = why(records, context.directory, rules, episode, patient.id, decode_task(row.body))
        view = task_view(context, row, patient, bool(mine) and all(mine), now)
        yield TaskLine(task=view, why=reason, is_mine=bool(mine))


def _notes(directory: Directory, rows: Iterable[TaskRow]) -> Iterator[NoteLine]:
    for row in rows:
        for at, by, text in commented(directory, decode_task(row.body)):
            yield NoteLine(at=at, by_name=by, text=text, task_title=Text(row.title_nb, row.title_en))


# -- messages


def _messages(context: Context, records: Records, patient_id: str, log: Sequence[LogRow]) -> list[MessageLine]:
    """What was received and sent, the newest first."""
    gone = taken_out(row.entry for row in log)
    numbers = sorted({row.inbox_id for row in log if row.inbox_id is not None and row.entry.id not in gone})
    lines = []
    for row in records.messages_with_ids(numbers):
        told = told_received(context, records, row)
        lines.append(MessageLine(
            id=told.id, title=title_of(row.message_type), is_received=True, at=row.received_at, said=told.said[1:],
            receipts=told.receipts,
        ))  # fmt: skip
    for sent in records.outgoing_of_patient(patient_id):
        told = told_sent(context, records, sent)
        lines.append(MessageLine(
            id=told.id, title=title_of(sent.message), is_received=False, at=sent.at, said=told.said[1:],
            receipts=told.receipts,
        ))  # fmt: skip
    return sorted(lines, key=lambda line: line.at, reverse=True)


# -- who has looked


def _looks(directory: Directory, rows: Iterable[AuditRow]) -> list[Look]:
    """People's acts, each kind once for each person with its newest time; messages are told of above."""
    found: dict[tuple[str, str], Look] = {}
    for row in rows:
        if row.role == READER:
            continue
        before = found.get((row.actor, row.action))
        if before is None:
            found[row.actor, row.action] = _look(directory, row)
        else:
            found[row.actor, row.action] = _again(before)
    return list(found.values())


def _look(directory: Directory, row: AuditRow) -> Look:
    person = directory.people.get(row.actor)
    units = [unit for unit, role in person.seats if role == row.role] if person else []
    names = [directory.organisations[unit].name for unit in units if unit in directory.organisations]
    return Look(
        at=row.at, name=person.name if person else row.actor, unit=", ".join(names), role=row.role, action=row.action,
        times=1,
    )  # fmt: skip


def _again(look: Look) -> Look:
    return Look(at=look.at, name=look.name, unit=look.unit, role=look.role, action=look.action, times=look.times + 1)
