"""The fake service, and visitors in front of it."""

from __future__ import annotations

import pytest

from pathway_engine.web import WebSettings, create_app
from tests.web.fakes import NOW, FakeService
from tests.web.visitor import SECRET, TestClient, Visitor


@pytest.fixture
def service() -> FakeService:
    """The service behind the pages."""
    return FakeService()


@pytest.fixture
def settings() -> WebSettings:
    """An installation on plain HTTP, as in tests only."""
    return WebSettings(session_secret=SECRET, https_only=False, demo_sign_in=True)


@pytest.fixture
def stranger(service: FakeService, settings: WebSettings) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(TestClient(create_app(service, settings, lambda: NOW), follow_redirects=False))


@pytest.fixture
def kari(service: FakeService, settings: WebSettings) -> Visitor:
    """Kari, a nurse of Lerkendal, signed in."""
    app = create_app(service, settings, lambda: NOW)
    return Visitor(TestClient(app, follow_redirects=False)).sign_in("kari-access-key")
