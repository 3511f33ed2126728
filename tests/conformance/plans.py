"""How a database would go about a statement."""

from __future__ import annotations

from typing import Any

from pathway_engine.storage import Records


def explained(records: Records, statement: str, values: Any = ()) -> str:
    """The database's plan, made without a look at how few rows there are."""
    connection = records._connection
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))
    return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
