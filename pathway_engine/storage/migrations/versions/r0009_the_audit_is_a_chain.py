"""The audit gets seals; a row of it may be deleted once a tombstone stands for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import RowNumber, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TOMBSTONES = sa.text("action = 'audit expired'")
STANDS_FOR_IT = (
    "SELECT 1 FROM audit AS tombstone WHERE tombstone.tenant = OLD.tenant AND tombstone.action = 'audit expired' "
    "AND tombstone.id > OLD.id AND CASE WHEN tombstone.action = 'audit expired' "
    "THEN CAST(tombstone.object_id AS BIGINT) ELSE 0 END >= OLD.id"
)


def upgrade() -> None:
    """Add the seals, a small index, and let go of what a tombstone stands for."""
    op.create_table(
        "audit_seal",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("number", RowNumber(), nullable=False),
        sa.Column("count", RowNumber(), nullable=False),
        sa.Column("through", RowNumber(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "number", name="pk_audit_seal"),
    )
    op.create_index(
        "ix_audit_expired", "audit", ["tenant", "id"], unique=False,
        sqlite_where=TOMBSTONES, postgresql_where=TOMBSTONES,
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        _in_postgresql()
    else:
        _in_sqlite()


def _in_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_seal_refuses_{change.lower()} BEFORE {change} ON audit_seal "
            "BEGIN SELECT RAISE(ABORT, 'audit_seal is only added to'); END"
        )
    op.execute("DROP TRIGGER audit_refuses_delete")
    op.execute(
        f"CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit WHEN NOT EXISTS ({STANDS_FOR_IT}) "
        "BEGIN SELECT RAISE(ABORT, 'audit is only added to'); END"
    )


def _in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_seal_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_seal is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_seal_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal "
        "EXECUTE FUNCTION audit_seal_is_only_added_to()"
    )
    op.execute("DROP TRIGGER audit_is_only_added_to ON audit")
    op.execute(
        "CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR TRUNCATE ON audit "
        "EXECUTE FUNCTION audit_is_only_added_to()"
    )
    op.execute(
        "CREATE FUNCTION audit_has_a_tombstone() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT EXISTS ({STANDS_FOR_IT}) THEN RAISE EXCEPTION 'audit is only added to'; END IF; "
        "RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit FOR EACH ROW "
        "EXECUTE FUNCTION audit_has_a_tombstone()"
    )
