"""People of the board's town in front of its pages, over a real engine."""

from __future__ import annotations

from pathway_engine.web import WebSettings, create_app
from tests.service.board_town import PEOPLE, BoardTown
from tests.web.visitor import SECRET, TestClient, Visitor


def visitor(town: BoardTown, person: str) -> Visitor:
    """The person, signed in with a key of his or her own."""
    assert person in PEOPLE
    key = f"key-of-{person}-in-the-town"
    town.engine.grant_access_key(person, key, town.now)
    app = create_app(town.engine, WebSettings(session_secret=SECRET, https_only=False), lambda: town.now)
    return Visitor(TestClient(app, follow_redirects=False)).sign_in(key)
