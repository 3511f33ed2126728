"""On SQLite, what is asked for one patient or one batch goes by an index's own columns, not by the tenant alone.

The database is empty and has no statistics, as a real one has none: SQLite chooses by the indexes' forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.storage.records import Records
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TABLES = "patient|identifier|log|inbox|task|task_audience|episode|stay|audit|outbox|notice"
ALIASES = "following|record|owner|person|their|stays_of_any"
OF_WHAT_WAITS = "ix_inbox_waiting|ix_notice_open"
"""Indexes that hold none but what waits."""
BY_TENANT_ALONE = re.compile(rf"SEARCH ({TABLES}|{ALIASES}) (?!.*({OF_WHAT_WAITS})).*\(tenant=\?\)|SCAN ({TABLES})\b.*")
SEATS = [("storlien", "nurse"), ("fjordvik", "leader")]
NUMBERS = [Identifier(system="urn:oid:1", value=f"{each}") for each in range(20)]


def _merge(records: Records) -> None:
    for name in ("one", "other"):
        records.add_patient(name, Demographics(), (), NOW)
    records.merge_patients("one", "other", NOW)


QUESTIONS: dict[str, Callable[[Records], object]] = {
    "whose numbers": lambda records: records.owners_of([(each.system, each.value) for each in NUMBERS]),
    "who has the numbers": lambda records: records.find_patients(NUMBERS),
    "a person's numbers": lambda records: records.identifiers_of_person("one"),
    "which messages are known": lambda records: records.numbers_of([("ward", f"{each}") for each in range(20)]),
    "one log": lambda records: records.log("one"),
    "many logs": lambda records: records.logs_of(["one", "other"]),
    "a merge": _merge,
    "a patient's lists": lambda records: records.lists_of_patient("one"),
    "a worklist": lambda records: records.worklist(SEATS, limit=10),
    "a patient on a worklist": lambda records: records.worklist(SEATS, limit=10, patient_id="one"),
    "a board by work": lambda records: records.patients_worked_on(SEATS, NOW, NOW),
    "a board by phase": lambda records: records.patients_in_phases({("hph", "at_home"), ("ward_stay", "ready")}),
    "what an open page is told": lambda records: records.seats_told_of(3, ["A", "B"], ["N"]),
    "what was decided for a person": lambda records: records.decisions_of_person("one"),
    "the inbox page: received": lambda records: records.messages(
        dispositions=["rejected", "unplaced", "dead"], limit=9
    ),
    "the inbox page: sent": lambda records: records.outgoing_messages(["refused", "dead", "timed_out"], 9),
    "what waits and what died": lambda records: records.messages(dispositions=["waiting", "dead"], limit=9),
    "a message of an id": lambda records: records.messages_named("M1"),
    "a sender's message of an id": lambda records: records.messages_from("ward", "M1"),
    "how much waits": lambda records: records.unsettled_counts(),
    "how much is not with its receiver": lambda records: records.unsettled_outgoing_counts(),
    "how many notices are open": lambda records: records.notice_counts(),
    "all that was sent, by status": lambda records: records.outgoing_messages(limit=9),
    "rows of the audit": lambda records: records.audit_rows([1, 2, 3]),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty database."""
    url = f"sqlite:///{Path(tmp_path_factory.mktemp('growth'))}/pathway.sqlite"
    upgrade(url)
    made = Store(url)
    yield made
    made.close()


def plans(store: Store, question: Callable[[Records], object]) -> list[str]:
    """The steps by which SQLite answers all that the question asks."""
    found: list[str] = []

    def hear(connection: Connection, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            raw = connection.connection.cursor()
            raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            found.extend(str(row[-1]) for row in raw.fetchall())
            raw.close()

    event.listen(store.engine, "before_cursor_execute", hear)
    try:
        with store.transaction() as records:
            question(records)
    finally:
        event.remove(store.engine, "before_cursor_execute", hear)
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_more_is_gone_through_where_there_are_more_patients(store: Store, question: str) -> None:
    steps = plans(store, QUESTIONS[question])
    assert steps
    assert [each for each in steps if BY_TENANT_ALONE.fullmatch(each)] == []
