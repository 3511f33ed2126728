"""Every page of the menu has its picture, small enough, and the command that draws them knows it."""

from __future__ import annotations

from pathlib import Path

from pathway_engine.web.menu import MENU
from tests.pictures.__main__ import LARGEST, PICTURES, pictures

MAKEFILE = Path(__file__).parents[2] / "Makefile"


def test_every_page_of_the_menu_is_drawn() -> None:
    drawn = {picture.path for picture in pictures().values()}
    assert {entry.path for entry in MENU} <= drawn


def test_every_picture_is_there_and_small() -> None:
    sizes = {name: (PICTURES / f"{name}.png").stat().st_size for name in pictures()}
    assert {name: size for name, size in sizes.items() if not 5_000 < size <= LARGEST} == {}


def test_make_draws_them() -> None:
    assert "python -m tests.pictures" in MAKEFILE.read_text(encoding="utf-8").replace("$(PY)", "python")
