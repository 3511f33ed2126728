"""Every wrong file is refused in its own words, and the words are held by a golden file.

After a wanted change of a message: `python -m tests.language.test_wrong_files` writes them anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathway_engine.language.findings import DefinitionErrors, Finding
from pathway_engine.language.reader import read_pathway

HERE = Path(__file__).parent
WRONG = sorted((HERE / "wrong").glob("*.yaml"))
GOLDEN = HERE / "wrong" / "expected.txt"
RIGHT = HERE / "right"
MESSAGE = re.compile(r"\S+\.yaml:\d+:\d+: found \S.*; would be right: \S.*")


def folder_with(wrong: Path) -> tuple[dict[str, bytes], str]:
    """Return a pathway folder that is right but for *wrong*, and the name of its pathway file."""
    talk = {"checklists/talk.yaml": (RIGHT / "checklists" / "talk.yaml").read_bytes()}
    if wrong.name.startswith("checklist-"):
        right = (RIGHT / "pathway.yaml").read_bytes()
        return {**talk, f"checklists/{wrong.name}": wrong.read_bytes(), "pathway.yaml": right}, "pathway.yaml"
    return {**talk, wrong.name: wrong.read_bytes()}, wrong.name


def findings_of(wrong: Path) -> tuple[Finding, ...]:
    files, name = folder_with(wrong)
    try:
        read_pathway(files, name)
    except DefinitionErrors as errors:
        return errors.findings
    return ()


def told() -> str:
    """Return what the golden file says: a paragraph a file."""
    return "\n".join("\n".join(map(str, findings_of(wrong))) + "\n" for wrong in WRONG)


def test_the_right_fixture_that_the_wrong_files_are_made_from_has_no_finding() -> None:
    files = {"pathway.yaml": (RIGHT / "pathway.yaml").read_bytes(),
             "checklists/talk.yaml": (RIGHT / "checklists" / "talk.yaml").read_bytes()}  # fmt: skip
    assert read_pathway(files)[1] == ()


def test_there_are_wrong_files_of_at_least_45_kinds() -> None:
    assert len({finding.code for wrong in WRONG for finding in findings_of(wrong)}) >= 45


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.stem)
def test_a_wrong_file_is_refused_with_place_what_was_found_and_what_would_be_right(wrong: Path) -> None:
    findings = findings_of(wrong)
    assert findings, f"{wrong.name} was taken for right"
    for finding in findings:
        assert MESSAGE.fullmatch(str(finding)), str(finding)
        assert finding.file.endswith(wrong.name), "the finding names another file"


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.stem)
def test_a_finding_points_inside_the_file(wrong: Path) -> None:
    lines = wrong.read_bytes().decode("utf-8", "replace").split("\n")
    for finding in findings_of(wrong):
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1


def test_the_messages_are_those_of_the_golden_file() -> None:
    assert told() == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(told(), encoding="utf-8")
