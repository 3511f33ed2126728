"""A database with a million tasks and a million log entries, made by the database itself from one patient's rows.

One patient goes a part of the way through our service; each table is then filled with that patient's rows
under other ids, spread over 200 units, mostly ended, in no order that an index would like.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Index, event

from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.tables import METADATA
from tests.bench.databases import SQLITE, Ground
from tests.bench.job.ours import Ours

UNITS = 200
EACH_OPEN = 10
"""One task of so many is open."""
ROLE = "home_care_nurse"
OPERATIONS_DONE = 3
TENANT = "default"
FILLED = ("patient", "identifier", "inbox", "log", "episode", "task", "task_audience")
NUMBERED = {"inbox": "id", "log": "seq"}
QUICK = ("synchronous = OFF", "cache_size = -500000", "foreign_keys = OFF")


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are; *on_a_list* is the open tasks of each unit."""

    tasks: int
    entries: int

    @property
    def patients(self) -> int:
        """Ten log entries each."""
        return self.entries // 10

    @property
    def on_a_list(self) -> int:
        """Open tasks of one unit."""
        return self.tasks // UNITS // EACH_OPEN


@dataclass(frozen=True, slots=True)
class Large:
    """The address of the database, and how long it took to make."""

    url: str
    seconds: float


def made(ground: Ground, kind: str, size: Size) -> Large:
    """Make the database."""
    begun = time.perf_counter()
    url = ground.fresh(kind)
    ours = Ours(url, batched=False)
    for number, work in enumerate(ours.rounds([0])):
        if number == OPERATIONS_DONE:
            break
        work()
    ours.close()
    engine = open_engine(url)
    if kind == SQLITE:
        event.listen(engine, "connect", _unsafe)
    with engine.begin() as connection:
        _fill(connection, _Words(kind == SQLITE), size)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if kind != SQLITE:  # what autovacuum does by and by
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()
    return Large(url, time.perf_counter() - begun)


def unit(number: int) -> str:
    """The id of a unit."""
    return f"unit-{number:03}"


def _unsafe(connection: Any, _record: object) -> None:
    for setting in QUICK:
        connection.execute(f"PRAGMA {setting}")


@dataclass(frozen=True, slots=True)
class _Words:
    """What the two databases call the same things; `n` is the number of the row to be made."""

    is_sqlite: bool

    def series(self, count: int) -> str:
        """The numbers from 1."""
        if self.is_sqlite:
            return (
                f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s)"
            )
        return f"(SELECT generate_series(1, {count}::bigint) AS n) AS s"

    def scattered(self, number: str) -> str:
        """A text of 36 characters for each number, none twice, in no order."""
        mixed = f"(({number}) * 2654435761) % 4294967296"
        if self.is_sqlite:
            return f"printf('%08x-0000-5000-8000-%012x', {mixed}, {number})"
        return f"lpad(to_hex({mixed}), 8, '0') || '-0000-5000-8000-' || lpad(to_hex({number}), 12, '0')"

    def later(self, column: str, seconds: str) -> str:
        """An instant some seconds after that of the column."""
        return f"{column} + {seconds} * 1000000" if self.is_sqlite else f"{column} + {seconds} * interval '1 second'"

    def padded(self, number: str) -> str:
        """Three digits."""
        return f"printf('%03d', {number})" if self.is_sqlite else f"lpad(({number})::text, 3, '0')"


def _fill(connection: Connection, words: _Words, size: Size) -> None:
    with _without_checks(connection, words), _without_indexes(connection):
        for name, (count, other) in _columns(words, size).items():
            _multiply(connection, words, name, count, other)
        if not words.is_sqlite:
            for name, number in NUMBERED.items():
                sequence = f"pg_get_serial_sequence('{name}', '{number}')"
                connection.exec_driver_sql(f"SELECT setval({sequence}, (SELECT max({number}) FROM {name}))")


def _columns(words: _Words, size: Size) -> dict[str, tuple[int, Mapping[str, str]]]:
    """How many rows each table gets, and which columns differ from the row that is multiplied."""
    whose = f"n % {size.patients} + 1"
    patient, episode = words.scattered(whose), words.scattered(f"{whose} + {10 * size.patients}")
    list_of = f"'unit-' || {words.padded(f'n % {UNITS}')}"
    is_open = f"(n / {UNITS}) % {EACH_OPEN} = 0"
    own = {"patient_id": patient, "id": words.scattered("n")}
    due = words.later("raised_at", "(n * 7919 % 1209600)")
    return {
        "patient": (size.patients, {"id": own["id"]}),
        "identifier": (size.patients, {"patient_id": own["id"], "value": "'P' || n"}),
        "inbox": (
            size.entries // 2,
            {"id": "n + 100", "message_id": "'M' || n", "patient_id": patient},
        ),
        "log": (
            size.entries,
            {"seq": "n + 100", "entry_id": "'E' || n", "patient_id": patient, "stay": f"'S' || {whose}"},
        ),
        "episode": (size.patients, {**own, "id": episode, "patient_id": patient, "next_wake_at": "NULL"}),
        "task": (
            size.tasks,
            {
                **own, "episode_id": episode, "key": "'K' || n", "unit": list_of, "owner_role": f"'{ROLE}'",
                "due_at": due, "ended_at": f"CASE WHEN {is_open} THEN NULL ELSE raised_at END",
                "status": f"CASE WHEN {is_open} THEN 'ready' ELSE 'completed' END",
                "audience": f"'[[\"' || {list_of} || '\",\"{ROLE}\",false]]'",
            },
        ),
        "task_audience": (
            size.tasks,
            {"task_id": own["id"], "unit": list_of, "role": f"'{ROLE}'", "open": f"({is_open})"},
        ),
    }  # fmt: skip


def _multiply(connection: Connection, words: _Words, name: str, count: int, other: Mapping[str, str]) -> None:
    table = METADATA.tables[name]
    names = [column.name for column in table.columns]
    values = [other.get(each, f'"{each}"') for each in names]
    key = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    one = f"(SELECT * FROM {name} ORDER BY {key} LIMIT 1) AS one"
    told = ", ".join(f'"{each}"' for each in names)
    sql = f"INSERT INTO {name} ({told}) SELECT {', '.join(values)} FROM {words.series(count)}, {one}"
    connection.exec_driver_sql(sql.replace("%", "%%") if not words.is_sqlite else sql)


@contextmanager
def _without_checks(connection: Connection, words: _Words) -> Iterator[None]:
    if not words.is_sqlite:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
    yield


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Indexes that are no constraints are made afterwards, at once."""
    indexes: list[Index] = [index for name in FILLED for index in METADATA.tables[name].indexes]
    for index in indexes:
        index.drop(connection)
    yield
    for index in sorted(indexes, key=lambda each: str(each.name)):
        index.create(connection)
