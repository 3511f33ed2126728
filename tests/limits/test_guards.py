"""Small guards behind the large promises."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from adapters.hl7v2.answering import acknowledge
from adapters.hl7v2.envelope import scan
from pathway_engine.domain.conditions import Condition
from pathway_engine.domain.errors import StorageError
from pathway_engine.language.findings import DefinitionErrors
from pathway_engine.language.reader import read_pathway
from pathway_engine.service.receiving import Incoming, apply_waiting
from pathway_engine.storage.store import Store
from pathway_engine.workers.inbox_writer import InboxWriter, Waiting
from tests.fuzz.corpus import REPOSITORY, joined, parted
from tests.limits.chaos import network
from tests.limits.postgres import Postgres, postgres
from tests.service.community import Community

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_stop_iteration_does_not_leave_a_sender_waiting(sqlite_url: str) -> None:
    """asyncio takes no such exception into a future: the waiter would hang."""
    community = Community(sqlite_url)

    def stops(waiting: Waiting) -> list[bytes]:
        raise StopIteration

    async def scene() -> None:
        writer = InboxWriter(community.engine.context, lambda: NOW, lambda incoming: pytest.fail("not asked"))
        waiting = Waiting(Incoming(b"", "plain", "test"))
        answered = asyncio.wrap_future(waiting.answers)
        await asyncio.get_running_loop().run_in_executor(None, writer._settle, waiting, stops)
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(answered, 10)

    asyncio.run(scene())
    community.close()


def test_a_failing_message_is_tried_later_each_time_and_others_go_first(sqlite_url: str) -> None:
    """Mutant: retry at the head of the line; what comes after waits for what never works."""
    community = Community(sqlite_url)
    poison = community.send(id="P", patient="200", poison=True, entries=[])
    assert poison.disposition is None
    context = community.engine.context
    assert [apply_waiting(context, community.now + timedelta(seconds=second)) for second in range(4)] == [0] * 4
    assert community.send(id="G", patient="100", entries=[]).disposition == "applied"
    with context.store.reading() as records:
        assert records.message(poison.inbox_id).attempts == 1
    community.close()


def test_an_answer_repeats_no_mark_of_the_wire() -> None:
    """Found by fuzzing: MSH-18 ended in a start mark, and the answer fell apart."""
    raw = b"MSH|^~\\&|E\x0bPJ|F\x1c|P|F\x1c\r".replace(
        b"\r", b"|20260101||ADT^A01|N\x0b1|P|2.5|||||NOR|8859/1\x1c\rPID|1"
    )
    answer = acknowledge(scan(raw), "AE", now=NOW, control_id="1")
    assert not set(answer) & {0x0B, 0x1C}
    assert b"\rMSA|AE|N1\r" in answer


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


def test_postgresql_that_says_nothing_is_given_up(postgresql: Postgres) -> None:
    with network(postgresql.socket) as between:
        store = Store(postgresql.url_by(between.port), statement_seconds=1)
        with closing(store), pytest.raises(StorageError), store.transaction() as records:
            between.silence()
            records._connection.exec_driver_sql("SELECT 1")
        between.mend()


def test_a_statement_of_postgresql_may_not_take_for_ever(postgresql: Postgres) -> None:
    store = Store(postgresql.url, statement_seconds=1)
    with closing(store), pytest.raises(StorageError, match="57014"), store.transaction() as records:
        records._connection.exec_driver_sql("SELECT pg_sleep(60)")


def test_a_lock_of_postgresql_is_not_waited_for_for_ever(postgresql: Postgres) -> None:
    store = Store(postgresql.url, statement_seconds=3)
    with closing(store), store.transaction() as first, pytest.raises(StorageError):
        first._connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
        with store.transaction() as second:
            second._connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")


def test_very_many_lines_on_one_event_are_not_compared_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by fuzzing: two hundred lines took more than a second, and each could have taken longer."""
    compared: list[int] = []

    def counted(first: Condition | None, second: Condition | None, facts: object) -> bool:
        compared.append(1)
        return False

    monkeypatch.setattr("pathway_engine.language.check_flow.overlap", counted)
    files = parted(joined(REPOSITORY / "pathways" / "heart_failure"))
    before, head, rest = files["pathway.yaml"].partition(b"enrol:\n")
    line = rest.split(b"\n")[0] + b"\n"
    with pytest.raises(DefinitionErrors) as told:
        read_pathway(files | {"pathway.yaml": before + head + line * 200 + rest})
    assert "too-many" in {finding.code for finding in told.value.findings}
    assert len(compared) < 100
