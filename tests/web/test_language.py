"""Both languages say the same things, and every text is used."""

from __future__ import annotations

import re
import string
from pathlib import Path

from pathway_engine.domain.tasks import TaskStatus
from pathway_engine.web import errors
from pathway_engine.web.language import language
from tests.web.visitor import Visitor

WEB = Path(errors.__file__).parent
BY_CODE = (
    "history",
    "role",
    "event",
    "status",
    "business",
    "severity",
    "answer",
    "section",
    "done",
    "refused",
    "list",
    "error",
    "window",
    "act",
    "menu",
    "board_standing",
    "board_hindrance",
    "board_way",
    "board_darkness",
    "board_content",
    "board_reply",
    "board_done",
    "course_kept",
    "course_act",
    "manual_wrong",
    "manual_outcome",
    "emergency_reason",
    "step",
    "several",
)
"""Groups whose keys are put together from a code."""


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def sources() -> str:
    access = WEB.parent / "service" / "access"  # its refusals name their texts
    files = [*WEB.glob("*.py"), *WEB.glob("templates/**/*.html"), *access.glob("*.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_both_catalogues_have_the_same_keys_and_places() -> None:
    nb, en = language("nb").texts, language("en").texts
    assert {key: places(text) for key, text in nb.items()} == {key: places(text) for key, text in en.items()}


def test_every_text_asked_for_exists() -> None:
    asked = re.findall(r"""\bsay\(\s*f?["']([a-z_]+(?:\.[A-Za-z0-9_-]+)*)["']\s*[,)]""", sources())
    assert len(asked) > 80
    assert set(asked) <= set(language("nb").texts)


def test_every_text_is_asked_for() -> None:
    text = sources()
    unused = [
        key
        for key in language("nb").texts
        if key.split(".")[0] not in BY_CODE and f'"{key}"' not in text and f"'{key}'" not in text
    ]
    assert unused == []


def test_every_status_has_a_word() -> None:
    assert all(f"status.{status}" in language("nb").texts for status in TaskStatus)


def test_every_refusal_has_a_text() -> None:
    kinds = {kind.__name__ for kind in errors.STATUS_OF} - {"UnknownTask"}
    assert all(f"refused.{kind}" in language("nb").texts for kind in kinds)


def test_english_is_chosen_in_the_address_and_remembered(kari: Visitor) -> None:
    page = kari.get("/?view=unit&lang=en")
    assert '<html lang="en"' in page
    assert 'href="?view=unit&amp;lang=nb"' in page
    assert "My day" in kari.get("/")


def test_an_unknown_language_is_bokmal(kari: Visitor) -> None:
    assert '<html lang="nb"' in kari.get("/?lang=../../etc")
