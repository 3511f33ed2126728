"""Listener, pages and four workers as processes on one PostgreSQL: any of them may die at any time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.programs import ran
from tests.crash.databases import Postgresql, Sqlite
from tests.crash.run import AT_ONCE, HELD, OF_THE_DATABASE, Plan, run

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(1800)]

DECK = (AT_ONCE,) * 5 + (HELD,) * 4 + (OF_THE_DATABASE,)
PROCESSES = (("mllp",), ("web",), *[("worker",)] * 4)


def test_any_of_six_processes_may_die_on_postgresql(postgresql: Sqlite | Postgresql, memory: Path) -> None:
    report = run(Plan(programs=PROCESSES, kills=len(DECK), acknowledged=50, most=600, deck=DECK), postgresql, memory)
    assert report.findings.lines() == []
    assert report.acknowledged == report.sent
    told = json.loads(ran("doctor", "--json", folder=memory, database_url=postgresql.url).stdout)
    assert told["problems"] == [], "one heartbeat stands for all workers, however many of them died"
