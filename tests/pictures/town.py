"""The demonstration's community behind real pages, at an instant of one's own choosing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import uvicorn

from pathway_engine.demonstration.inbox import troubles
from pathway_engine.demonstration.norwegian import story
from pathway_engine.demonstration.seeding import demo_settings, seeded
from pathway_engine.service.engine import Engine
from pathway_engine.web import WebSettings, create_app
from tests.pictures.history import lived_through

NOW = datetime(2026, 11, 18, 7, 2, tzinfo=UTC)
"""A Wednesday, two minutes past eight in Oslo."""
SECRET = "a secret of at least thirty-two characters"
STARTED_WITHIN = timedelta(seconds=20)


@contextmanager
def demonstration(history: bool = False) -> Iterator[tuple[Engine, str]]:
    """Give the demonstration's engine and the address of its pages, on this machine only; with a year behind it."""
    with demo_settings(0, 0) as settings, seeded(settings, NOW) as engine:
        if history:
            lived_through(engine, NOW)
        story(engine, NOW)
        troubles(engine, NOW)
        with served(engine) as address:
            yield engine, address


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    """Serve the pages of *engine*, whose clock stands still."""
    settings = WebSettings(session_secret=SECRET, https_only=False, demo_sign_in=True)
    app = create_app(engine, settings, lambda: NOW)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
