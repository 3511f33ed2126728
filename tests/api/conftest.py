"""Pages and API over a community, asked with the keys of its people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from pathway_engine.web.app import create_app
from pathway_engine.web.settings import WebSettings
from tests.service.community import Community
from tests.web.visitor import SECRET, TestClient

KEY = "k" * 40


@pytest.fixture
def community(sqlite_url: str) -> Iterator[Community]:
    made = Community(sqlite_url)
    made.brought_home()
    made.engine.grant_access_key("kari", KEY, made.now)
    yield made
    made.close()


@pytest.fixture
def app(community: Community) -> FastAPI:
    settings = WebSettings(session_secret=SECRET, https_only=False)
    return create_app(community.engine, settings, lambda: community.now)


@pytest.fixture
def program(app: FastAPI) -> TestClient:
    """A program with Kari's key."""
    return TestClient(app, headers={"Authorization": f"Bearer {KEY}"})
