"""Simulated patients played into the engine: messages at the door, what people tell by hand, tasks done on time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pathway_engine.demonstration.seeding import answered
from pathway_engine.domain.errors import PathwayEngineError, TaskError
from pathway_engine.domain.events import Act, Happened
from pathway_engine.service.applying import apply, refresh
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.simulating.messages import COURSE, MESSAGES
from pathway_engine.simulating.people import PERFORMER, identifier
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import PatientRow, TaskRow

BY_HAND = "by hand"


class NotExported(PathwayEngineError):
    """The folder holds no simulated patients."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} holds no {COURSE}; would be right: a folder that `pathway simulate --export` wrote")


@dataclass(slots=True)
class Played:
    """What became of it: messages applied and not, events told by hand, tasks done, and those not open any more."""

    applied: int = 0
    refused: int = 0
    by_hand: int = 0
    done: int = 0
    not_open: int = 0
    first_reason: str = ""


def course_of(folder: Path) -> list[dict[str, Any]]:
    """Return what happens, in order. Raises NotExported."""
    file = folder / COURSE
    if not file.is_file():
        raise NotExported(folder)
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def play(engine: Engine, folder: Path, progress: Callable[[int], None] = lambda _: None) -> Played:
    """Let everything in *folder* happen at its own time, and let time pass to the last of it. Raises NotExported."""
    played, at = Played(), None
    for number, line in enumerate(course_of(folder)):
        at = datetime.fromisoformat(line["at"])
        if "message" in line:
            _receive(engine, folder, line, at, played)
        elif "event" in line:
            _tell(engine, line, number, at, played)
        else:
            _do(engine, line, number, at, played)
        progress(1)
    if at is not None:
        engine.wake_due(at)
    return played


def _receive(engine: Engine, folder: Path, line: dict[str, Any], at: datetime, played: Played) -> None:
    raw = (folder / MESSAGES / line["message"]).read_bytes()
    received = engine.receive(Incoming(raw, line["family"], "simulated"), at)
    if received.disposition == "applied":
        played.applied += 1
    else:
        played.refused += 1
        played.first_reason = played.first_reason or str(received.reason or received.disposition)


def _tell(engine: Engine, line: dict[str, Any], number: int, at: datetime, played: Played) -> None:
    """Put what no message tells on the patient's log."""

    def tell(records: Records) -> None:
        patient = _patient(records, line["patient"])
        if patient is None:
            return
        name, cause = line["event"], f"{line['event']}/by-hand/{number}"
        happened_at = datetime.fromisoformat(line.get("happened_at", line["at"]))
        entry = Happened(
            id=f"{BY_HAND}:{patient.id}:{number}", name=name, cause=cause, occurred_at=happened_at, recorded_at=at,
            stay=None, facts=line["facts"], source=BY_HAND,
        )  # fmt: skip
        apply(engine.context, records, patient.id, [entry], received_at=at, inbox_id=None)
        played.by_hand += 1

    engine.context.committed(tell)


def _patient(records: Records, number: int) -> PatientRow | None:
    found = records.find_patient([identifier(number)])
    return None if found is None else records.lock_patient(found.id)


def _do(engine: Engine, line: dict[str, Any], number: int, at: datetime, played: Played) -> None:
    """Do the patient's oldest open task of the step, with made-up answers."""

    def found(records: Records) -> TaskRow | None:
        patient = _patient(records, line["patient"])
        if patient is None:
            return None
        refresh(engine.context, records, patient.id, at)
        tasks = [task for task in records.tasks_of_patient(patient.id) if task.step == line["step"]]
        return min((task for task in tasks if task.ended_at is None), key=lambda task: task.raised_at, default=None)

    task = engine.context.committed(found)
    if task is None or not _is_done(engine, task, number, at):
        played.not_open += 1
    else:
        played.done += 1


def _is_done(engine: Engine, task: TaskRow, number: int, at: datetime) -> bool:
    who = engine.principal(f"{PERFORMER}{(task.unit or '').removeprefix('m')}", task.owner_role)
    if who is None:
        return False
    try:
        detail = engine.task(who, task.id, at)
        answers = answered(detail.checklist, at)
        engine.act(
            who, task.id, Act.COMPLETE, version=detail.task.version, key=f"simulated-{number}", now=at, answers=answers
        )
    except TaskError:
        return False
    return True
