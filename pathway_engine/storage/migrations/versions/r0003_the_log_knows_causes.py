"""A log entry's cause gets a column and an index, so that "is this known already?" reads no log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CAUSE = {"sqlite": "json_extract(entry, '$.cause')", "postgresql": "entry::json ->> 'cause'"}


def upgrade() -> None:
    """Add the column and fill it from the entries; the guard against changes is off for that statement only."""
    kind = op.get_bind().dialect.name
    op.add_column("log", sa.Column("cause", sa.String(), nullable=True))
    _guard(kind, on=False)
    op.execute(f"UPDATE log SET cause = {CAUSE[kind]}")  # noqa: S608 - two constants of this file
    _guard(kind, on=True)
    only = sa.text("cause IS NOT NULL")
    op.create_index("ix_log_cause", "log", ["tenant", "cause"], sqlite_where=only, postgresql_where=only)


def _guard(kind: str, *, on: bool) -> None:
    """Let the database refuse changes to the log, or not; on SQLite as the first schema says it."""
    if kind == "postgresql":
        op.execute(f"ALTER TABLE log {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
    elif on:
        op.execute(
            "CREATE TRIGGER log_refuses_update BEFORE UPDATE ON log "
            "BEGIN SELECT RAISE(ABORT, 'log is only added to'); END"
        )
    else:
        op.execute("DROP TRIGGER log_refuses_update")
