"""Tasks, episodes and stays can be searched: when they were last saved, which stay, and by what others call it."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STAY = {
    "sqlite": "json_extract(CAST(body AS TEXT), '$.stay')",
    "postgresql": "convert_from(body, 'UTF8')::json ->> 'stay'",
}
OPEN = sa.text("ended_at IS NULL")
AT_ONCE = 1000


def upgrade() -> None:
    """Add the columns, fill them from what is there, then demand what every row must have."""
    _columns()
    stay = STAY[op.get_bind().dialect.name]
    op.execute(f"UPDATE task SET changed_at = coalesce(ended_at, raised_at), stay = {stay}")  # noqa: S608 - a constant
    op.execute("UPDATE episode SET changed_at = coalesce(closed_at, opened_at)")
    _named()
    _demands()
    op.create_index("ix_task_tenant_changed_at", "task", ["tenant", "changed_at"], unique=False)
    op.create_index(
        "ix_task_open_due", "task", ["tenant", "due_at"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN
    )  # fmt: skip
    op.create_index("ix_stay_tenant_public_id", "stay", ["tenant", "public_id"], unique=False)


def _columns() -> None:
    with op.batch_alter_table("task") as task:
        task.add_column(sa.Column("stay", sa.String(), nullable=True))
        task.add_column(sa.Column("changed_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("episode") as episode:
        episode.add_column(sa.Column("changed_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("stay") as stay:
        stay.add_column(sa.Column("public_id", sa.String(), nullable=True))


def _named() -> None:
    """Give each stay the id that the program would give it today."""
    stay = sa.table("stay", *(sa.column(name) for name in ("tenant", "stay", "public_id")))
    named = (
        sa.update(stay)
        .where(stay.c.tenant == sa.bindparam("of_tenant"), stay.c.stay == sa.bindparam("of_stay"))
        .values(public_id=sa.bindparam("named"))
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(stay.c.tenant, stay.c.stay)).all()
    for first in range(0, len(rows), AT_ONCE):
        connection.execute(
            named,
            [
                {"of_tenant": tenant, "of_stay": name, "named": str(uuid5(NAMESPACE_URL, f"{tenant}/stay/{name}"))}
                for tenant, name in rows[first : first + AT_ONCE]
            ],
        )


def _demands() -> None:
    for table in ("task", "episode"):
        with op.batch_alter_table(table) as changed:
            changed.alter_column("changed_at", existing_type=UtcDateTime(), nullable=False)
    with op.batch_alter_table("stay") as stay:
        stay.alter_column("public_id", existing_type=sa.String(), nullable=False)
