"""People sign in with accounts of their own, sessions are kept here, and emergency access has a table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LINKED = sa.text("subject IS NOT NULL")


def upgrade() -> None:
    """Create the tables; from here on PostgreSQL itself holds every row to its tenant (`row_security.py`)."""
    _account()
    _failed_try()
    _web_session()
    _sign_on()
    _emergency_access()


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("pin", sa.String(), nullable=True),
        sa.Column("one_time", sa.String(), nullable=True),
        sa.Column("one_time_until", UtcDateTime(), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", name="pk_account"),
    )
    op.create_index(
        "uq_account_subject",
        "account",
        ["tenant", "issuer", "subject"],
        unique=True,
        sqlite_where=LINKED,
        postgresql_where=LINKED,
    )


def _failed_try() -> None:
    op.create_table(
        "failed_try",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_failed_try"),
    )


def _web_session() -> None:
    op.create_table(
        "web_session",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("locked_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_web_session"),
    )
    op.create_index("ix_web_session_tenant_person", "web_session", ["tenant", "person"], unique=False)
    op.create_index("ix_web_session_tenant_began_at", "web_session", ["tenant", "began_at"], unique=False)


def _sign_on() -> None:
    op.create_table(
        "sign_on",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("onwards", sa.String(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "state", name="pk_sign_on"),
    )


def _emergency_access() -> None:
    op.create_table(
        "emergency_access",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_emergency_access"),
    )
    op.create_index(
        "ix_emergency_access_tenant_person_patient_id",
        "emergency_access",
        ["tenant", "person", "patient_id"],
        unique=False,
    )
