"""Let new log entries change a patient's episodes, tasks, wake-ups and outgoing messages, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pathway_engine.domain.episode import Rules
from pathway_engine.domain.events import Entry
from pathway_engine.domain.extending import extended, may_open, names_of, speaks_of_known
from pathway_engine.domain.timeline import fold
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode
from pathway_engine.service.saving import ACTIVE, IN_ERROR, Course, save
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow


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
    entries = list(entries)
    seen = _seen(records, entries)
    fresh = [
        entry for entry in entries if records.append(patient_id, entry, received_at=received_at, inbox_id=inbox_id)
    ]
    if fresh:
        refresh(context, records, patient_id, received_at, None if seen else fresh)
    return len(fresh)


def _seen(records: Records, entries: Sequence[Entry]) -> bool:
    """True when any entry speaks of what a log knows already: then only a new fold is right."""
    return speaks_of_known(entries, records.causes_known(names_of(entries)))


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
            save(context, records, patient_id, course, now)


def needs_log(context: Context, records: Records, patient_id: str, entries: Sequence[Entry]) -> bool:
    """True when *entries* can surely not be taken the short way: the log will be read."""
    rows = records.episodes(patient_id)
    for pathway, rules in context.catalogue.current.items():
        mine = [row for row in rows if row.pathway == pathway]
        if may_open(rules, entries) if not mine else mine[-1].status != ACTIVE:
            return True
    return _seen(records, entries)


def folded(
    context: Context,
    records: Records,
    patient_id: str,
    pathway: str,
    rows: tuple[EpisodeRow, ...],
    until: datetime,
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
    """Go on from the stored state where that equals a new fold; None otherwise."""
    if fresh is None or any(row.status == IN_ERROR for row in rows):
        return None
    if not rows and not may_open(context.catalogue.current[pathway], fresh):
        return Course(pathway, (), (), (), ())
    rules = tuple(context.catalogue.rules(row.definition_hash, records) for row in rows)
    before = tuple(decode_episode(row.state) for row in rows)
    episodes = extended(rules, before, fresh, now)
    return None if episodes is None else Course(pathway, episodes, rules, rows, before)
