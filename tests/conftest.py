"""What tests stand on: real databases, reference material and a browser, or a word that one is missing."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings

from tests.postgres_server import started_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REPOSITORY = Path(__file__).parents[1]

# A slow machine is not a wrong program.
settings.register_profile("any-machine", deadline=None, print_blob=True)
settings.load_profile("any-machine")

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A test that quiets the program quiets it for itself alone."""
    program, everything = logging.getLogger("pathway_engine"), logging.root.manager
    level, disabled = program.level, everything.disable
    yield
    program.setLevel(level)
    everything.disable = disabled


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that the project lies in."""
    return REPOSITORY


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The libpq address of a PostgreSQL of this test worker's own, gone when the worker ends.

    It keeps its promises (fsync on, as the program demands) in memory where there is a folder for that.
    """
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="pathway-pg-", dir=memory if os.access(memory, os.W_OK) else None))
    server = started_in(folder)
    address = server.get_uri()
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh, empty PostgreSQL database."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    server = postgres_server.removeprefix("postgresql://")
    yield f"postgresql+psycopg://{server.replace('/postgres?', f'/{name}?', 1)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of a fresh, empty SQLite database."""
    return f"sqlite:///{tmp_path}/pathway.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a fresh, empty database, once of each kind that the program runs on."""
    kinds = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}
    url: str = request.getfixturevalue(kinds[request.param])
    return url


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of published example messages and code lists, which the project does not hold itself."""
    named = os.environ.get("PATHWAY_REFERENCE_DATA", "")
    if not named:
        pytest.skip("no reference material: set PATHWAY_REFERENCE_DATA to its folder")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"PATHWAY_REFERENCE_DATA names {folder}, which is not a folder")
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's chromium, driven by playwright.

    One for each module: playwright's event loop stays in the thread for as long as it is open, and would
    be in the way of other modules' own loops.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
