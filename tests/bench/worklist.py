"""Part `worklist`: one unit's list of open tasks, out of very many."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import event

from pathway_engine.service.engine import Engine
from pathway_engine.service.views import Principal
from tests.bench.job.ours import opened
from tests.bench.large_database import ROLE, UNITS, Large, Size, unit
from tests.bench.report import Section, Table, median, ms, percentile, verdict
from tests.service.community import START

TITLE = "A worklist out of a million tasks"
IN_DATABASE_SECONDS = 0.020
LOOKS = 40
HOW = f"""\
The tasks of {UNITS} units lie in one table in no order, one in ten of them open; the database itself made them
from one task of a real episode. {LOOKS} units' lists are read one after the other, and then all once more.

- **in the database**: the statement that the program sends, run by the bare driver until its last row has
  arrived, when the list has been read before, as one that people work from has.
- **never read before**: the same, the first time. Some of it may have to come from the disk.
- **`Engine.worklist`**: the whole use case, to the records that the pages show.

Target: {ms(IN_DATABASE_SECONDS)} ms in the database, as the median."""

Statement = tuple[str, Any]


def measured(databases: Mapping[str, Large], size: Size) -> Section:
    """Read lists in each database."""
    table = Table(
        ("database", "tasks", "on the list", "in the database, p50 ms", "p99 ms", "never read before, p50 ms", "p99 ms",
         "`Engine.worklist`, p50 ms", "p99 ms", "target")
    )  # fmt: skip
    notes = []
    for kind, large in databases.items():
        engine = opened(large.url)
        lines = len(_list_of(engine, 0))
        assert lines == size.on_a_list, lines
        statement = _statement_of(engine)
        _in_database(engine, statement, 0)
        first, in_database = (_timed(partial(_in_database, engine, statement)) for _ in range(2))
        whole = _timed(partial(_list_of, engine))
        reached = median(in_database) <= IN_DATABASE_SECONDS
        shown = (ms(percentile(values, share)) for values in (in_database, first, whole) for share in (0.5, 0.99))
        table.rows.append((kind, f"{size.tasks:,}", str(lines), *shown, verdict(reached)))
        print("  " + " ".join(f"{each:>10}" for each in table.rows[-1]), flush=True)
        if not reached:
            notes.append(f"{kind} answers so:\n\n```text\n{_plan(engine, statement)}\n```")
        engine.context.store.close()
    return Section(TITLE, HOW, (table,), tuple(notes))


def _timed(look: Callable[[int], object]) -> list[float]:
    """The seconds that each look takes."""
    taken = []
    for number in range(1, 1 + LOOKS):
        begun = time.perf_counter()
        look(number)
        taken.append(time.perf_counter() - begun)
    return taken


def _person(number: int) -> Principal:
    seats = tuple((unit(number), role) for role in (ROLE, "primary_contact"))
    return Principal(person="kari", name="Kari Sykepleier", role=ROLE, seats=seats)


def _list_of(engine: Engine, number: int) -> list[Any]:
    return list(engine.worklist(_person(number), START + timedelta(days=3)))


def _statement_of(engine: Engine) -> Statement:
    """What the program sends to the driver for the list of unit 0."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> None:
        sent.append((sql, values))

    event.listen(engine.context.store.engine, "before_cursor_execute", note)
    _list_of(engine, 0)
    event.remove(engine.context.store.engine, "before_cursor_execute", note)
    (statement,) = [each for each in sent if "task_audience" in each[0]]
    return statement


def _for_unit(statement: Statement, number: int) -> Statement:
    sql, values = statement
    if isinstance(values, dict):
        return sql, {name: unit(number) if value == unit(0) else value for name, value in values.items()}
    return sql, tuple(unit(number) if value == unit(0) else value for value in values)


def _in_database(engine: Engine, statement: Statement, number: int) -> list[Any]:
    """Run it by the driver and take every row."""
    sql, values = _for_unit(statement, number)
    connection = engine.context.store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        return list(cursor.fetchall())
    finally:
        connection.rollback()
        connection.close()


def _plan(engine: Engine, statement: Statement) -> str:
    """How the database goes about it."""
    sql, values = statement
    is_sqlite = engine.context.store.engine.dialect.name == "sqlite"
    explained = (f"{'EXPLAIN QUERY PLAN' if is_sqlite else 'EXPLAIN (ANALYZE, BUFFERS)'} {sql}", values)
    rows = _in_database(engine, explained, 0)
    return "\n".join(str(row[-1]) for row in rows)
