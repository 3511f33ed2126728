"""The first schema: inbox, patients, log, episodes, tasks, outbox, audit, definitions, directory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import RowNumber, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LOG_FORMAT = 1


def upgrade() -> None:
    """Create every table, and let nobody change or delete what is only added to."""
    _access_key()
    _audit()
    _definition()
    _directory()
    _heartbeat()
    _inbox()
    _outbox()
    _patient()
    _result()
    _episode()
    _identifier()
    _inbox_history()
    _log()
    _stay()
    _task()
    _task_audience()
    _only_add_to("log")
    _only_add_to("audit")


def _access_key() -> None:
    op.create_table(
        "access_key",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sha256", name="pk_access_key"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_tenant_patient_id_id", "audit", ["tenant", "patient_id", "id"], unique=False)


def _definition() -> None:
    op.create_table(
        "definition",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "hash", name="pk_definition"),
    )


def _directory() -> None:
    op.create_table(
        "directory",
        sa.Column("id", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory"),
        sa.UniqueConstraint("tenant", "valid_from", "sha256", name="uq_directory_tenant_valid_from_sha256"),
    )


def _heartbeat() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_heartbeat"),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("peer", sa.String(), nullable=False),
        sa.Column("message_type", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("disposed_at", UtcDateTime(), nullable=True),
        sa.Column("patient_id", sa.String(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint(
            "tenant", "sender", "message_id", "sha256", name="uq_inbox_tenant_sender_message_id_sha256"
        ),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["tenant", "id"],
        unique=False,
        sqlite_where=sa.text("disposition IS NULL"),
        postgresql_where=sa.text("disposition IS NULL"),
    )
    op.create_index(
        "uq_inbox_first",
        "inbox",
        ["tenant", "sender", "message_id"],
        unique=True,
        sqlite_where=sa.text('NOT "conflict"'),
        postgresql_where=sa.text('NOT "conflict"'),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("episode_id", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("tenant", "key", name="uq_outbox_tenant_key"),
    )
    op.create_index("ix_outbox_tenant_status_id", "outbox", ["tenant", "status", "id"], unique=False)


def _patient() -> None:
    op.create_table(
        "patient",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("survivor_id", sa.String(), nullable=True),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("given", sa.String(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("municipality", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "survivor_id"], ["patient.tenant", "patient.id"], name="fk_patient_tenant_survivor_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_patient"),
    )
    op.create_index("ix_patient_tenant_survivor_id", "patient", ["tenant", "survivor_id"], unique=False)


def _result() -> None:
    op.create_table(
        "result",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_result"),
    )


def _episode() -> None:
    op.create_table(
        "episode",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("definition_hash", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("last_seq", RowNumber(), nullable=False),
        sa.Column("last_key", sa.String(), nullable=False),
        sa.Column("next_wake_at", UtcDateTime(), nullable=True),
        sa.Column("parked_reason", sa.String(), nullable=True),
        sa.Column("parked_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "patient_id"], ["patient.tenant", "patient.id"], name="fk_episode_tenant_patient_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_episode"),
        sa.UniqueConstraint(
            "tenant", "patient_id", "pathway", "ordinal", name="uq_episode_tenant_patient_id_pathway_ordinal"
        ),
    )
    op.create_index(
        "ix_episode_wake",
        "episode",
        ["tenant", "next_wake_at"],
        unique=False,
        sqlite_where=sa.text("next_wake_at IS NOT NULL AND parked_reason IS NULL"),
        postgresql_where=sa.text("next_wake_at IS NOT NULL AND parked_reason IS NULL"),
    )


def _identifier() -> None:
    op.create_table(
        "identifier",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "patient_id"], ["patient.tenant", "patient.id"], name="fk_identifier_tenant_patient_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "system", "value", name="pk_identifier"),
    )
    op.create_index("ix_identifier_tenant_patient_id", "identifier", ["tenant", "patient_id"], unique=False)


def _inbox_history() -> None:
    op.create_table(
        "inbox_history",
        sa.Column("id", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("inbox_id", RowNumber(), nullable=False),
        sa.Column("disposition", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("disposed_at", UtcDateTime(), nullable=True),
        sa.Column("patient_id", sa.String(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("reopened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_inbox_history_inbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_history"),
    )
    op.create_index("ix_inbox_history_tenant_inbox_id", "inbox_history", ["tenant", "inbox_id"], unique=False)


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("seq", RowNumber(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("stay", sa.String(), nullable=True),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("inbox_id", RowNumber(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_log_inbox_id"),
        sa.ForeignKeyConstraint(
            ["tenant", "patient_id"], ["patient.tenant", "patient.id"], name="fk_log_tenant_patient_id"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_log"),
        sa.UniqueConstraint("tenant", "entry_id", name="uq_log_tenant_entry_id"),
    )
    op.create_index(
        "ix_log_stay",
        "log",
        ["tenant", "stay"],
        unique=False,
        sqlite_where=sa.text("stay IS NOT NULL"),
        postgresql_where=sa.text("stay IS NOT NULL"),
    )
    op.create_index("ix_log_tenant_patient_id_seq", "log", ["tenant", "patient_id", "seq"], unique=False)


def _stay() -> None:
    op.create_table(
        "stay",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("stay", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "patient_id"], ["patient.tenant", "patient.id"], name="fk_stay_tenant_patient_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "stay", name="pk_stay"),
    )
    op.create_index("ix_stay_tenant_patient_id", "stay", ["tenant", "patient_id"], unique=False)


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("episode_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("business_status", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("performer", sa.String(), nullable=True),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("opens_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("deferred_until", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("title_nb", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("waits_for", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("rule_lines", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "episode_id"], ["episode.tenant", "episode.id"], name="fk_task_tenant_episode_id"
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "patient_id"], ["patient.tenant", "patient.id"], name="fk_task_tenant_patient_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_task"),
        sa.UniqueConstraint("tenant", "episode_id", "key", name="uq_task_tenant_episode_id_key"),
    )
    op.create_index(
        "ix_task_open_role",
        "task",
        ["tenant", "owner_role", "unit"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_task_tenant_patient_id", "task", ["tenant", "patient_id"], unique=False)


def _task_audience() -> None:
    op.create_table(
        "task_audience",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"], ["task.tenant", "task.id"], name="fk_task_audience_tenant_task_id"
        ),
        sa.PrimaryKeyConstraint("tenant", "task_id", "unit", "role", name="pk_task_audience"),
    )
    op.create_index("ix_task_audience_seat", "task_audience", ["tenant", "unit", "role", "open"], unique=False)


def _only_add_to(name: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        _refuse_in_postgresql(name)
    else:
        _refuse_in_sqlite(name, "UPDATE")
        _refuse_in_sqlite(name, "DELETE")


def _refuse_in_postgresql(name: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{name} is only added to'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name}_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        f"EXECUTE FUNCTION {name}_is_only_added_to()"
    )


def _refuse_in_sqlite(name: str, change: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name}_refuses_{change.lower()} BEFORE {change} ON {name} "
        f"BEGIN SELECT RAISE(ABORT, '{name} is only added to'); END"
    )
