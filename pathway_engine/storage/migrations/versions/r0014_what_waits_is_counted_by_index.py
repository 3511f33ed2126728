"""What was set aside, what waits for a person and a message of a known id are found by index, however many there are.

The index of what was set aside takes in what was rejected; applied messages are in none for these questions. Ids of
messages are kept in the order of their bytes, so that those that begin alike lie together.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ASIDE = sa.text("disposition = 'dead' OR disposition = 'rejected' OR disposition = 'unplaced'")
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Make the index of what was set aside anew, add that of open notices, and order the ids on PostgreSQL.

    SQLite orders by bytes as it is. PostgreSQL makes the two indexes of ids anew, and leaves the rows as they are.
    """
    op.drop_index("ix_inbox_aside", "inbox")
    _index("ix_inbox_aside", "inbox", ["tenant", "disposition", "id"], ASIDE)
    _index("ix_notice_open", "notice", ["tenant"], OPEN)
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("inbox", "message_id", existing_type=sa.String(), type_=sa.String(collation="C"))


def _index(name: str, table: str, columns: list[str], rows: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=rows, postgresql_where=rows)
