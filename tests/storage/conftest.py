"""Storage is tested on a PostgreSQL as durable as the program demands."""

from __future__ import annotations

import pytest

from tests.storage.durable_postgres import made_durable


@pytest.fixture(scope="session")
def postgres_server(postgres_server: str) -> str:
    """The test worker's PostgreSQL, made durable."""
    return made_durable(postgres_server)
