"""The FHIR face, joined: its address, who may ask, and where tokens are given, by the settings."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette

from pathway_engine.clock import Clock
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.granting import Granting
from pathway_engine.fhir.tokens import Tokens
from pathway_engine.service.engine import Engine
from pathway_engine.serving.fhir_clients import clients_of
from pathway_engine.settings import Settings
from pathway_engine.web.messages import MessageDoor
from pathway_engine.web.sessions import client_address
from pathway_engine.web.settings import WebSettings


def fhir_face(
    engine: Engine, settings: Settings, web: WebSettings, clock: Clock, door: MessageDoor, base: str
) -> Starlette:
    """Return the face at *base*, the address of the settings if there is one. Raises SettingsError."""
    base = (settings.fhir_base_url or base).rstrip("/")
    context = engine.context
    clients = clients_of(settings, context.directory)
    tokens = Tokens(web.session_secret, context.store.tenant, base)
    return create_fhir_app(
        context, callers(engine, clients, tokens, door.holder), clock, base, web.session_secret,
        Granting(context, clients, tokens, base), partial(client_address, settings=web),
    )  # fmt: skip
