"""The ground that the other tests stand on is what it says it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect, text

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.parametrize("round_", ["first", "second"])
def test_each_test_gets_an_empty_database(database_url: str, round_: str) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visit (id integer)"))
    assert inspect(engine).get_table_names() == ["visit"]
    engine.dispose()


def test_database_url_names_the_database_that_is_asked_for(database_url: str, request: pytest.FixtureRequest) -> None:
    engine = create_engine(database_url)
    assert engine.dialect.name in request.node.name
    engine.dispose()


def test_two_connections_can_hold_different_rows_on_postgresql(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE due (id integer)"))
        connection.execute(text("INSERT INTO due VALUES (1), (2)"))
    claim = text("SELECT id FROM due ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
    with engine.begin() as one, engine.begin() as other:
        assert (one.scalar(claim), other.scalar(claim)) == (1, 2)
    engine.dispose()


def test_reference_material_holds_messages_to_read(reference_data: Path) -> None:
    assert any(path.is_file() for path in reference_data.rglob("*"))


def test_reference_material_that_is_named_wrongly_fails_instead_of_skipping(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests.conftest import reference_data as fixture

    monkeypatch.setenv("PATHWAY_REFERENCE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(pytest.fail.Exception, match="not a folder"):
        fixture.__wrapped__()  # type: ignore[attr-defined]


@pytest.mark.browser
def test_chromium_lays_out_a_page(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.set_content("<p style='display:inline-block;width:50%'>Min dag</p>")
    box = page.locator("p").bounding_box()
    assert box is not None and 180 < box["width"] < 195
    page.close()
