"""How the databases answer what is asked every second: by which plan, and at what cost, with a million rows."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, event

from pathway_engine.domain.events import Identifier
from pathway_engine.storage.records import Records
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUNS = 200
LONG = 900.0
"""Seconds for a statement that fills a table; none of the program's takes as long."""
QUESTIONS: Mapping[str, Callable[[Records], object]] = {
    "due episodes": lambda records: records.due_episodes(NOON, 50),
    "next wake-up": lambda records: records.next_wake_at(),
    "parked, to be tried": lambda records: records.parked_due(NOON, 50),
    "parked, counted": lambda records: records.parked_count(),
    "parked, in full": lambda records: records.parked(),
    "waiting messages": lambda records: records.claim_messages(NOON, 100),
    "unsettled messages": lambda records: records.unsettled_counts(),
    "unsettled outgoing": lambda records: records.unsettled_outgoing_counts(),
    "open notices": lambda records: records.notice_counts(),
}
"""What a heartbeat or a health check asks, each time."""
NAMES = [("ward", f"M{number}") for number in range(1, 60, 3)]
IDENTIFIERS = [Identifier(system="urn:oid:2.16.578.1.12.4.1.4.1", value=f"P{number}") for number in range(1, 60, 3)]
OF_MESSAGES: Mapping[str, tuple[Callable[[Records], object], tuple[str, ...]]] = {
    "whose numbers": (
        lambda records: records.owners_of([(each.system, each.value) for each in IDENTIFIERS]), ("system", "value"),
    ),
    "who has the numbers": (lambda records: records.find_patients(IDENTIFIERS), ("system", "value")),
    "which messages are known": (lambda records: records.numbers_of(NAMES), ("sender", "message_id")),
    "notices on lists": (lambda records: records.notices_of([("u", "nurse"), ("v", "leader")]), ("unit",)),
}  # fmt: skip
"""What is asked for each batch of messages or each list, by pairs of these columns."""
OF_PEOPLE: Mapping[str, tuple[Callable[[Records], object], str]] = {
    "what was set aside": (
        lambda records: records.messages(dispositions=["dead", "rejected", "unplaced"], limit=50), "ix_inbox_aside",
    ),
    "what did not arrive": (
        lambda records: records.outgoing_messages(["dead", "refused", "timed_out"], 50), "ix_outbox_tenant_status_id",
    ),
    "a message of an id": (lambda records: records.messages_named("M7"), "message_id"),
    "a sender's message": (lambda records: records.messages_from("ward", "M7"), "message_id"),
}  # fmt: skip
"""What a person asks of all messages there have been, and the index or its column that leads to the few wanted."""
# Numbered rows in either dialect; every wake-up lies after NOON, and one message in ten thousand waits.
NUMBERS = {
    "sqlite": "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {size}) ",
    "postgresql": "WITH row (n) AS (SELECT generate_series(1, {size})) ",
}
AFTER_NOON = {
    "sqlite": "1795176000000000 + n * 1000000",
    "postgresql": "timestamptz '2026-11-20 12:00+00' + n * interval '1 second'",
}
BYTES = {"sqlite": "x'7b7d'", "postgresql": r"'\x7b7d'::bytea"}
ROWS = (
    "INSERT INTO patient (tenant, id, updated_at) {numbers} SELECT 'default', 'P' || n, {at} FROM row",
    "INSERT INTO episode (tenant, id, patient_id, pathway, ordinal, definition_hash, phase, status, opened_at,"
    " last_seq, last_key, next_wake_at, state, version, changed_at) {numbers} SELECT 'default', 'E' || n, 'P' || n,"
    " 'hph', 0, 'abc', 'at_home', 'active', {at}, 0, '', {at}, {bytes}, 1, {at} FROM row",
    "INSERT INTO inbox (tenant, sender, message_id, sha256, raw, channel, peer, message_type, received_at, disposition,"
    " reason_code, reason, notes, attempts, conflict, duplicates) {numbers} SELECT 'default', 'ward', 'M' || n, 'abc',"
    " {bytes}, 'mllp', '', 'ADT', {at}, CASE n - n / 10000 * 10000 WHEN 0 THEN NULL WHEN 1 THEN 'dead' ELSE 'applied'"
    " END, '', '', '', 0, false, 0 FROM row",
    "INSERT INTO identifier (tenant, system, value, patient_id) {numbers} SELECT 'default',"
    " 'urn:oid:2.16.578.1.12.4.1.4.1', 'P' || n, 'P' || n FROM row",
    "INSERT INTO notice (tenant, id, kind, about, raised_at, ended_at, version, audience, body, changed_at) {numbers}"
    " SELECT 'default', 'N' || n, 'inbox', 'M' || n, {at}, CASE n - n / 10000 * 10000 WHEN 0 THEN NULL ELSE {at} END,"
    " 1, '[]', {bytes}, {at} FROM row",
    "INSERT INTO outbox (tenant, key, message_id, patient_id, episode_id, message, body, status, at, attempts, fence,"
    " answer, reason) {numbers} SELECT 'default', 'K' || n, 'O' || n, 'P' || n, 'E' || n, 'report', {bytes},"
    " CASE n - n / 10000 * 10000 WHEN 1 THEN 'dead' ELSE 'acknowledged' END, {at}, 1, 1, '', '' FROM row",
    "INSERT INTO notice_seat (tenant, notice_id, unit, role) {numbers} SELECT 'default', 'N' || n, 'U' || n, 'nurse'"
    " FROM row",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as it is sent, with its values."""

    statement: str
    values: Any


def filled(url: str, size: int) -> Store:
    """Make a database with so many waiting episodes and so many messages, written by SQL."""
    upgrade(url)
    store = Store(url, statement_seconds=LONG)
    kind = store.engine.dialect.name
    words = {"numbers": NUMBERS[kind].format(size=size), "at": AFTER_NOON[kind], "bytes": BYTES[kind]}
    with store.engine.begin() as connection:
        for rows in ROWS:
            connection.exec_driver_sql(rows.format(**words))
        connection.exec_driver_sql("ANALYZE")
    return store


@contextmanager
def _heard(store: Store) -> Iterator[list[Asked]]:
    asked: list[Asked] = []

    def hear(_connection: Connection, _cursor: object, statement: str, values: object, *_: object) -> None:
        asked.append(Asked(statement, values))

    event.listen(store.engine, "before_cursor_execute", hear)
    yield asked
    event.remove(store.engine, "before_cursor_execute", hear)


def statements(store: Store, question: str) -> list[Asked]:
    """The statements that a question is asked by."""
    return statements_of(store, QUESTIONS[question])


def statements_of(store: Store, question: Callable[[Records], object]) -> list[Asked]:
    """The statements that any question is asked by."""
    with store.transaction() as records, _heard(store) as asked:
        question(records)
    return asked


def plan(store: Store, asked: Asked) -> str:
    """How the database would answer: on PostgreSQL by the plan that it keeps for any values."""
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.statement}", asked.values)
            return "\n".join(str(row[-1]) for row in rows)
    return json.dumps(_explained(store, asked, "EXPLAIN (FORMAT JSON)", 1)[0]["Plan"])


def milliseconds(store: Store, question: str) -> float:
    """The median time of a question: in PostgreSQL's own count, on SQLite the CPU time of this process."""
    if store.engine.dialect.name == "sqlite":
        return _cpu_milliseconds(store, question)
    measured = [
        _explained(store, asked, "EXPLAIN (ANALYZE, FORMAT JSON)", RUNS) for asked in statements(store, question)
    ]
    return sum(statistics.median(float(run["Execution Time"]) for run in runs) for runs in measured)


def _cpu_milliseconds(store: Store, question: str) -> float:
    found = []
    for _ in range(RUNS):
        with store.transaction() as records:
            began = time.process_time()
            QUESTIONS[question](records)
            found.append(time.process_time() - began)
    return statistics.median(found) * 1000


def _explained(store: Store, asked: Asked, how: str, runs: int) -> list[dict[str, Any]]:
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        names.append(found.group(1))
        return f"${len(names)}"

    prepared = re.sub(r"%\((\w+)\)s", place, asked.statement).replace("%%", "%")
    values = sql.SQL(", ").join(sql.Literal(asked.values[name]) for name in names)
    execute = sql.SQL("{} EXECUTE probe ({})").format(sql.SQL(how), values) if names else sql.SQL("{} EXECUTE probe")
    address = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE probe AS {prepared}".encode())
        return [connection.execute(execute).fetchone()[0][0] for _ in range(runs)]  # type: ignore[index]
