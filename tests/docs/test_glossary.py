"""The glossary has the words that a stranger meets, and says of the code what is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from pathlib import Path

import click
import pytest

from pathway_engine.cli import main
from pathway_engine.domain.definition import Severity
from pathway_engine.domain.delivery import Delivery
from pathway_engine.domain.tasks import TaskStatus
from pathway_engine.service.channel import Disposition

REPOSITORY = Path(__file__).parents[2]
GLOSSARY = (REPOSITORY / "docs" / "glossary.md").read_text("utf-8")
SHORT = re.compile(r"(?<![\w/.&-])(?:[A-ZÆØÅ]{2,}|[A-Z][a-z]+[A-Z][A-Za-z]*|[A-Z]{2,}-id)(?![\w-])")
NO_PROSE = re.compile(r"<!--.*?-->|```.*?```|`[^`\n]*`|\]\([^)]*\)", re.DOTALL)

# What whoever runs or builds programs knows, and what is the name of another program.
OF_COMPUTING = frozenset(
    "API CycloneDX HTML HTTP ID ISO JSON NTP PNG PostgreSQL SIGTERM SMTP SVG SimPy TCP TLS XML YAML".split()  # noqa: SIM905
)
OF_FHIR = frozenset({"AuditEvent", "CapabilityStatement"})


def abbreviations(text: str) -> set[str]:
    """The short words of *text*, as HPR and AppRec, but not computing's and FHIR's; **NOT** is a word said loudly."""
    return set(SHORT.findall(text)) - OF_COMPUTING - OF_FHIR - {"NOT"}


def explained() -> set[str]:
    """The short words that the glossary has."""
    return set(SHORT.findall(GLOSSARY))


PAGES = sorted((REPOSITORY / "pathway_engine" / "web" / "texts" / "nb").glob("*.toml"))
FOLDERS = ("docs/how-to", "docs/tutorials", "docs/simulation")
GUIDES = [REPOSITORY / "README.md"]
GUIDES += [file for folder in FOLDERS for file in sorted((REPOSITORY / folder).glob("*.md"))]
GUIDES += [REPOSITORY / "docs" / f"{name}.md" for name in ("README", "story", "privacy")]
GUIDES += [
    REPOSITORY / "docs" / "reference" / f"{name}.md"
    for name in ("directory", "journeys", "metrics", "pathway-file", "quality", "scenario-file", "ukp-account")
]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_short_words_on_the_pages_of_the_program_are_explained(page: Path) -> None:
    texts = re.findall(r'= "(.*)"$', page.read_text("utf-8"), re.MULTILINE)
    assert texts
    assert abbreviations("\n".join(texts)) - explained() == set()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_short_words_in_the_guides_are_explained(guide: Path) -> None:
    assert abbreviations(NO_PROSE.sub(" ", guide.read_text("utf-8"))) - explained() == set()


def test_short_words_in_the_help_of_commands_are_explained() -> None:
    said = dict(helps(main, "pathway"))
    assert len(said) > 50
    found = {name: abbreviations(text) - explained() for name, text in said.items()}
    assert {name: words for name, words in found.items() if words} == {}


def helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Each command's help and its options', without what stands for what one writes there: NAME=VALUE."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    written = [*(each.name or "" for each in command.params), *(str(each.metavar) for each in command.params)]
    stands_for = re.compile(rf"\S+<?=\S+|FIGURE|\b({'|'.join(re.findall(r'[A-Z]+', ' '.join(written).upper()))})\b")
    text = stands_for.sub("", " ".join([command.help or "", *(each.help or "" for each in options)]))
    yield name, text
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            yield from helps(inner, f"{name} {part}")


@pytest.mark.parametrize("kind", [Severity, Disposition, Delivery, TaskStatus])
def test_every_state_that_is_shown_is_explained(kind: type[StrEnum]) -> None:
    assert {each.value for each in kind} - set(re.findall(r"`([^`]+)`", GLOSSARY)) == set()


def test_what_the_glossary_says_of_the_code_stands_there() -> None:
    rows = [line.strip("|").split("|") for line in GLOSSARY.splitlines() if line.startswith("| ")]
    names = {name.strip("/") for row in rows if len(row) == 4 for name in re.findall(r"`([^`]+)`", row[2])}
    assert len(names) > 50
    assert names - set(words_of_the_code()) == set()


def words_of_the_code() -> Iterator[str]:
    """Every word of the program and of the files that it comes with."""
    for folder in ("pathway_engine", "adapters", "simulations", "pathways"):
        files = chain(*((REPOSITORY / folder).rglob(f"*.{ending}") for ending in ("py", "yaml")))
        for file in files:
            yield from re.findall(r"\w+", file.read_text("utf-8"))
            yield file.parent.name
