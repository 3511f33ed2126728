"""What the hospital knows against what the database holds: nothing lost, nothing doubled, nothing half done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from pathway_engine.app import opened, upgrade_schema
from pathway_engine.channels.hl7v2 import HL7V2
from pathway_engine.service.engine import Engine
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.receiving import Incoming
from pathway_engine.settings import Settings, read_settings
from tests.crash.blaster import Ledger
from tests.crash.stories import FIRST_PATIENT, KINDS, Stories, kind_of, number_in, numbers_of

EXAMPLES = 5
Traces = tuple[tuple[Any, ...], ...]


@dataclass
class Findings:
    """Every violation by its kind, with a few examples; `figures` are counts of what was looked at."""

    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    figures: dict[str, int] = field(default_factory=dict)

    def note(self, kind: str, example: object) -> None:
        """Note one violation."""
        self.wrong[kind] += 1
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(str(example))

    def lines(self) -> list[str]:
        """The violations, one a line."""
        return [f"{count} {kind}: {', '.join(self.examples[kind])}" for kind, count in sorted(self.wrong.items())]


@dataclass(frozen=True)
class Reference:
    """What every kind of patient comes to where nothing ever fails, and how many entries each message tells."""

    traces: dict[int, Traces]
    entries: dict[tuple[int, int], int]


def reference(stories: Stories, folder: Path, directory: Path, now: datetime) -> Reference:
    """Tell the first patient of each kind in order, in one program, on a database of its own."""
    with _engine(f"sqlite:///{folder}/reference.sqlite", directory, now) as engine:
        entries = {}
        for patient in range(KINDS):
            for number in numbers_of(patient):
                received = engine.receive(Incoming(stories.raw(number), HL7V2, "reference"), now)
                assert received.disposition == "applied", received.reason
                entries[kind_of(number)] = _entries_of(engine, received.inbox_id)
        engine.wake_due(now)
        with engine.context.store.engine.connect() as connection:
            return Reference(_traces(connection), entries)


def _engine(url: str, directory: Path | None, now: datetime) -> Any:
    settings = settings_for(url, directory)
    upgrade_schema(settings)
    return opened(settings, now)


def settings_for(url: str, directory: Path | None = None) -> Settings:
    """The settings of a run's database."""
    return read_settings(database_url=url, directory=directory, tenant="default", pathways=None)


def _entries_of(engine: Engine, inbox_id: int) -> int:
    with engine.context.store.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM log WHERE inbox_id = {inbox_id}")).scalar_one())


# -- the comparison


def compared(
    stories: Stories, ledger: Ledger, completed: Iterable[int], url: str, ideal: Reference, now: datetime
) -> Findings:
    """Look for every violation in the database at *url*, in which nothing may wait any more."""
    found = Findings()
    with opened(settings_for(url), now) as engine:
        engine.wake_due(now)
        with engine.context.store.engine.connect() as connection:
            numbers = _inbox(connection, stories, ledger, found)
            _log(connection, numbers, ideal, found)
            _audit(connection, numbers, found)
            _patients(connection, completed, ideal, found)
            _keys(connection, found)
        rebuilt = rebuild(engine.context, now, check=True)
        found.figures["patients folded anew"] = rebuilt.patients
        for episode in rebuilt.differing:
            found.note("episodes that do not follow from the log", episode)
    return found


