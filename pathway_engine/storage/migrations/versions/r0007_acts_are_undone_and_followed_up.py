"""The log knows two more acts, undoing and following up; a person may have a calendar feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LOG_FORMAT = 2


def upgrade() -> None:
    """Add the table of feeds; the log's new acts need no room of their own."""
    op.create_table(
        "calendar_feed",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", name="pk_calendar_feed"),
        sa.UniqueConstraint("tenant", "sha256", name="uq_calendar_feed_tenant_sha256"),
    )
