"""The outbox learns how far each message has come; what goes wrong becomes a notice on somebody's list."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("status IN ('waiting', 'sending')")
ANSWER_AWAITED = sa.text("answer_by IS NOT NULL")


def upgrade() -> None:
    """Add the columns, name the messages that wait already, then demand what every message must have."""
    _columns()
    _named()
    _demands()
    _notice()


def _columns() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("message_id", sa.String(), nullable=True))
        outbox.add_column(sa.Column("attempts", sa.Integer(), nullable=True))
        outbox.add_column(sa.Column("next_try_at", UtcDateTime(), nullable=True))
        outbox.add_column(sa.Column("lease_until", UtcDateTime(), nullable=True))
        outbox.add_column(sa.Column("fence", sa.Integer(), nullable=True))
        outbox.add_column(sa.Column("sent_at", UtcDateTime(), nullable=True))
        outbox.add_column(sa.Column("answer_by", UtcDateTime(), nullable=True))
        outbox.add_column(sa.Column("answer", sa.String(), nullable=True))
        outbox.add_column(sa.Column("reason", sa.String(), nullable=True))


def _named() -> None:
    names = ("id", "tenant", "key", "message_id", "attempts", "fence", "answer", "reason")
    outbox = sa.table("outbox", *(sa.column(name) for name in names))
    connection = op.get_bind()
    for row in connection.execute(sa.select(outbox.c.id, outbox.c.tenant, outbox.c.key)).all():
        message_id = str(uuid5(NAMESPACE_URL, f"{row.tenant}/outbox/{row.key}"))
        connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == row.id)
            .values(message_id=message_id, attempts=0, fence=0, answer="", reason="")
        )


def _demands() -> None:
    texts, numbers = ("message_id", "answer", "reason"), ("attempts", "fence")
    with op.batch_alter_table("outbox") as outbox:
        for name in texts:
            outbox.alter_column(name, existing_type=sa.String(), nullable=False)
        for name in numbers:
            outbox.alter_column(name, existing_type=sa.Integer(), nullable=False)
        outbox.create_unique_constraint("uq_outbox_tenant_message_id", ["tenant", "message_id"])
    _index("ix_outbox_unsettled", ["tenant", "id"], UNSETTLED)
    op.create_index("ix_outbox_tenant_patient_id_id", "outbox", ["tenant", "patient_id", "id"], unique=False)
    _index("ix_outbox_answer_by", ["tenant", "answer_by"], ANSWER_AWAITED)


def _index(name: str, columns: list[str], rows: sa.TextClause) -> None:
    op.create_index(name, "outbox", columns, unique=False, sqlite_where=rows, postgresql_where=rows)


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=True),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_notice"),
    )
    op.create_index("ix_notice_tenant_kind_about", "notice", ["tenant", "kind", "about"], unique=False)
    op.create_table(
        "notice_seat",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "notice_id"], ["notice.tenant", "notice.id"], name="fk_notice_seat_tenant_notice_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "notice_id", "unit", "role", name="pk_notice_seat"),
    )
    op.create_index("ix_notice_seat_tenant_unit_role", "notice_seat", ["tenant", "unit", "role"], unique=False)
