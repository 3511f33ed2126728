"""What the pages on conformance, security and privacy say is so: tables are made anew, tests that they name exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from pathway_engine.language.schema import SECTIONS, Sections
from pathway_engine.storage.tables import METADATA
from simulations.language.keys import SCENARIO_SECTIONS
from tests.docs import shown_by
from tests.docs.conformance import PAGE, shows, written

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = ("conformance", "privacy", "security")
NAMED = re.compile(r"`(tests/[\w./-]+?)(?:::(\w+))?`")
CHAPTERS = [f"V{number}" for number in range(1, 18)]
STATES = ("met", "partly", "not met", "yours", "not applicable")


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


def missing(file: str, function: str) -> bool:
    """Whether there is no such test file, or no such test in it."""
    path = REPOSITORY / file
    return not path.exists() or bool(function and f"def {function}(" not in path.read_text("utf-8"))


def test_the_tables_of_conformance_are_those_of_the_program() -> None:
    found = (REPOSITORY / PAGE).read_text("utf-8")
    assert found == written(found), "run: python -m tests.docs"


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_a_page_names_exists(name: str) -> None:
    named = NAMED.findall(page(name))
    assert len(named) > 5
    assert sorted({each for each in named if missing(*each)}) == []


@pytest.mark.parametrize("type", sorted(shown_by.FHIR_TYPES))
def test_the_test_of_a_resource_type_names_it(type: str) -> None:
    shown = REPOSITORY / shown_by.FHIR_TYPES[type]
    assert re.search(rf"\b{type}\b", shown.read_text("utf-8")) or shown.name == f"test_{_snake(type)}s.py"


def _snake(type: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type).lower()


def uses(test: str, key: str) -> bool:
    """Whether a test, or a file that it reads, gives a value to a key."""
    files = [REPOSITORY / test, *(each for glob in shown_by.READS.get(test, ()) for each in REPOSITORY.glob(glob))]
    given = re.compile(rf"""(?<![\w-])["']?{re.escape(key)}["']?\s*[:=]""")
    return any(given.search(each.read_text("utf-8", errors="ignore")) for each in files)


@pytest.mark.parametrize(
    ("sections", "tests"),
    [
        pytest.param(SECTIONS, shown_by.SECTIONS, id="pathway"),
        pytest.param(SCENARIO_SECTIONS, shown_by.SCENARIO, id="scenario"),
    ],
)
def test_the_test_of_a_key_uses_it(sections: Sections, tests: Mapping[str, str]) -> None:
    named = [(section, key, shows(section, key, tests)) for section, keys in sections.items() for key in keys]
    unused = [each for each in named if each[2] and "::" not in each[2] and not uses(each[2], each[1])]
    assert unused == [], (
        "the test does not use the key: add it there, or name its test in KEYS of tests/docs/shown_by.py"
    )


def test_what_is_said_of_keys_is_said_of_keys_that_there_are() -> None:
    known = {(name, key) for each in (SECTIONS, SCENARIO_SECTIONS) for name, keys in each.items() for key in keys}
    assert sorted({*shown_by.KEYS, *shown_by.LACKS} - known) == []


def requirements() -> list[list[str]]:
    """The rows of the table by chapter: chapter, requirement, state, what shows it or why not."""
    rows = [line.strip("| ").split(" | ") for line in page("security").splitlines()]
    return [row for row in rows if re.fullmatch(r"V\d{1,2}", row[0])]


def test_security_answers_for_every_chapter_and_shows_what_it_calls_met() -> None:
    assert list(dict.fromkeys(row[0] for row in requirements())) == CHAPTERS
    assert [row for row in requirements() if len(row) != 4 or row[2] not in STATES] == []
    assert [row for row in requirements() if row[2] == "met" and not NAMED.search(row[3])] == []


def test_privacy_says_of_every_table_what_it_holds() -> None:
    """A table that is added must be asked about: does it hold personal data, and for how long?"""
    text = page("privacy")
    silent = [name for name in sorted(METADATA.tables) if f"`{name.rpartition('.')[2]}`" not in text]
    assert silent == [], "say in docs/privacy.md whether it holds personal data, of whom, and for how long"
