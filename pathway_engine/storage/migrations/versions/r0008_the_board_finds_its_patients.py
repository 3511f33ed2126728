"""The board finds who is in hospital by an index, and municipalities tell of free places."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import RowNumber, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RUNNING = sa.text("status = 'active'")


def upgrade() -> None:
    """Add the index and the table."""
    op.create_index(
        "ix_episode_phase", "episode", ["tenant", "pathway", "phase"], unique=False,
        sqlite_where=RUNNING, postgresql_where=RUNNING,
    )  # fmt: skip
    op.create_table(
        "free_places",
        sa.Column("id", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("free", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_free_places"),
    )
    op.create_index("ix_free_places_tenant_unit_id", "free_places", ["tenant", "unit", "id"], unique=False)
