"""Pages for everybody: there without signing in, honest, and linked from the foot of every page."""

from __future__ import annotations

import pytest

from pathway_engine.web.language import language
from pathway_engine.web.public_pages import HELP, steps_of
from pathway_engine.web.rights import EVERYBODY
from tests.web.visitor import Visitor


@pytest.mark.parametrize(("path", "title"), [("/accessibility", "Tilgjengelighetserklæring"), ("/help", "Hjelp")])
def test_they_are_there_for_strangers_and_linked_from_everywhere(stranger: Visitor, path: str, title: str) -> None:
    assert f"<h1>{title}</h1>" in stranger.get(path)
    for other in ("/sign-in", "/help", "/accessibility"):
        assert f'<a href="{path}">{title}</a>' in stranger.get(other)


def test_the_statement_tells_what_is_not_good_enough_in_both_languages(stranger: Visitor) -> None:
    page = stranger.get("/accessibility")
    assert "delvis i samsvar" in page and "Diskrimineringsnemnda" in page
    assert "partly conforming" in stranger.get("/accessibility?lang=en")


def test_every_role_with_a_page_has_its_steps() -> None:
    assert set(HELP) <= EVERYBODY
    assert all(len(steps_of(role, language(code))) >= 3 for role in HELP for code in ("nb", "en"))
