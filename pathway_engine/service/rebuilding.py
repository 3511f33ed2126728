"""Is the projection what the log says? Fold every patient's log anew and compare, or write it again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pathway_engine.domain.folding import advance
from pathway_engine.service.applying import folded, refresh
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode, encode_episode
from pathway_engine.service.reconciling import task_row
from pathway_engine.service.saving import IN_ERROR
from pathway_engine.service.stopped import STOPPED
from pathway_engine.storage.errors import DatabaseUnusable, IncompatibleLog
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many patients and episodes were folded, and which episodes (ids) differed from the log.

    `faulty` are the patients (ids) whose log cannot be folded; theirs is neither compared nor written.
    """

    patients: int
    episodes: int
    differing: tuple[str, ...]
    faulty: tuple[str, ...] = ()


def rebuild(context: Context, now: datetime, *, check: bool) -> Rebuilt:
    """Fold all logs up to *now* and compare with what is stored; without *check* also write the result.

    Raises IncompatibleLog, before anything is written, when a log holds what this program does not know.
    """
    with context.store.reading() as records:
        patients = records.patients_with_entries()
    episodes, differing, faulty = 0, [], []
    for patient_id in patients:
        try:
            found, wrong = _one(context, patient_id, now, check=check)
        except (DatabaseUnusable, IncompatibleLog):
            raise
        except Exception as fault:  # one patient must not keep the others from being looked at
            log.error("patient %s could not be folded: %s", patient_id, type(fault).__name__)
            faulty.append(patient_id)
            continue
        episodes += found
        differing += wrong
    return Rebuilt(len(patients), episodes, tuple(differing), tuple(faulty))


def _one(context: Context, patient_id: str, now: datetime, *, check: bool) -> tuple[int, list[str]]:
    compared = _compared(context, patient_id, now)
    if not check:
        context.committed(partial(_written, context, patient_id=patient_id, now=now))
    return compared


def _written(context: Context, records: Records, *, patient_id: str, now: datetime) -> None:
    records.lock_patient(patient_id)
    refresh(context, records, patient_id, now, None)


def _compared(context: Context, patient_id: str, now: datetime) -> tuple[int, list[str]]:
    with context.store.reading() as records:
        rows = records.episodes(patient_id)
        pathways = sorted({*context.catalogue.current, *(row.pathway for row in rows)})
        wrong: list[str] = []
        for pathway in pathways:
            mine = tuple(row for row in rows if row.pathway == pathway)
            wrong += _differing(context, records, patient_id, pathway, mine, now)
    return len(rows), wrong


def _differing(
    context: Context,
    records: Records,
    patient_id: str,
    pathway: str,
    rows: tuple[EpisodeRow, ...],
    now: datetime,
) -> list[str]:
    course = folded(context, records, patient_id, pathway, rows, now)
    if course is None:
        return []
    stored = {row.ordinal: row for row in rows if row.status != IN_ERROR}
    wrong = [
        context.episode_id(patient_id, pathway, ordinal)
        for ordinal in sorted({*stored, *(episode.ordinal for episode in course.episodes)})
        if ordinal not in stored or ordinal >= len(course.episodes)
    ]
    for episode, rules in zip(course.episodes, course.rules, strict=True):
        row = stored.get(episode.ordinal)
        if row is None:
            continue
        live = advance(rules, decode_episode(row.state), now)
        if encode_episode(live) != encode_episode(episode) or not _rows_follow(context, records, row):
            wrong.append(row.id)
    return wrong


def _rows_follow(context: Context, records: Records, row: EpisodeRow) -> bool:
    """Are the list's rows those that the stored state gives?"""
    stored = decode_episode(row.state)
    rules = context.catalogue.rules(row.definition_hash, records)
    wanted = {
        task.key: replace(task_row(context, rules, row.patient_id, row.id, task), id="")
        for task in stored.tasks.values()
    }
    lines = [line for line in records.tasks_of_episode(row.id) if line.status != IN_ERROR and line.step != STOPPED]
    return wanted == {line.key: replace(line, id="", version=0) for line in lines}
