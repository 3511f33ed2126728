"""The source keeps its own rules: one clock, short functions, no trace of the machine it was written on."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY, functions_of, program_sources, project_files

CLOCK = REPOSITORY / "pathway_engine" / "clock.py"
READS_THE_CLOCK = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
FROM_TIME = {"time", "time_ns", "localtime", "gmtime"}

# Written in pieces, so that this file does not hold what it forbids.
FOREIGN = {
    "a package index": r"pypi\." + r"org|python" + r"hosted\.org|registry\." + r"npmjs|registry\." + r"yarnpkg",
    "an index option": r"(?<!\w)--(extra-)?" + r"index-url\b",
    "a download": r"https?://[^\s\"']+\.(whl|tgz|deb)\b|\"resolved\": \"http",
    "a path of one machine": r"(?<![\w.~-])/(work|root|farm|opt/py" + r"pi|(home|Users)/\w+|tmp/bash_jobs)/\w",
}


def clock_readings(source: str) -> list[int]:
    """The lines of *source* that ask for the present instant."""
    nodes = ast.walk(ast.parse(source))
    suspects = (node for node in nodes if isinstance(node, ast.Attribute | ast.ImportFrom))
    return sorted(node.lineno for node in suspects if _reads_the_clock(node))


def _reads_the_clock(node: ast.Attribute | ast.ImportFrom) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
            return (owner, name) in READS_THE_CLOCK
        case ast.ImportFrom(module="time", names=names):
            return any(alias.name in FROM_TIME for alias in names)
        case _:
            return False


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("import datetime\ndatetime.datetime.now(tz)", [2], id="through-the-module"),
        pytest.param("stamp = field(default_factory=datetime.now)", [1], id="not-called-here"),
        pytest.param("from time import time", [1], id="by-its-bare-name"),
        pytest.param("started_at = clock.now()", [], id="the-clock-that-was-passed-in"),
        pytest.param("from datetime import time", [], id="a-wall-time-is-not-a-clock"),
    ],
)
def test_reading_the_clock_is_seen(source: str, lines: list[int]) -> None:
    assert clock_readings(source) == lines


def test_only_the_clock_reads_the_clock() -> None:
    readings = {
        str(path.relative_to(REPOSITORY)): lines
        for path in program_sources()
        if path != CLOCK and (lines := clock_readings(path.read_text("utf-8")))
    }
    assert readings == {}


def test_the_clock_is_where_this_test_looks_for_it() -> None:
    assert clock_readings(CLOCK.read_text("utf-8")) != []


def foreign_words(text: str) -> list[str]:
    """What *text* says that holds only on one machine or names where packages come from."""
    return [what for what, pattern in FOREIGN.items() if re.search(pattern, text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("see https://" + "pypi." + "org/simple", ["a package index"], id="index"),
        pytest.param("pip install --" + "index-url x", ["an index option"], id="option"),
        pytest.param("uv pip compile --no-emit-" + "index-url", [], id="leaving-the-index-out"),
        pytest.param("cd /" + "root/engine", ["a path of one machine"], id="somebody's-folder"),
        pytest.param("GET /home and /work-orders", [], id="an-address-of-ours"),
    ],
)
def test_what_holds_on_one_machine_only_is_seen(text: str, found: list[str]) -> None:
    assert foreign_words(text) == found


def test_no_file_says_where_packages_come_from_or_where_it_was_written() -> None:
    assert {
        str(path.relative_to(REPOSITORY)): found
        for path in project_files()
        if (text := _text_of(path)) and (found := foreign_words(text))
    } == {}


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_lock_file_records_download_addresses() -> None:
    assert not [path for path in project_files() if path.name == "uv.lock"]
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        assert "://" not in (REPOSITORY / name).read_text("utf-8"), name


def test_half_of_all_functions_are_ten_lines_or_shorter() -> None:
    functions = [function for path in program_sources() for function in functions_of(path)]
    longest = sorted(functions, key=lambda function: -function.lines)[:5]
    assert statistics.median(function.lines for function in functions) < 11, longest


def test_no_file_is_longer_than_one_can_keep_in_mind() -> None:
    # A migration is written once, by a tool, and never again.
    sources = [path for path in program_sources() if "versions" not in path.parts]
    lengths = {str(path.relative_to(REPOSITORY)): path.read_text("utf-8").count("\n") for path in sources}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_every_module_opens_with_a_sentence() -> None:
    silent = [path for path in program_sources() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert [str(path.relative_to(REPOSITORY)) for path in silent] == []


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "manager", "helper", "helpers", "base", "data", "process"}
    named = {path.stem for path in program_sources()} | {
        part for path in program_sources() for part in path.relative_to(REPOSITORY).parts[:-1]
    }
    assert named & empty == set()


def test_no_file_of_a_room_is_a_link_out_of_the_tree() -> None:
    assert [path for path in project_files() if path.is_symlink()] == []
