"""The outbox's rows: what waited before the relay existed gets its id, and finding the next one stays quick."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, event

from pathway_engine.domain.events import Demographics
from pathway_engine.storage import Store, upgrade
from pathway_engine.storage.outbox import NEXT, message_id_of
from tests.service.community import START


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()


def test_what_waited_before_is_named_by_its_key(store: Store) -> None:
    upgrade(store.url, "0002")
    on_postgresql = store.engine.dialect.name == "postgresql"
    at, nothing = ("'2026-11-20 12:00+00'", "'\\x7b7d'") if on_postgresql else ("1795176000000000", "x'7b7d'")
    with store.engine.begin() as connection:
        for key in ("E1/a", "E1/b"):
            connection.exec_driver_sql(
                "INSERT INTO outbox (tenant, key, patient_id, episode_id, message, body, status, at) VALUES"
                f" ('default', '{key}', 'anna', 'E1', 'REPORT', {nothing}, 'waiting', {at})"
            )
    upgrade(store.url)
    with store.transaction() as records:
        assert [(row.key, row.message_id, row.attempts) for row in records.outgoing()] == [
            (key, message_id_of("default", key), 0) for key in ("E1/a", "E1/b")
        ]
        assert records.claim_outgoing(START, START) is not None


def test_two_tenants_never_share_an_id() -> None:
    assert message_id_of("a", "E1/x") != message_id_of("b", "E1/x")


def test_the_next_message_is_found_by_indexes_however_many_wait_or_were_sent(store: Store) -> None:
    """A plan that joins all that waits with all that waits would stop the relay on the day that it is needed."""
    upgrade(store.url)
    fill(store, patients=300)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        plan = planned(connection)
    assert "ix_outbox_unsettled" in plan and "ix_outbox_tenant_patient_id_id" in plan, plan


def fill(store: Store, patients: int) -> None:
    """Let each patient have one message that was sent, and four that wait."""
    with store.transaction() as records:
        for number in range(patients):
            records.add_patient(f"P{number}", Demographics(), [], START)
            for place in range(5):
                records.put_outgoing(
                    key=f"P{number}/{place}", patient_id=f"P{number}", episode_id="E", message="REPORT", body=b"{}",
                    at=START,
                )  # fmt: skip
            records.settle_outgoing(f"P{number}/0", status="sent", at=START)


def planned(connection: Connection) -> str:
    """How the database would find the next message."""
    is_postgresql = connection.dialect.name == "postgresql"
    seen: list[str] = []

    @event.listens_for(connection, "before_cursor_execute", retval=True)
    def explain(_: object, __: object, statement: str, values: object, *___: object) -> tuple[str, object]:
        return ("EXPLAIN " if is_postgresql else "EXPLAIN QUERY PLAN ") + statement, values

    for row in connection.execute(NEXT, {"tenant_": "default", "now_": START}):
        seen.append(" ".join(map(str, row)))
    return "\n".join(seen)
