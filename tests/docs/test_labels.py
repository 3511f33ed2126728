"""What the pages for nurses, wards and offices tell people to press stands so on the pages of the program."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TEXTS = REPOSITORY / "pathway_engine" / "web" / "texts" / "nb"
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
PUT_IN = re.compile(r"\{\w+\}|#")
STANDS_FOR = re.compile(r"\\\{\w+\\\}|\\#|#")


def labels() -> list[re.Pattern[str]]:
    """Every text of the program in bokmål, with what is put into it standing for anything."""
    found = [text for file in sorted(TEXTS.glob("*.toml")) for text in _texts(tomllib.loads(file.read_text("utf-8")))]
    said = [text for text in found if len(PUT_IN.sub("", text).strip()) > 2]
    return [re.compile(STANDS_FOR.sub(".+", re.escape(text)).rstrip(".") + r"\.?") for text in said]


def _texts(table: dict[str, object]) -> list[str]:
    texts = [value for value in table.values() if isinstance(value, str)]
    return texts + [text for value in table.values() if isinstance(value, dict) for text in _texts(value)]


@pytest.mark.parametrize("name", ["nurse", "ward", "allocation-office"])
def test_what_is_to_be_pressed_stands_on_a_page(name: str) -> None:
    norwegian = (REPOSITORY / "docs" / "how-to" / f"{name}.md").read_text("utf-8").partition("\n---\n")[0]
    pressed = sorted({" ".join(each.split()) for each in BOLD.findall(norwegian)})
    known = labels()
    assert len(pressed) > 3
    assert not any(label.fullmatch("Trykk som ikke finnes") for label in known)
    assert [each for each in pressed if not any(label.fullmatch(each) for label in known)] == []
