"""Notices say when they were last saved, so that open pages are told; sessions keep what signs out at the issuer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, fill it from what is there, then demand it."""
    with op.batch_alter_table("notice") as notice:
        notice.add_column(sa.Column("changed_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE notice SET changed_at = coalesce(ended_at, raised_at)")
    with op.batch_alter_table("notice") as notice:
        notice.alter_column("changed_at", existing_type=UtcDateTime(), nullable=False)
    op.add_column("web_session", sa.Column("hint", sa.String(), nullable=True))
    op.create_index("ix_notice_tenant_changed_at", "notice", ["tenant", "changed_at"], unique=False)
