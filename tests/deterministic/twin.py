"""The same world without troubles: letters in order, a right clock, no crash; both must end in the same state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pathway_engine.domain.events import Acted
from pathway_engine.service.applying import apply
from pathway_engine.service.saving import IN_ERROR
from pathway_engine.storage.records import Records
from tests.deterministic import post
from tests.deterministic.ledger import check
from tests.deterministic.letters import Letter
from tests.deterministic.service import Service, empty_database

if TYPE_CHECKING:
    from tests.deterministic.run import Run

Happening = tuple[datetime, int, str, Letter | Acted | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many patients ended the same, and how many could not be compared for another version."""

    same: int
    other_version: int


def compare(run: Run, file: Path, now: datetime) -> Compared:
    """Live the run's world again without troubles and compare where every patient ends at *now*.

    What may differ: ids and versions of rows, when things were received, what was on a list for a while and
    was taken back (entered in error), and the pathway version of an episode that was heard of late.
    """
    empty_database(file)
    twin = Service(file, lambda: run.service.directories_now(), run.plan.begin)
    twin.open()
    try:
        for happening in sorted(_happenings(run), key=lambda each: each[:3]):
            _take(run, twin, happening)
        twin.version, twin.true_now = run.service.version, now
        twin.engine.wake_due(now)
        return _compared(run, twin)
    finally:
        twin.end()
        twin.looking.close()


def _happenings(run: Run) -> Iterator[Happening]:
    for letter in run.plan.letters:
        if letter.fate == "applied":
            yield letter.sent_at, 0, letter.id, letter
    with run.service.engine.context.store.reading() as records:
        for patient_id in records.patients_with_entries():
            for row in records.log(patient_id):
                if isinstance(row.entry, Acted):
                    yield row.entry.occurred_at, 1, row.entry.id, row.entry
    if run.version_since is not None:
        yield run.version_since, 2, "", None


def _take(run: Run, twin: Service, happening: Happening) -> None:
    at, _, _, thing = happening
    twin.true_now = max(at, twin.true_now)
    match thing:
        case Letter():
            received = post.received_at_once(twin, thing)
            check(received.disposition == "applied", "in order everything can be placed", (thing.id, received))
        case Acted():
            _act(run, twin, thing)
        case _:
            twin.version = 1
            twin.begin_anew()


def _act(run: Run, twin: Service, acted: Acted) -> None:
    """Put an act into the log as it stands: in this world the nurse may have seen another list."""
    person = run.ledger.done[acted.id].person
    (patient_id,) = run.watch.records_in(twin, person)[:1]

    def work(records: Records) -> None:
        records.lock_patient(patient_id)
        apply(twin.engine.context, records, patient_id, [acted], received_at=twin.now, inbox_id=None)

    twin.engine.context.committed(work)


def _compared(run: Run, twin: Service) -> Compared:
    same = other_version = 0
    for person in run.people:
        mine, theirs = (_end_of(run, service, person) for service in (run.service, twin))
        if [stage[:2] for stage in mine[0]] != [stage[:2] for stage in theirs[0]]:
            check(run.version_since is not None, "troubles change nothing in the end", _difference(mine, theirs))
            other_version += 1
        else:
            check(mine == theirs, "troubles change nothing in the end", _difference(mine, theirs))
            same += 1
    return Compared(same, other_version)


def _end_of(run: Run, service: Service, person: int) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Episodes and tasks of a person as they count, without what depends on when it was heard."""
    with service.engine.context.store.reading() as records:
        found = run.watch.records_in(service, person)
        rows = [row for patient_id in found for row in records.episodes(patient_id) if row.status != IN_ERROR]
        cards = [(row.municipality, row.district, row.address) for each in found if (row := records.patient(each))]
        tasks = [row for patient_id in found for row in records.tasks_of_patient(patient_id) if row.status != IN_ERROR]
    stages = [(row.ordinal, row.definition_hash, row.status, row.phase, row.opened_at, row.closed_at, row.next_wake_at,
               row.state) for row in rows]  # fmt: skip
    lines = [(row.key, row.status, row.business_status, row.due_at, row.opens_at, row.ended_at, row.performer, row.unit,
              row.audience, row.answered, row.deferred_until, row.body) for row in tasks]  # fmt: skip
    return sorted(stages, key=repr), [*cards, *sorted(lines, key=repr)]


def _difference(mine: object, theirs: object) -> str:
    assert isinstance(mine, tuple) and isinstance(theirs, tuple)
    only = [
        [each for each in one if each not in other]
        for one, other in zip((*mine, *theirs), (*theirs, *mine), strict=True)
    ]
    return f"only with troubles {only[:2]}\nonly without {only[2:]}"
