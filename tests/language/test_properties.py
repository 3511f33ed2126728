"""However a pathway file is torn, reading it gives a pathway or findings, never another error."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pathway_engine.language.findings import DefinitionErrors
from pathway_engine.language.reader import read_pathway
from pathway_engine.language.yaml_reader import read_yaml

FIXTURES = Path(__file__).parent
PATHWAYS = [FIXTURES / "right", FIXTURES / "rule_catalogue"]
WORDS = [
    "any",
    "otherwise",
    "[]",
    "{}",
    "*a",
    "&a",
    "!!x",
    "same day",
    "0 hours",
    "at_home",
    "ended",
    "over",
    "true",
    "-",
    ":",
    "\t",
    "\n",
    "  ",
    '"',
    "'",
    "#",
    "[",
    "}",
    "é",
    "\x00",
    "\u2028",
    "9" * 30,
]

SLICES = st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(WORDS) | st.text(max_size=6))


def torn(text: str, cuts: list[tuple[float, int, str]]) -> str:
    """Return *text* with each cut (place, length, what stands there instead) made."""
    for place, length, instead in cuts:
        at = int(place * len(text))
        text = text[:at] + instead + text[at + length :]
    return text


def line_swapped(text: str, places: list[tuple[int, int]]) -> str:
    """Return *text* with pairs of lines exchanged: mostly still YAML, with other meaning."""
    lines = text.split("\n")
    for first, second in places:
        one, other = first % len(lines), second % len(lines)
        lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def read_or_refuse(folder: Path, text: str, name: str) -> None:
    files = {"pathway.yaml": (folder / "pathway.yaml").read_bytes()}
    files |= {f"checklists/{each.name}": each.read_bytes() for each in (folder / "checklists").glob("*.yaml")}
    files[name] = text.encode("utf-8", "surrogatepass")
    try:
        read_pathway(files)
    except DefinitionErrors as errors:
        assert errors.findings
        assert all(finding.line >= 1 and finding.column >= 1 for finding in errors.findings)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHWAYS), st.lists(SLICES, min_size=1, max_size=4))
def test_a_torn_pathway_file_is_read_or_refused(folder: Path, cuts: list[tuple[float, int, str]]) -> None:
    read_or_refuse(folder, torn((folder / "pathway.yaml").read_text(encoding="utf-8"), cuts), "pathway.yaml")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHWAYS), st.lists(st.tuples(st.integers(0), st.integers(0)), min_size=1, max_size=4))
def test_a_pathway_file_with_lines_exchanged_is_read_or_refused(folder: Path, places: list[tuple[int, int]]) -> None:
    read_or_refuse(folder, line_swapped((folder / "pathway.yaml").read_text(encoding="utf-8"), places), "pathway.yaml")


@settings(max_examples=40, deadline=None)
@given(st.lists(SLICES, min_size=1, max_size=4))
def test_a_torn_checklist_is_read_or_refused(cuts: list[tuple[float, int, str]]) -> None:
    text = (FIXTURES / "right" / "checklists" / "talk.yaml").read_text(encoding="utf-8")
    read_or_refuse(FIXTURES / "right", torn(text, cuts), "checklists/talk.yaml")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_are_read_as_yaml_or_refused(content: bytes | str) -> None:
    try:
        read_yaml(content, "a.yaml")
    except DefinitionErrors as errors:
        assert errors.findings
