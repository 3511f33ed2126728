"""Killed at any instant, the program has lost nothing that it acknowledged, and nothing took effect twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.databases import Postgresql, Sqlite
from tests.crash.run import AT_ONCE, HELD, OF_BOTH, OF_THE_DATABASE, Plan, run

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(1200)]


def test_killed_at_the_brink_of_a_commit_nothing_is_half_done(sqlite: Sqlite | Postgresql, memory: Path) -> None:
    plan = Plan(kills=12, acknowledged=50, most=300, deck=(HELD,), life=(0.1, 0.4))
    assert run(plan, sqlite, memory).findings.lines() == []


@pytest.mark.parametrize("acknowledge", ["stored", "applied"])
def test_killed_on_sqlite_nothing_is_lost_or_doubled(
    sqlite: Sqlite | Postgresql, memory: Path, acknowledge: str
) -> None:
    report = run(Plan(acknowledge=acknowledge, kills=8, acknowledged=50, most=600), sqlite, memory)
    assert report.findings.lines() == []
    assert report.acknowledged == report.sent and report.counts["sent again"] > 0


@pytest.mark.parametrize("acknowledge", ["stored", "both"])
def test_killed_on_postgresql_that_crashes_too_nothing_is_lost_or_doubled(
    postgresql: Sqlite | Postgresql, memory: Path, acknowledge: str
) -> None:
    deck = (AT_ONCE, HELD, HELD, OF_THE_DATABASE, OF_THE_DATABASE, OF_BOTH)
    plan = Plan(acknowledge=acknowledge, kills=len(deck), acknowledged=50, most=600, deck=deck)
    report = run(plan, postgresql, memory)
    assert report.findings.lines() == []
    assert report.acknowledged == report.sent and report.counts["sent again"] > 0
