"""Let new log entries change a patient's episodes, tasks, wake-ups and outgoing messages, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Acted, Entry, Happened, Voided
from pathway_engine.domain.folding import act, advance, continues, fold, next_wake_at, step
from pathway_engine.domain.settlement import LATEST, Told, sort_key
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode, encode_episode
from pathway_engine.service.reconciling import changed_rows, task_row
from pathway_engine.storage.codec import encode_json
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow

ACTIVE, FINISHED, IN_ERROR = "active", "finished", "entered-in-error"


@dataclass(frozen=True, slots=True)
class Course:
    """A patient's episodes in one pathway, as folded, each with its rules and its stored row if any."""

    pathway: str
    episodes: tuple[Episode, ...]
    rules: tuple[Rules, ...]
    rows: tuple[EpisodeRow, ...]


def apply(
    context: Context,
    records: Records,
    patient_id: str,
    entries: Iterable[Entry],
    *,
    received_at: datetime,
    inbox_id: int | None,
) -> int:
    """Append what is new of *entries* to the log and fold; return how many were new.

    The patient's row must be locked. `received_at` is now: the fold goes on up to it.
    """
    fresh: list[Entry] = []
    seen = _seen_causes(records, patient_id, entries := list(entries))
    for entry in entries:
        if records.append(patient_id, entry, received_at=received_at, inbox_id=inbox_id) is not None:
            fresh.append(entry)
    if fresh:
        refresh(context, records, patient_id, received_at, None if seen else fresh)
    return len(fresh)


def _seen_causes(records: Records, patient_id: str, entries: Sequence[Entry]) -> bool:
    """True when any entry speaks of what the log knows already: then only a new fold is right."""
    if any(isinstance(entry, Voided) for entry in entries):
        return True
    causes = [name for entry in entries if isinstance(entry, Happened) for name in _names(entry)]
    told = (row.entry for row in records.log(patient_id)) if causes else ()
    known = {entry.cause for entry in told if not isinstance(entry, Acted)}
    return len(set(causes)) < len(causes) or not known.isdisjoint(causes)


def _names(event: Happened) -> tuple[str, str]:
    return event.cause, f"{LATEST}{event.name}/{event.stay}"


def refresh(
    context: Context, records: Records, patient_id: str, now: datetime, fresh: Sequence[Entry] | None = ()
) -> None:
    """Bring every episode of the patient up to *now*; `fresh` None means that the log must be folded anew."""
    rows = records.episodes(patient_id)
    for pathway in sorted({*context.catalogue.current, *(row.pathway for row in rows)}):
        mine = tuple(row for row in rows if row.pathway == pathway)
        course = _short_way(context, records, pathway, mine, fresh, now)
        if course is None:
            course = folded(context, records, patient_id, pathway, mine, now)
        if course is not None:
            _save(context, records, patient_id, course, now)


def folded(
    context: Context, records: Records, patient_id: str, pathway: str, rows: tuple[EpisodeRow, ...], until: datetime
) -> Course | None:
    """Fold the patient's whole log for *pathway*, each episode by the version that it began with."""
    current = context.catalogue.current.get(pathway)

    def rules_of(ordinal: int) -> Rules:
        if ordinal < len(rows):
            return context.catalogue.rules(rows[ordinal].definition_hash, records)
        assert current is not None, pathway
        return current

    if current is None and not rows:
        return None
    timeline = fold(rules_of, (row.entry for row in records.log(patient_id)), until)
    rules = tuple(rules_of(episode.ordinal) for episode in timeline.episodes)
    return Course(pathway, timeline.episodes, rules, rows)


def _short_way(
    context: Context,
    records: Records,
    pathway: str,
    rows: tuple[EpisodeRow, ...],
    fresh: Sequence[Entry] | None,
    now: datetime,
) -> Course | None:
    """Go on from the stored state when all that is new comes after all that it has seen; None otherwise."""
    if fresh is None or (not rows and fresh):
        return None
    if not rows:
        return Course(pathway, (), (), ())
    episodes = [decode_episode(row.state) for row in rows]
    rules = tuple(context.catalogue.rules(row.definition_hash, records) for row in rows)
    last = _stepped(rules[-1], episodes[-1], [entry for entry in fresh if _concerns(pathway, entry)])
    if last is None or any(row.status == IN_ERROR for row in rows):
        return None
    moved = [advance(each, episode, now) for each, episode in zip(rules, [*episodes[:-1], last], strict=True)]
    return Course(pathway, tuple(moved), rules, rows)


def _concerns(pathway: str, entry: Entry) -> bool:
    return not isinstance(entry, Acted) or entry.task.startswith(f"{pathway}:")


def _stepped(rules: Rules, episode: Episode, fresh: Sequence[Entry]) -> Episode | None:
    told: list[Told] = [entry for entry in fresh if not isinstance(entry, Voided)]
    for entry in sorted(told, key=sort_key):
        if episode.finished_at is not None or not continues(episode, entry):
            return None
        episode = act(rules, episode, entry) if isinstance(entry, Acted) else step(rules, episode, entry)
    return episode


# -- saving ----------------------------------------------------------------------------------------


def _save(context: Context, records: Records, patient_id: str, course: Course, now: datetime) -> None:
    old = {row.key: row for row in records.tasks_of_patient(patient_id) if row.pathway == course.pathway}
    for ordinal, (episode, rules) in enumerate(zip(course.episodes, course.rules, strict=True)):
        before = course.rows[ordinal] if ordinal < len(course.rows) else None
        _save_episode(context, records, patient_id, episode, rules, before)
    for row in course.rows[len(course.episodes) :]:
        if row.status != IN_ERROR:
            records.save_episode(replace(row, status=IN_ERROR, next_wake_at=None, closed_at=row.closed_at or now))
    new = [
        task_row(context, rules, patient_id, context.episode_id(patient_id, course.pathway, episode.ordinal), task)
        for episode, rules in zip(course.episodes, course.rules, strict=True)
        for task in episode.tasks.values()
    ]
    changed = changed_rows(old, new, now)
    if changed:
        records.save_tasks(changed)


def _save_episode(
    context: Context,
    records: Records,
    patient_id: str,
    episode: Episode,
    rules: Rules,
    before: EpisodeRow | None,
) -> None:
    row = EpisodeRow(
        id=context.episode_id(patient_id, episode.pathway, episode.ordinal), patient_id=patient_id,
        pathway=episode.pathway, ordinal=episode.ordinal, definition_hash=episode.definition, phase=episode.phase,
        status=FINISHED if episode.finished_at else ACTIVE, opened_at=episode.opened_at,
        closed_at=episode.finished_at, last_key="|".join(episode.last_key),
        next_wake_at=next_wake_at(rules, episode), state=encode_episode(episode),
        version=before.version if before else 0, parked_reason=before.parked_reason if before else None,
    )  # fmt: skip
    if before is None or replace(before, last_seq=0) != row:
        records.save_episode(row)
        _put_outgoing(records, row, episode, before)


def _put_outgoing(records: Records, row: EpisodeRow, episode: Episode, before: EpisodeRow | None) -> None:
    sent = {message.key for message in decode_episode(before.state).outgoing} if before and episode.outgoing else set()
    for message in episode.outgoing:
        if message.key not in sent:
            task = episode.tasks[message.task]
            records.put_outgoing(
                key=f"{row.patient_id}/{message.key}", patient_id=row.patient_id, episode_id=row.id,
                message=message.message, body=encode_json(task), at=message.decided_at,
            )  # fmt: skip
