"""Resources that clients write are kept as they came, and stays that no number names are known as stays too."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

from pathway_engine.storage.column_types import RowNumber, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT_ONCE = 1000
UNKNOWN_STAYS = """
SELECT log.tenant, log.stay, min(coalesce(patient.survivor_id, patient.id)) AS patient_id, min(log.received_at) AS at
FROM log JOIN patient ON patient.tenant = log.tenant AND patient.id = log.patient_id
WHERE log.stay IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM stay WHERE stay.tenant = log.tenant AND stay.stay = log.stay)
GROUP BY log.tenant, log.stay
HAVING count(DISTINCT coalesce(patient.survivor_id, patient.id)) = 1
"""


def upgrade() -> None:
    """Add the table, and a row for each stay that only the log knows."""
    op.create_table(
        "kept_resource",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("stay", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("inbox_id", RowNumber(), nullable=False),
        sa.Column("last_seq", RowNumber(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "type", "id", "version", name="pk_kept_resource"),
        sa.ForeignKeyConstraint(
            ["tenant", "patient_id"], ["patient.tenant", "patient.id"], name="fk_kept_resource_tenant_patient_id"
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_kept_resource_inbox_id"),
    )
    op.create_index("ix_kept_resource_tenant_patient_id", "kept_resource", ["tenant", "patient_id"], unique=False)
    _stays_of_the_log()


def _stays_of_the_log() -> None:
    columns: tuple[sa.ColumnClause[Any], ...] = (
        sa.column("tenant"),
        sa.column("stay"),
        sa.column("patient_id"),
        sa.column("at", UtcDateTime()),
    )
    found = op.get_bind().execute(sa.text(UNKNOWN_STAYS).columns(*columns)).all()
    stay = sa.table("stay", *columns, sa.column("public_id"))
    rows = [
        {
            "tenant": tenant, "stay": name, "patient_id": patient_id, "at": at,
            "public_id": str(uuid5(NAMESPACE_URL, f"{tenant}/stay/{name}")),
        }
        for tenant, name, patient_id, at in found
    ]  # fmt: skip
    for first in range(0, len(rows), AT_ONCE):
        op.bulk_insert(stay, rows[first : first + AT_ONCE])
