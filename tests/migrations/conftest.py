"""A place for databases of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.migrations.databases import Databases, PostgresqlDatabases, SqliteDatabases, folder_in_memory


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Where the module's databases are made, once of each kind."""
    if request.param == "sqlite":
        with folder_in_memory() as folder:
            yield SqliteDatabases(folder)
    else:
        yield PostgresqlDatabases(request.getfixturevalue("postgres_server"))
