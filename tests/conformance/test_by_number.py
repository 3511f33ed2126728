"""The newest rows, and those after one that is known, are found from the end and not by walking through all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from pathway_engine.storage import Records, Store
from tests.conformance.plans import explained

FROM_THE_END = {
    "the-end-of-the-log": (lambda records: records.last_seq(), "SCAN log"),
    "who-was-told-of-since": (
        lambda records: records.seats_told_of(0, [], []),
        "SEARCH log USING INTEGER PRIMARY KEY (rowid>?)",
    ),
    "the-newest-messages": (lambda records: records.messages(limit=10), "SCAN inbox"),
    "the-newest-of-the-audit": (lambda records: records.audit(limit=10), "SCAN audit"),
}
"""With a limit and in the order of the numbers, a scan ends after as many rows as are wanted."""


@pytest.mark.parametrize(("look", "way"), [pytest.param(*each, id=name) for name, each in FROM_THE_END.items()])
def test_the_newest_are_found_from_the_end(at_home: Store, look: Callable[[Records], object], way: str) -> None:
    sent: list[tuple[str, Any]] = []
    with at_home.transaction() as records:
        event.listen(
            records._connection, "before_cursor_execute", lambda _1, _2, sql, values, *_: sent.append((sql, values))
        )
        look(records)
        (sql, values), *_ = sent
        plan = explained(records, sql, values)
    if at_home.engine.dialect.name == "sqlite":  # PostgreSQL chooses by how many rows there are
        assert way in plan
        assert "FOR ORDER BY" not in plan
