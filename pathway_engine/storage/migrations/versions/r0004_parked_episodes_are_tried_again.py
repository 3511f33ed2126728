"""Parked episodes get an instant at which they are tried again; what waits for a person gets an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PARKED = "parked_reason IS NOT NULL"
ASIDE = "disposition IN ('dead', 'unplaced')"


def upgrade() -> None:
    """Add the column, let what is parked be tried at once, and add two small indexes."""
    op.add_column("episode", sa.Column("retry_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE episode SET retry_at = parked_at WHERE parked_reason IS NOT NULL")
    for name, table, columns, rows in (
        ("ix_episode_parked", "episode", ["tenant", "retry_at"], PARKED),
        ("ix_inbox_aside", "inbox", ["tenant", "disposition"], ASIDE),
    ):
        op.create_index(
            name, table, columns, unique=False, sqlite_where=sa.text(rows), postgresql_where=sa.text(rows)
        )  # fmt: skip
