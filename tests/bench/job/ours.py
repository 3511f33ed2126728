"""The job as this program does it, through its own service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

from pathway_engine.domain.directory import Directories
from pathway_engine.domain.events import Act, Identifier
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming, apply_waiting, store
from pathway_engine.service.views import Principal
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.bench.job.steps import JOB, Done, Told, message, name_of
from tests.service.community import START, PlainChannel, directory, shipped_files

STORED_AT_ONCE = 100
APPLIED_AT_ONCE = 1000


def opened(url: str) -> Engine:
    """The service of a small community over a database that has the tables."""
    directories = Directories(((START - timedelta(days=99), directory()),))
    files = [shipped_files("hph")]
    return Engine(build_context(Store(url), directories, files, [PlainChannel()], lambda: uuid4().hex, START))


class Ours:
    """The service over one database: messages one by one, or as they gather while it is busy."""

    def __init__(self, url: str, *, batched: bool) -> None:
        upgrade(url)
        self.engine = opened(url)
        self._batched = batched

    def rounds(self, patients: Sequence[int]) -> Iterator[Callable[[], None]]:
        """Give the job's operations, each for all *patients*."""
        for number, operation in enumerate(JOB):
            if isinstance(operation, Done):
                yield partial(_one_by_one, [self._completed(patient, number, operation) for patient in patients])
                continue
            incoming = [Incoming(message(patient, number, operation), "plain", "bench") for patient in patients]
            yield partial(self._in_batches if self._batched else self._received, incoming, operation)

    def _received(self, incoming: Sequence[Incoming], told: Told) -> None:
        for each in incoming:
            outcome = self.engine.receive(each, told.at)
            assert outcome.disposition == "applied", outcome.reason

    def _in_batches(self, incoming: Sequence[Incoming], told: Told) -> None:
        for first in range(0, len(incoming), STORED_AT_ONCE):
            store(self.engine.context, incoming[first : first + STORED_AT_ONCE], told.at)
        while apply_waiting(self.engine.context, told.at, APPLIED_AT_ONCE):
            pass

    def _completed(self, patient: int, number: int, done: Done) -> Callable[[], object]:
        """What the button of the task's page does; the page was looked at before, which is not measured."""
        with self.engine.context.store.reading() as records:
            found = records.find_patient([Identifier(system="local:FJORD", value=name_of(patient))])
            assert found is not None, patient
            (task,) = [task for task in records.tasks_of_patient(found.id) if task.step == done.step]
        return partial(
            self.engine.act, _person(done), task.id, Act.COMPLETE, version=task.version,
            key=f"{name_of(patient)}-{number}", now=done.at, answers=done.answers,
        )  # fmt: skip

    def close(self) -> None:
        """Close the database."""
        self.engine.context.store.close()


def _one_by_one(works: Sequence[Callable[[], object]]) -> None:
    for work in works:
        work()


def _person(done: Done) -> Principal:
    return Principal(person="kari", name="Kari Sykepleier", role=done.role, seats=((done.unit, done.role),))
