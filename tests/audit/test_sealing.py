"""The audit as a chain in a real database: sealed in order of commit, by one at a time, and verified."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pathway_engine.service import sealing
from pathway_engine.service.sealing import Head, let_go, seal_waiting, verify
from pathway_engine.storage.store import Store
from pathway_engine.workers.audit_keeper import AuditKeeper
from tests.service.community import Community

DAY = timedelta(days=1)


@pytest.fixture
def community(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Community]:
    """A community whose seals are small, so that a few rows make several."""
    monkeypatch.setattr(sealing, "ROWS_A_SEAL", 8)
    community = Community(database_url)
    yield community
    community.close()


def written(community: Community, count: int, store: Store | None = None) -> None:
    with (store or community.engine.context.store).transaction() as records:
        for number in range(count):
            records.write_audit(
                at=community.now, actor="kari", role="home_care_nurse", action="task read",
                patient_id=f"patient-{number % 5}", object_id=f"task-{number}",
            )  # fmt: skip


def sealed_rows(community: Community, count: int = 60) -> None:
    written(community, count)
    assert seal_waiting(community.engine.context, community.now) == count


def tampered(community: Community, *statements: str) -> None:
    """Change the database as one who has it in his hands can: without its triggers."""
    with community.engine.context.store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for name in ("audit_refuses_update", "audit_refuses_delete", "audit_seal_refuses_update",
                         "audit_seal_refuses_delete"):  # fmt: skip
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        for statement in statements:
            connection.execute(text(statement))


def found(community: Community, *heads: Head) -> list[tuple[str, int]]:
    return [(each.code, each.number) for each in verify(community.engine.context, community.now, heads).faults]


def test_what_was_written_is_sealed_and_whole(community: Community) -> None:
    sealed_rows(community)
    written(community, 3)
    told = verify(community.engine.context, community.now)
    assert (told.rows, told.head.count, told.seals, told.unsealed, told.faults) == (63, 60, 8, 3, ())
    assert seal_waiting(community.engine.context, community.now) == 3
    assert seal_waiting(community.engine.context, community.now) == 0


@pytest.mark.parametrize("id", [1, 8, 9, 31, 60])
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE audit SET actor = 'per' WHERE id = {0}", "row_changed"),
        ("UPDATE audit SET detail = 'x' WHERE id = {0}", "row_changed"),
        ("UPDATE audit SET patient_id = NULL WHERE id = {0}", "row_changed"),
        ("DELETE FROM audit WHERE id = {0}", "row_missing"),
    ],
)
def test_a_row_that_was_touched_is_named(community: Community, statement: str, code: str, id: int) -> None:
    sealed_rows(community)
    tampered(community, statement.format(id))
    assert found(community) == [(code, id)]


def test_swapped_rows_are_named(community: Community) -> None:
    sealed_rows(community)
    tampered(
        community, "UPDATE audit SET id = 999 WHERE id = 20", "UPDATE audit SET id = 20 WHERE id = 21",
        "UPDATE audit SET id = 21 WHERE id = 999",
    )  # fmt: skip
    assert found(community) == [("row_changed", 20), ("row_changed", 21)]


def test_a_row_that_was_slipped_in_is_named(community: Community) -> None:
    sealed_rows(community)
    tampered(community, "DELETE FROM audit WHERE id = 30")
    community.now += DAY
    tampered(
        community,
        "INSERT INTO audit (id, tenant, at, actor, role, action, outcome, detail) "
        "SELECT -5, tenant, at, actor, role, action, outcome, detail FROM audit WHERE id = 31",
    )
    assert ("row_missing", 30) in found(community)
    tampered(community, "UPDATE audit SET id = 0 WHERE id = -5")
    tampered(community, "UPDATE audit SET id = 100 WHERE id = 50", "UPDATE audit SET id = 50 WHERE id = 0")
    assert ("row_changed", 50) in found(community)


def test_seals_that_were_cut_off_are_seen_by_a_head_that_was_kept(community: Community) -> None:
    """Mutant: heads are not looked for. Cutting rows and seals off at the end leaves a shorter whole chain."""
    sealed_rows(community)
    kept = sealing.head(community.engine.context)
    tampered(community, "DELETE FROM audit WHERE id > 48", "DELETE FROM audit_seal WHERE number > 6")
    assert found(community) == []
    assert found(community, kept) == [("head_lost", 60)]


def test_rows_cut_off_at_the_end_are_seen_without_any_head(community: Community) -> None:
    sealed_rows(community)
    tampered(community, "DELETE FROM audit WHERE id > 58")
    assert found(community) == [("row_missing", 59), ("row_missing", 60)]


def test_a_seal_that_was_touched_is_named(community: Community) -> None:
    sealed_rows(community)
    tampered(community, "UPDATE audit_seal SET count = count + 1 WHERE number = 3")
    assert ("seal_changed", 3) in found(community)


def test_nobody_changes_or_deletes_by_the_ordinary_way(community: Community) -> None:
    sealed_rows(community, 3)
    for statement in ("UPDATE audit_seal SET count = 0", "DELETE FROM audit_seal", "DELETE FROM audit"):
        with (
            pytest.raises(DBAPIError, match="only added to"),
            community.engine.context.store.engine.begin() as connection,
        ):
            connection.execute(text(statement))


def test_a_row_that_is_committed_after_later_ones_is_sealed_all_the_same(community: Community) -> None:
    """Mutant: only rows above the highest sealed id are looked at. Ids are not given out in the order of commits."""
    written(community, 5)
    with community.engine.context.store.transaction() as records:
        rows = records.audit(limit=10)
        late = sorted(rows, key=lambda row: row.id)[2]
    tampered(community, f"UPDATE audit SET id = 1000 WHERE id = {late.id}")
    assert seal_waiting(community.engine.context, community.now) == 5
    tampered(
        community,
        f"INSERT INTO audit (id, tenant, at, actor, role, action, outcome, detail) "
        f"SELECT {late.id}, tenant, at, actor, role, action, outcome, detail FROM audit WHERE id = 1000",
    )
    assert seal_waiting(community.engine.context, community.now) == 1
    assert found(community) == []


def test_of_several_workers_one_seals_at_a_time(community: Community) -> None:
    """Writers and sealers at once: every row is sealed once, and the chain is whole."""
    stores = [Store(community.url) for _ in range(3)]

    def work(store: Store) -> None:
        keeper = AuditKeeper(community.engine.context)
        for _ in range(10):
            written(community, 2, store)
            keeper._sealed_at = None
            keeper.beat(community.now)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, stores))
    for store in stores:
        store.close()
    seal_waiting(community.engine.context, community.now)
    told = verify(community.engine.context, community.now)
    assert (told.rows, told.head.count, told.unsealed, told.faults) == (60, 60, 0, ())


def test_each_tenant_has_a_chain_of_its_own(community: Community) -> None:
    neighbour = Store(community.url, "neighbour")
    with neighbour.transaction() as records:
        records.write_audit(at=community.now, actor="x", role="y", action="z", patient_id=None, object_id=None)
    neighbour.close()
    sealed_rows(community, 10)
    told = verify(community.engine.context, community.now)
    assert (told.rows, told.head.count, told.faults) == (10, 10, ())


def test_what_is_too_old_goes_and_a_tombstone_keeps_the_chain_whole(community: Community) -> None:
    """Mutants: rows that are not old enough go too; a tombstone is not looked for."""
    sealed_rows(community, 40)
    community.now += 400 * DAY
    sealed_rows(community, 16)
    assert let_go(community.engine.context, 366 * DAY, community.now) == 40
    assert let_go(community.engine.context, 366 * DAY, community.now) == 0
    assert seal_waiting(community.engine.context, community.now) == 1
    told = verify(community.engine.context, community.now)
    assert (told.rows, told.expired, told.head.count, told.faults) == (17, 40, 57, ())
    assert [each.row.actor for each in told.tombstones] == ["retention"]
    tampered(community, "DELETE FROM audit WHERE id = 45")
    assert found(community) == [("row_missing", 45)]


def test_a_tombstone_for_rows_that_are_too_young_is_named(community: Community) -> None:
    with pytest.raises(ValueError, match="365"):
        let_go(community.engine.context, 30 * DAY, community.now)
    sealed_rows(community, 16)
    with community.engine.context.store.transaction() as records:
        records.write_audit(
            at=community.now, actor="retention", role="system", action="audit expired", patient_id=None,
            object_id="16", detail=f"seals=2 before={(community.now + DAY).isoformat()} days=0 rows=16",
        )  # fmt: skip
        records.flush()
        records.delete_audit(range(1, 17))
    assert ("expired_too_early", 17) in found(community)


def test_the_keeper_seals_tells_the_head_and_survives_a_fault(
    community: Community, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = AuditKeeper(community.engine.context)
    written(community, 4)
    with caplog.at_level("INFO"):
        keeper.beat(community.now)
        written(community, 1)
        keeper.beat(community.now)
    assert sealing.head(community.engine.context).count == 4
    assert f"4 sealed rows, head {sealing.head(community.engine.context).hash}" in caplog.text

    def breaks(*_: object) -> int:
        raise ValueError("29824000466")

    monkeypatch.setattr(sealing, "seal_waiting", breaks)
    keeper.beat(community.now + DAY)
    assert "ValueError" in caplog.text and "29824000466" not in caplog.text
