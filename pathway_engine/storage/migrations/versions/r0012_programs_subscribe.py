"""Programs subscribe to what happens; what they are to be told is kept with what happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import RowNumber, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LISTENS = sa.text("started_at IS NOT NULL")
UNNUMBERED = sa.text("number IS NULL")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "subscription",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("client", "person", "role", "topic", "filters")),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("heartbeat_seconds", sa.Integer(), nullable=True),
        sa.Column("timeout_seconds", sa.Integer(), nullable=True),
        sa.Column("most_events", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("last_number", RowNumber(), nullable=False),
        sa.Column("told_number", RowNumber(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_number", RowNumber(), nullable=False),
        sa.Column("until_number", RowNumber(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=True),
        sa.Column("horizon", RowNumber(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_subscription"),
    )
    _index("ix_subscription_listens", "subscription", ["tenant"], LISTENS)
    _events()


def _events() -> None:
    op.create_table(
        "subscription_event",
        sa.Column("id", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("subscription_id", sa.String(), nullable=False),
        sa.Column("number", RowNumber(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("type", "focus", "episode", "patient_id")),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("lists", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscription_event"),
        sa.UniqueConstraint(
            "tenant", "subscription_id", "number", name="uq_subscription_event_tenant_subscription_id_number"
        ),
    )
    columns = ["tenant", "subscription_id", "id"]
    _index("ix_subscription_event_unnumbered", "subscription_event", columns, UNNUMBERED)
    op.create_index("ix_subscription_event_tenant_at", "subscription_event", ["tenant", "at"], unique=False)


def _index(name: str, table: str, columns: list[str], rows: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=rows, postgresql_where=rows)
