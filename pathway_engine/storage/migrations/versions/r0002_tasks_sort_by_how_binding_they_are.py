"""Tasks get a rank by how binding they are, so that lists can be sorted by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RANKS = {"law": 0, "agreement": 1, "guideline": 2, "local": 3, "goal": 4}
LEAST_BINDING = 4


def upgrade() -> None:
    """Add the column, rank the tasks that are there, then demand a rank of every task."""
    with op.batch_alter_table("task") as task:
        task.add_column(sa.Column("severity_rank", sa.Integer(), nullable=True))
    severity, rank = sa.column("severity", sa.String()), sa.column("severity_rank", sa.Integer())
    tasks = sa.table("task", severity, rank)
    op.execute(sa.update(tasks).values({rank: sa.case(RANKS, value=severity, else_=LEAST_BINDING)}))
    with op.batch_alter_table("task") as task:
        task.alter_column("severity_rank", existing_type=sa.Integer(), nullable=False)
