"""Pages over HTTP, in the same event loop as the other parts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import uvicorn
from fastapi import FastAPI

from pathway_engine.clock import Clock
from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.service.engine import Engine
from pathway_engine.serving.fetching import bring_answer
from pathway_engine.serving.fhir_face import fhir_face
from pathway_engine.serving.message_door import message_door
from pathway_engine.settings import Settings, bindable
from pathway_engine.sign_on.settings import sign_on_of
from pathway_engine.web.app import create_app
from pathway_engine.web.connections import HttpLimits, Server, bounded, listening
from pathway_engine.web.measuring import Measured, Tally
from pathway_engine.web.settings import WebSettings

STOP_SECONDS = 30
log = logging.getLogger(__name__)


def application(engine: Engine, settings: Settings, clock: Clock, address: str) -> FastAPI:
    """Return all that is asked over HTTP at *address*: pages, the door for messages, FHIR. Raises SettingsError."""
    web, door = web_settings(settings), message_door(engine, settings)
    face = fhir_face(engine, settings, web, clock, door, f"{address}fhir")
    app = create_app(engine, web, clock, door, sign_on_of(settings), {"/fhir": face})
    app.state.bring_answer = partial(_bring_answer, engine, settings)
    return app


@asynccontextmanager
async def serving(
    engine: Engine, settings: Settings, clock: Clock, stop: asyncio.Event, tally: Tally
) -> AsyncIterator[str]:
    """Serve the pages and set *stop* when they end by themselves; give their address. Raises SettingsError.

    Requests are counted in *tally*.
    """
    with bindable("PATHWAY_WEB_PORT", settings.web_host, settings.web_port):
        listener, address = listening(settings.web_host, settings.web_port)
    app = application(engine, settings, clock, address)
    app.add_middleware(Measured, tally=tally)
    config = uvicorn.Config(
        app, http=bounded(HttpLimits(max_connections=settings.web_max_connections)), ws="none", log_config=None,
        access_log=False, lifespan="off", proxy_headers=False, timeout_graceful_shutdown=STOP_SECONDS,
    )  # fmt: skip
    server = Server(config)
    pages = asyncio.create_task(server.serve(sockets=[listener]))
    pages.add_done_callback(lambda _: stop.set())
    try:
        yield address
    finally:
        server.should_exit = True
        app.state.watch.close()
        await pages


def _bring_answer(engine: Engine, settings: Settings, number: int, _now: datetime) -> None:
    """Bring the answer to a message that was run again; who cannot be reached gets it when it is run once more."""
    try:
        bring_answer(engine.context, settings, number)
    except (OSError, PathwayEngineError) as error:
        log.warning("the answer to message %s could not be brought: %s", number, type(error).__name__)


def web_settings(settings: Settings) -> WebSettings:
    """The pages' share of the settings."""
    assert settings.secret_key is not None
    return WebSettings(
        session_secret=settings.secret_key.get_secret_value(), https_only=settings.web_behind_tls,
        demo_sign_in=settings.demo_sign_in, session_idle=timedelta(minutes=settings.session_idle_minutes),
        session_absolute=timedelta(hours=settings.session_hours),
        sign_on_name=settings.oidc_name if settings.oidc_issuer else "",
    )  # fmt: skip
