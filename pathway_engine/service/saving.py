"""Write a fold to the database: episodes, tasks, wake-ups and what is to be sent, and only what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.episode import Episode, Outgoing, Rules
from pathway_engine.domain.folding import next_wake_at
from pathway_engine.domain.records import replace
from pathway_engine.service.context import Context
from pathway_engine.service.correcting import put_right
from pathway_engine.service.decisions import Decided, decided, encode_decided
from pathway_engine.service.episode_codec import decode_episode, encode_episode
from pathway_engine.service.reconciling import changed_keys, changed_rows, rows_after, task_row
from pathway_engine.service.stopped import is_stopped, runs_again
from pathway_engine.service.subscriptions.changes import keep_episode, keep_tasks
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow, TaskRow

ACTIVE, FINISHED, IN_ERROR = "active", "finished", "entered-in-error"


@dataclass(frozen=True, slots=True)
class Course:
    """A patient's episodes in one pathway, as folded, each with its rules and its stored row if any.

    `before` are the stored states that the episodes went on from; None after a new fold.
    """

    pathway: str
    episodes: tuple[Episode, ...]
    rules: tuple[Rules, ...]
    rows: tuple[EpisodeRow, ...]
    before: tuple[Episode, ...] | None = None


def save(context: Context, records: Records, patient_id: str, course: Course, now: datetime) -> None:
    """Save what differs from what is stored; rows that the log no longer gives a reason for are closed."""
    if course.before is None:
        _save_fold(context, records, patient_id, course, now)
    else:
        _save_progress(context, records, patient_id, course, course.before, now)


def _save_progress(
    context: Context, records: Records, patient_id: str, course: Course, before: tuple[Episode, ...], now: datetime
) -> None:
    """Save what changed since the stored states: what is the same record as before is not looked at again."""
    stored = {row.key: row for row in records.live_tasks_of_patient(patient_id) if row.pathway == course.pathway}
    wanted: list[TaskRow] = []
    for row, rules, old, new in zip(course.rows, course.rules, before, course.episodes, strict=True):
        saved = row
        if new is not old:
            saved = _episode_row(context, patient_id, new, rules, row)
            _save_episode(records, saved, new, rules, row, old.outgoing, now, is_only=len(course.rows) == 1)
            keep_episode(context, records, row, saved, (old, new), now)
            wanted += [runs_again(other, now) for other in stored.values() if is_stopped(other, row.id)]
        if any(key not in stored for key in changed_keys(old, new)):
            stored.update({other.key: other for other in records.tasks_of_episode(row.id)})
        wanted += rows_after(context, rules, saved, old, new, stored)
    keep_tasks(context, records, stored, wanted, now)
    records.save_tasks(wanted, now)


def _save_fold(context: Context, records: Records, patient_id: str, course: Course, now: datetime) -> None:
    old = {row.key: row for row in records.tasks_of_patient(patient_id) if row.pathway == course.pathway}
    wanted: list[TaskRow] = []
    for ordinal, (episode, rules) in enumerate(zip(course.episodes, course.rules, strict=True)):
        before = course.rows[ordinal] if ordinal < len(course.rows) else None
        row = _episode_row(context, patient_id, episode, rules, before)
        state = decode_episode(before.state) if before else None
        _save_episode(records, row, episode, rules, before, state.outgoing if state else (), now)
        keep_episode(context, records, before, row, (state, episode), now)
        wanted += [_task_row(context, rules, row, task.key, episode, old) for task in episode.tasks.values()]
    for left_over in course.rows[len(course.episodes) :]:
        _close(context, records, left_over, now)
    changed = changed_rows(old, wanted, now)
    keep_tasks(context, records, old, changed, now)
    records.save_tasks(changed, now)
    if course.rows:
        put_right(context, records, patient_id, course.pathway, _decisions(course), now)


def _decisions(course: Course) -> dict[str, Decided]:
    """What the fold decided to send, by key."""
    return {
        message.key: decided(episode, message, owners_in(rules))
        for episode, rules in zip(course.episodes, course.rules, strict=True)
        for message in episode.outgoing
    }


def _task_row(
    context: Context, rules: Rules, row: EpisodeRow, key: str, episode: Episode, old: dict[str, TaskRow]
) -> TaskRow:
    made = task_row(context, rules, row.patient_id, row.id, episode.tasks[key])
    return replace(made, id=old[key].id) if key in old else made


def _episode_row(
    context: Context, patient_id: str, episode: Episode, rules: Rules, before: EpisodeRow | None
) -> EpisodeRow:
    return EpisodeRow(
        id=before.id if before else context.episode_id(patient_id, episode.pathway, episode.ordinal),
        patient_id=patient_id,
        pathway=episode.pathway,
        ordinal=episode.ordinal,
        definition_hash=episode.definition,
        phase=episode.phase,
        status=FINISHED if episode.finished_at else ACTIVE,
        opened_at=episode.opened_at,
        closed_at=episode.finished_at,
        last_key="|".join(episode.last_key),
        next_wake_at=next_wake_at(rules, episode),
        state=encode_episode(episode),
        version=before.version if before else 0,
    )


def _save_episode(
    records: Records, row: EpisodeRow, episode: Episode, rules: Rules, before: EpisodeRow | None,
    sent: tuple[Outgoing, ...], now: datetime, *, is_only: bool = False,
) -> None:  # fmt: skip
    """Save it, and what it decided to send; *is_only* says that the person never had another one in this pathway."""
    if row == before:
        return
    records.save_episode(row, now)
    decided = {message.key for message in sent}
    unsent = [message for message in episode.outgoing if message.key not in decided]
    known = records.decisions_of_person(row.patient_id) if unsent and not is_only else set()
    for message in unsent:
        if message.key not in known:  # else decided in an episode that a merge or a late event gave another number
            _put_outgoing(records, row, episode, rules, message)


def _put_outgoing(records: Records, row: EpisodeRow, episode: Episode, rules: Rules, message: Outgoing) -> None:
    records.put_outgoing(
        key=f"{row.id}/{message.key}", patient_id=row.patient_id, episode_id=row.id, message=message.message,
        body=encode_decided(decided(episode, message, owners_in(rules))), at=message.decided_at,
    )  # fmt: skip


def owners_in(rules: Rules) -> dict[str, str]:
    """The roles that answer for the messages that no task sends."""
    return {rule.id: rule.owner for rule in rules.pathway.messages.values()}


def _close(context: Context, records: Records, row: EpisodeRow, now: datetime) -> None:
    """An episode whose opening was corrected away stays as a record, entered in error."""
    if row.status != IN_ERROR:
        closed = replace(row, status=IN_ERROR, next_wake_at=None, closed_at=row.closed_at or now)
        records.save_episode(closed, now)
        keep_episode(context, records, row, closed, (decode_episode(row.state), None), now)


def adopt(context: Context, records: Records, retired: str, survivor: str, now: datetime) -> None:
    """Give the stored episodes and tasks of *retired* to *survivor*, behind those that it has."""
    for row in records.episodes(retired):
        behind = len(records.episodes(survivor, row.pathway))
        records.save_episode(replace(row, patient_id=survivor, ordinal=behind), now)
    rows = records.tasks_of_patient(retired)
    moved = [replace(row, patient_id=survivor) for row in rows]
    keep_tasks(context, records, {row.key: row for row in rows}, moved, now)
    records.save_tasks(moved, now)
