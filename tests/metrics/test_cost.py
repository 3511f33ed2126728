"""A look at the house is cheap: each question goes by an index of what waits, runs or is summed."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Engine, event

from pathway_engine import app
from pathway_engine.demonstration.seeding import demo_settings, seeded
from tests.service.community import START

BIG = re.compile(
    r"\b(?:SCAN|SEARCH) (audit|episode|identifier|inbox|inbox_history|log|notice|outbox|patient|stay|task)\b"
)
OF_WHAT_WAITS = (
    "ix_inbox_waiting", "ix_inbox_aside", "ix_episode_wake", "ix_episode_parked", "ix_notice_open",
    "ix_outbox_unsettled", "ix_outbox_answer_by", "ix_outbox_tenant_status_id (tenant=? AND status=?)",
)  # fmt: skip
"""Indexes of those rows alone that wait for something."""
WIDE = ("INDEX ix_episode_phase (tenant=?)",)
"""What is counted whole: running episodes."""
BY_KEY = ("INTEGER PRIMARY KEY", "INDEX ix_episode_phase (tenant=? AND pathway=? AND phase=?)")
"""Single rows, and those of the patients who wait in hospital."""


def test_no_question_reads_the_rows_of_a_table_that_grows() -> None:
    asked: list[tuple[str, Any]] = []

    def note(*told: Any) -> None:
        asked.append((told[2], told[3]))

    with demo_settings(0, 0) as settings, seeded(settings, START), app.opened(settings, START) as engine:
        event.listen(Engine, "before_cursor_execute", note)
        try:
            engine.state(START)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        with engine.context.store.engine.connect() as connection:
            steps = [
                str(row[-1])
                for statement, values in asked
                if statement.startswith("SELECT")
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            ]
    big = [step for step in steps if BIG.search(step)]
    assert len(big) >= 8
    assert [step for step in big if not any(way in step for way in (*OF_WHAT_WAITS, *WIDE, *BY_KEY))] == []
