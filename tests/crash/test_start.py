"""The program is soon back: it loads what it needs, and asks the database nothing that grows with it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

from pathway_engine import app
from pathway_engine.demonstration.seeding import demo_settings, seeded
from pathway_engine.storage.schema import MIGRATIONS, head_revision
from pathway_engine.workers.scheduler import NAME
from tests.service.community import START

HEAVY = (
    "alembic", "apscheduler", "cryptography", "fastapi", "holidays", "httpx", "hypothesis", "jinja2", "joserfc",
    "prometheus_client", "rich", "starlette", "uvicorn",
)  # fmt: skip
BIG = "audit|episode|identifier|inbox|inbox_history|log|outbox|patient|stay|task|task_audience"
READS_ALL = re.compile(rf"SCAN ({BIG})\b|SEARCH ({BIG})\b.*\(tenant=\?\)$")
FEW = ("ix_inbox_waiting", "ix_episode_wake")
"""Indexes of those rows alone that wait for something."""


def test_a_listener_loads_nothing_that_it_can_listen_without(repository: Path) -> None:
    loaded = f"sorted({set(HEAVY)} & set(sys.modules))"
    asks = f"import sys, pathway_engine.app, pathway_engine.serving.running; print({loaded})"
    shown = subprocess.run([sys.executable, "-c", asks], cwd=repository, capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_the_wanted_schema_is_that_of_the_last_migration() -> None:
    assert head_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def scans(engine: Engine, statement: str, values: Any) -> list[str]:
    """The steps of SQLite's plan that read all rows of a table that grows, or all of the one tenant's."""
    with engine.connect() as connection:
        steps = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    return [step for step in steps if READS_ALL.match(step) and not set(FEW) & set(step.split())]


def test_neither_the_start_nor_the_first_heartbeat_reads_the_whole_of_a_table_that_grows() -> None:
    asked: list[tuple[str, object]] = []

    def note(*told: Any) -> None:
        asked.append((told[2], told[3]))

    with demo_settings(0, 0) as settings, seeded(settings, START):
        event.listen(Engine, "before_cursor_execute", note)
        try:
            with app.opened(settings, START) as engine:
                engine.wake_due(START)
                engine.beat(NAME, START)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        questions = [each for each in asked if each[0].startswith(("SELECT", "INSERT", "UPDATE"))]
        with app.opened(settings, START) as engine:
            found = [step for each in questions for step in scans(engine.context.store.engine, *each)]
    assert len(questions) >= 6
    assert found == []
