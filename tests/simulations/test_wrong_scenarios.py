"""Every wrong scenario is refused, or warned of, in its own words; the words are held by a golden file.

After a wanted change of a message: `python -m tests.simulations.test_wrong_scenarios` writes them anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathway_engine.language.findings import DefinitionErrors, Finding
from simulations.language.reader import read_scenario
from simulations.shipped import Pathways

HERE = Path(__file__).parent
WRONG = sorted((HERE / "wrong").glob("*.yaml"))
RIGHT = sorted((HERE / "right").glob("*.yaml"))
GOLDEN = HERE / "wrong" / "expected.txt"
MESSAGE = re.compile(r"\S+\.yaml:\d+:\d+: found \S.*; would be right: \S.*")


def findings_of(path: Path) -> tuple[Finding, ...]:
    try:
        return read_scenario(path.read_bytes(), path.name, Pathways())[1]
    except DefinitionErrors as errors:
        return errors.findings


def told() -> str:
    """Return what the golden file says: a paragraph a file."""
    return "\n".join("".join(f"{each} ({each.level}, {each.code})\n" for each in findings_of(path)) for path in WRONG)


@pytest.mark.parametrize("right", RIGHT, ids=lambda path: path.stem)
def test_the_right_scenario_that_the_wrong_ones_are_made_from_has_no_finding(right: Path) -> None:
    assert findings_of(right) == ()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda path: path.stem)
def test_a_wrong_scenario_is_told_with_place_what_was_found_and_what_would_be_right(wrong: Path) -> None:
    findings = findings_of(wrong)
    assert findings, f"{wrong.name} was taken for right"
    lines = wrong.read_text(encoding="utf-8").split("\n")
    for finding in findings:
        assert MESSAGE.fullmatch(str(finding)), str(finding)
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1


def test_there_are_at_least_30_kinds() -> None:
    assert len({finding.code for wrong in WRONG for finding in findings_of(wrong)}) >= 30


def test_the_messages_are_those_of_the_golden_file() -> None:
    assert told() == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(told(), encoding="utf-8")