def _inbox(connection: Connection, stories: Stories, ledger: Ledger, found: Findings) -> dict[int, int]:
    """Return which message each row of the inbox holds, by the row's id."""
    numbers: dict[int, int] = {}
    seen: Counter[int] = Counter()
    for id_, raw, digest, disposition, answer in _rows(
        connection, "SELECT id, raw, sha256, disposition, answer FROM inbox ORDER BY id"
    ):
        number = number_in(bytes(raw))
        if number is None or number not in ledger.sent:
            found.note("messages that nobody sent", id_)
            continue
        numbers[id_] = number
        seen[number] += 1
        if (
            sha256(bytes(raw)).hexdigest() != sha256(stories.raw(number)).hexdigest()
            or digest != sha256(raw).hexdigest()
        ):
            found.note("messages changed", number)
        if disposition != "applied" or answer is None:
            found.note(f"messages {disposition or 'without an end'}", number)
    for number in sorted(ledger.acknowledged - seen.keys()):
        found.note("acknowledged messages lost", number)
    for number, count in sorted(seen.items()):
        if count > 1:
            found.note("messages doubled", number)
    for row in _rows(connection, "SELECT inbox_id FROM inbox_history"):
        found.note("messages with two ends", row[0])
    found.figures["messages"] = len(numbers)
    return numbers


def _log(connection: Connection, numbers: dict[int, int], ideal: Reference, found: Findings) -> None:
    counts = dict(_rows(connection, "SELECT inbox_id, count(*) FROM log WHERE inbox_id IS NOT NULL GROUP BY inbox_id"))
    for inbox_id, number in numbers.items():
        count, right = counts.get(inbox_id, 0), ideal.entries[kind_of(number)]
        if count < right:
            found.note("effects lost", number)
        elif count > right:
            found.note("effects doubled", number)


def _audit(connection: Connection, numbers: dict[int, int], found: Findings) -> None:
    counts = dict(
        _rows(connection, "SELECT object_id, count(*) FROM audit WHERE action LIKE 'message %' GROUP BY object_id")
    )
    for inbox_id, number in numbers.items():
        if counts.get(str(inbox_id), 0) != 1:
            found.note(f"messages with {counts.get(str(inbox_id), 0)} lines in the audit", number)


def _patients(connection: Connection, completed: Iterable[int], ideal: Reference, found: Findings) -> None:
    traces = _traces(connection)
    right = 0
    for patient in completed:
        if traces.get(patient) == ideal.traces[patient % KINDS]:
            right += 1
        else:
            found.note("patients whose tasks are not those of a quiet day", patient)
    found.figures["patients with the tasks of a quiet day"] = right
    (people,) = _rows(connection, "SELECT count(*) FROM patient")
    if people[0] != len(traces):
        found.note("patients in two records", f"{people[0]} records of {len(traces)} patients")


def _traces(connection: Connection) -> dict[int, Traces]:
    """What is kept of each made-up patient, without what chance or time chose: episodes, tasks, outgoing messages."""
    whose = {
        id_: int(value[1:]) - FIRST_PATIENT
        for id_, value in _rows(connection, "SELECT patient_id, value FROM identifier WHERE value LIKE 'D%'")
    }
    traces: dict[int, list[tuple[Any, ...]]] = {patient: [] for patient in whose.values()}
    for id_, *kept in _rows(
        connection,
        "SELECT patient_id, pathway, ordinal, phase, status, '', '' FROM episode WHERE status <> 'entered-in-error' "
        "UNION ALL SELECT patient_id, pathway, 0, step, status, owner_role, unit FROM task "
        "WHERE status <> 'entered-in-error' "
        "UNION ALL SELECT patient_id, '', 0, message, status, '', '' FROM outbox",
    ):
        traces[whose[id_]].append(tuple(kept))
    return {patient: tuple(sorted(kept, key=repr)) for patient, kept in traces.items()}


def _keys(connection: Connection, found: Findings) -> None:
    for table, key in (
        ("task", "patient_id, key"),
        ("task", "episode_id, key"),
        ("outbox", "key"),
        ("log", "entry_id"),
    ):
        for row in _rows(connection, f"SELECT {key}, count(*) FROM {table} GROUP BY {key} HAVING count(*) > 1"):
            found.note(f"rows of {table} with the same key", row[-2])


def _rows(connection: Connection, statement: str) -> Iterator[Any]:
    with connection.execution_options(stream_results=True, yield_per=1000).execute(text(statement)) as result:
        yield from result
