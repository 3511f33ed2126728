"""A house that sends: an engine on a database, a clock in hand, and what was decided for whom."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pathway_engine.domain.directory import Directory
from pathway_engine.domain.events import Demographics
from pathway_engine.domain.tasks import Place, Task
from pathway_engine.service.engine import Engine
from pathway_engine.service.episode_codec import encode_task
from pathway_engine.service.outward import Patience, Post, Transport
from pathway_engine.service.views import TaskView
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import OutgoingRow
from tests.outbox.receiver import PlainTold
from tests.service.community import START, Community

UNSETTLED = ("waiting", "sending")


def deciding_task(key: str) -> Task:
    """A task of the eastern unit that decided to send something."""
    return Task(
        key=key, pathway="hph", step="HPH3", owner="home_care_nurse", cause="discharged/VN1", event="discharged",
        source="", entry="", raised_at=START, place=Place(municipality="5001", district="01"),
    )  # fmt: skip


@dataclass
class Clock:
    """A clock that stands still until it is moved, for any number of threads."""

    at: datetime = START
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        with self.lock:
            self.at += timedelta(**time)


def engine_with(
    community: Community, transport: Transport | None, patience: Patience, directory: Directory | None = None
) -> Engine:
    """The community's engine with that way out."""
    context = community.engine.context
    post = Post(transport, otherwise=PlainTold(), patience=patience)
    if directory is not None:
        context = replace(context, directories=replace(context.directories, imports=((START, directory),)))
    return Engine(replace(context, post=post))


@dataclass
class House:
    """An engine that sends over *transport*; `decided` are the keys of what is to arrive, by patient."""

    url: str
    transport: Transport | None = None
    patience: Patience = field(default_factory=Patience)
    decided: dict[str, list[str]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    community: Community = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.community = Community(self.url, pathways=())
        self.engine = engine_with(self.community, self.transport, self.patience)

    def close(self) -> None:
        self.community.close()

    def through(self, transport: Transport) -> None:
        """Send by another way from now on."""
        self.transport = transport
        self.engine = engine_with(self.community, transport, self.patience)

    # -- deciding

    def decides(self, patient: str, count: int = 1, message: str = "REPORT") -> list[str]:
        """Commit a transition of *patient* that decides to send *count* messages; return their keys."""
        keys = self.engine.context.committed(lambda records: self._put(records, patient, count, message))
        self.decided.setdefault(patient, []).extend(keys)
        return keys

    def would_decide(self, patient: str) -> None:
        """Begin a transition that decides to send something, and roll it back."""

        class RolledBack(Exception):
            pass

        def work(records: Records) -> None:
            self._put(records, patient, 1, "REPORT", ghost=True)
            raise RolledBack

        try:
            self.engine.context.committed(work)
        except RolledBack:
            return

    def _put(self, records: Records, patient: str, count: int, message: str, *, ghost: bool = False) -> list[str]:
        if records.patient(patient) is None:
            told = Demographics(family="Fjell", given="Astrid", municipality="5001", district="01")
            records.add_patient(patient, told, [], self.clock())
        records.lock_patient(patient)
        begun = len(self.decided.get(patient, []))
        keys = [f"{patient}/{'ghost/' if ghost else ''}{number}" for number in range(begun, begun + count)]
        for key in keys:
            records.put_outgoing(
                key=key, patient_id=patient, episode_id=f"E-{patient}", message=message,
                body=encode_task(deciding_task(key)), at=self.clock(),
            )  # fmt: skip
        return keys

    # -- looking

    def rows(self) -> dict[str, OutgoingRow]:
        with self.engine.context.store.reading() as records:
            return {row.key: row for row in records.outgoing_messages(limit=100_000)}

    def statuses(self) -> dict[str, str]:
        return {key: row.status for key, row in sorted(self.rows().items())}

    def counts(self) -> dict[str, int]:
        with self.engine.context.store.reading() as records:
            return {name: count for name, count in records.outgoing_counts().items() if count}

    def notices(self, person: str = "mia") -> list[TaskView]:
        return self.engine.worklist(self.community.who(person), self.clock())

    # -- sending

    def sends(self, **time: float) -> int:
        """Let time pass, and the relay send what is due then."""
        self.clock.passes(**time)
        return self.engine.send_due(self.clock)

    def settles(self, until: Callable[[], bool] | None = None) -> None:
        """Let hours pass until nothing waits any more; every try is had within them."""
        for _ in range(200):
            self.sends(hours=1)
            if not any(self.counts().get(status) for status in UNSETTLED) and (until is None or until()):
                return
        raise AssertionError(self.counts())
