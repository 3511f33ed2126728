"""An upgrade that is killed at any statement and run again ends as if nothing had been."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathway_engine.storage.schema import upgrade
from tests.migrations.databases import Databases
from tests.migrations.revisions import revisions
from tests.migrations.snapshots import snapshot
from tests.migrations.trials import Start, copied, start, wrong_after_kill, wrong_after_two, wrong_after_undisturbed

STARTS = [None, *revisions()[:-1]]
SOME = 5
"""So many steps the test takes of each upgrade; `python -m tests.migrations` takes all."""


@pytest.fixture(scope="module", params=STARTS, ids=str)
def at(databases: Databases, request: pytest.FixtureRequest) -> Iterator[Start]:
    """A database of an earlier revision with rows in it."""
    with start(databases, request.param) as made:
        yield made


def chosen(steps: int) -> list[int]:
    """The steps to kill an upgrade at: the first, some between, the last statement, and the commit."""
    return sorted({*(1 + number * (steps - 2) // (SOME - 2) for number in range(SOME - 1)), steps})


def test_an_upgrade_killed_at_any_statement_and_run_again_ends_the_same(at: Start) -> None:
    """Mutant: a commit between two statements of a migration."""
    assert [wrong for step in chosen(at.steps) for wrong in wrong_after_kill(at, step)] == []


def test_an_upgrade_keeps_every_row_of_the_older_schema(at: Start) -> None:
    """Mutant: a migration that drops rows."""
    assert wrong_after_undisturbed(at) == []


def test_of_two_that_upgrade_at_once_each_ends_well(at: Start) -> None:
    assert wrong_after_two(at) == []


def test_one_that_upgrades_beside_one_that_is_killed_ends_well(at: Start) -> None:
    assert wrong_after_two(at, step=at.steps // 2) == []


def test_a_database_without_rows_is_upgraded_to_the_same_schema(at: Start, databases: Databases) -> None:
    with start(databases, at.revision, with_rows=False) as bare:
        assert bare.after.schema == at.after.schema
        assert all(rows == () for name, rows in bare.after.rows.items() if name != "alembic_version")


def test_upgrading_what_is_up_to_date_changes_nothing(at: Start) -> None:
    with copied(at.databases, at.url) as url:
        upgrade(url)
        upgrade(url)
        assert snapshot(url) == at.after
