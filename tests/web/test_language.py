"""Both languages say the same things, and every text is used."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pathway_engine.domain.tasks import TaskStatus
from pathway_engine.web import errors, public_pages
from pathway_engine.web.language import language
from tests.web.visitor import Visitor

WEB = Path(errors.__file__).parent
BY_CODE = (
    "because",
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
    "course_event",
    "manual_wrong",
    "manual_outcome",
    "emergency_reason",
    "step",
    "several",
    "inbox_act",
    "inbox_done",
    "agrees",
    "pile",
    "stopped",
    "right",
    "column",
    "unit_of",
    "signal",
    "statement",
    "always",
    *(f"help_{role}" for role in public_pages.HELP),
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


# -- dates and numbers


AT = datetime(2026, 11, 17, 12, 30, tzinfo=UTC)


def test_days_hours_and_numbers_are_written_as_norwegians_do() -> None:
    say = language("nb")
    assert say.moment(AT) == "tir. 17. nov. kl. 13.30"
    assert (say.long_day(AT), say.date(AT.date()), say.month("2026-03")) == (
        "tirsdag 17. november", "17.11.2026", "mars 26"
    )  # fmt: skip
    assert (say.number(37.5), say.number(12), say.number(12345.25), say.cell(12345.25)) == (
        "37,5", "12", "12\xa0345,25", "12345,25"
    )  # fmt: skip
    assert (say.percent(0.364), say.ago(AT - timedelta(hours=3), AT)) == ("36\xa0%", "for 3 timer siden")


@pytest.mark.parametrize("seconds", [-59, 0, 59])
def test_what_was_or_comes_within_a_minute_is_now(seconds: int) -> None:
    """Mutant: what came this instant is said to come in 0 seconds."""
    at = AT + timedelta(seconds=seconds)
    assert (language("nb").ago(at, AT), language("en").ago(at, AT)) == ("nå", "now")
    assert language("nb").ago(AT - timedelta(minutes=1), AT) == "for 1 minutt siden"


def test_and_as_the_english_do() -> None:
    say = language("en")
    assert say.moment(AT) == "Tue 17 Nov at 13:30"
    assert (say.number(1234.5), say.percent(0.364), say.ago(AT, AT - timedelta(days=2))) == (
        "1,234.5",
        "36%",
        "in 2 days",
    )


def test_the_hour_is_that_of_oslo_in_summer_too() -> None:
    assert language("nb").moment(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == "ons. 1. juli kl. 00.30"


# -- every room


def test_every_room_has_both_languages_and_no_key_stands_in_two_rooms() -> None:
    texts = WEB / "texts"
    names = {code: sorted(file.name for file in (texts / code).iterdir()) for code in ("nb", "en")}
    assert names["nb"] == names["en"] and len(names["nb"]) > 2
    for code in names:
        keys = [key for name in names[code] for key in _keys((texts / code / name).read_text(encoding="utf-8"))]
        assert len(keys) == len(set(keys)), code


def test_every_room_has_the_same_texts_in_both_languages() -> None:
    for file in (WEB / "texts" / "nb").iterdir():
        other = WEB / "texts" / "en" / file.name
        nb, en = (_keys(each.read_text(encoding="utf-8")) for each in (file, other))
        assert nb == en, file.name


def _keys(text: str) -> list[str]:
    return list(_flat_keys(tomllib.loads(text)))


def _flat_keys(table: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat_keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def test_no_template_says_anything_of_its_own() -> None:
    said = {file.name: literals(file.read_text(encoding="utf-8")) for file in WEB.glob("templates/**/*.html")}
    assert len(said) > 10
    assert {name: words for name, words in said.items() if words} == {}


def test_words_in_a_template_are_found() -> None:
    assert literals("<p>{% if x %}Hei{% endif %}</p>") == ["Hei"]
    assert literals('<a title="Lukk" href="/x">{{ say("a") }} · –</a>') == ["Lukk"]
    assert literals('<p aria-label="{{ say("a") }} nå">{# Kari #}{{ x }}</p>') == ["nå"]


TOLD = re.compile(r'(?:title|alt|aria-label|placeholder)="([^"]*)"')
EXPRESSION = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
TAG = re.compile(r"<(?:'[^']*'|\"[^\"]*\"|[^>])*>", re.DOTALL)
ATTRIBUTE = re.compile(r'\b[a-z-]+="[^"]*"')
"""A macro may write an attribute outside any tag of its own."""

LETTERS = re.compile(r"[^\W\d_]{2,}")


def literals(template: str) -> list[str]:
    """The words that a template shows without asking the catalogues: between tags, or told by an attribute."""
    plain = EXPRESSION.sub("", re.sub(r"&[a-z]+;", "", template))
    shown = [ATTRIBUTE.sub("", TAG.sub(" ", plain)), *TOLD.findall(plain)]
    return [word for text in shown for word in LETTERS.findall(text)]
