"""What time should have done to each patient, against what the database says that it did."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from pathway_engine.domain.tasks import Task
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.storage.store import Store
from tests.timers.population import Population

SPARE = timedelta(milliseconds=10)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ON_SQLITE = (
    "CREATE TABLE timer_seen (episode TEXT, due INTEGER, at INTEGER)",
    """CREATE TRIGGER see_timer AFTER UPDATE OF next_wake_at ON episode
       WHEN OLD.next_wake_at IS NOT NEW.next_wake_at
       BEGIN INSERT INTO timer_seen VALUES
       (OLD.id, OLD.next_wake_at, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)); END""",
)
ON_POSTGRESQL = (
    "CREATE TABLE timer_seen (episode text, due timestamptz, at timestamptz)",
    """CREATE FUNCTION see_timer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       INSERT INTO timer_seen VALUES (OLD.id, OLD.next_wake_at, clock_timestamp()); RETURN NULL; END $$""",
    """CREATE CONSTRAINT TRIGGER see_timer AFTER UPDATE OF next_wake_at ON episode
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
       WHEN (OLD.next_wake_at IS DISTINCT FROM NEW.next_wake_at) EXECUTE FUNCTION see_timer()""",
)
"""By the database's own clock, which nobody sets: when a wake-up was taken (on PostgreSQL, at the commit)."""


@dataclass
class Findings:
    """How many wake-ups were wrong in which way, and how late the others were, in seconds."""

    wakeups: int = 0
    never: int = 0
    doubled: int = 0
    early: int = 0
    wrong_instant: int = 0
    parked: int = 0
    late: list[float] = field(default_factory=list)

    @property
    def violations(self) -> int:
        """All that must not be."""
        return self.never + self.doubled + self.early + self.wrong_instant + self.parked

    def line(self) -> str:
        """The figures in one line."""
        counts = f"never {self.never}, doubled {self.doubled}, early {self.early}"
        late = sorted(self.late) or [0.0]
        p99 = late[min(len(late) - 1, len(late) * 99 // 100)]
        return (
            f"{self.wakeups} wake-ups: {counts}, wrong instant {self.wrong_instant}, parked {self.parked}; "
            f"late p50 {statistics.median(late):.3f} s, p99 {p99:.3f} s, max {late[-1]:.3f} s"
        )


def watch_wakeups(store: Store) -> None:
    """Let the database note when each wake-up is taken."""
    statements = ON_SQLITE if store.engine.dialect.name == "sqlite" else ON_POSTGRESQL
    with store.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def judged(store: Store, population: Population, until: datetime, shift: timedelta | None) -> Findings:
    """Compare every patient; *until* is how far time has come, *shift* how far it is from the database's."""
    found = Findings()
    with store.engine.connect() as connection:
        tasks, episodes = _tasks(connection)
        seen = _seen(connection)
    with store.reading() as records:
        found.parked = records.parked_count() + len(tasks.pop("STOPPED", []))
    for number in range(population.size):
        cause = f"begun/{number}"
        _judge_tasks(found, population, number, tasks[cause], until)
        taken = seen[episodes[cause], population.due(number)]
        _judge_wakeup(found, population.due(number), taken, shift)
    return found


def _judge_tasks(found: Findings, population: Population, number: int, tasks: list[Task], until: datetime) -> None:
    due = population.due(number)
    calls = [task for task in tasks if task.step == "CALL"]
    assert len(calls) == 1, number
    for what in ("overdue", "escalated"):
        instants = [note.at for note in calls[0].history if note.what == what]
        found.wrong_instant += any(at != due for at in instants)
        found.doubled += len(instants) > 1
        found.never += not instants
    rounds = sorted(task.raised_at for task in tasks if task.step == "ROUND")
    expected = population.rounds(number, until)
    found.doubled += len(rounds) > len(set(rounds))
    found.never += len(set(expected) - set(rounds))
    found.wrong_instant += len(set(rounds) - set(expected))


def _judge_wakeup(found: Findings, due: datetime, taken: list[datetime], shift: timedelta | None) -> None:
    found.wakeups += 1
    found.never += not taken
    found.doubled += len(taken) > 1
    if shift is not None and taken:
        late = min(taken) + shift - due
        found.early += late < -SPARE
        found.late.append(late.total_seconds())


def _tasks(connection: Connection) -> tuple[dict[str, list[Task]], dict[str, str]]:
    tasks: dict[str, list[Task]] = defaultdict(list)
    episodes: dict[str, str] = {}
    for body, step, episode in connection.execute(text("SELECT body, step, episode_id FROM task")):
        task = decode_task(bytes(body))
        cause = task.cause.partition("#")[0]
        tasks["STOPPED" if step == "STOPPED" else cause].append(task)
        episodes[cause] = episode
    return tasks, episodes


def _seen(connection: Connection) -> dict[tuple[str, datetime], list[datetime]]:
    rows: Iterable[tuple[str, object, object]] = connection.execute(
        text("SELECT episode, due, at FROM timer_seen WHERE due IS NOT NULL")
    ).tuples()
    seen: dict[tuple[str, datetime], list[datetime]] = defaultdict(list)
    for episode, due, at in rows:
        seen[episode, _instant(due)].append(_instant(at))
    return seen


def _instant(stored: object) -> datetime:
    if isinstance(stored, int):
        return EPOCH + timedelta(microseconds=stored)
    assert isinstance(stored, datetime)
    return stored.astimezone(UTC)
