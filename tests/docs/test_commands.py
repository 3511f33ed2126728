"""What the pages tell people to type works, and shows what they say it shows; what is not tried says why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.commands import REPOSITORY, SECONDS, Block, blocks, faults, pages, tried

PAGES = {str(page): (REPOSITORY / page).read_text("utf-8") for page in pages()}
RUN = [name for name, text in PAGES.items() if any(block.is_run for block in blocks(text))]
NOT_RUN = [(name, block) for name, text in PAGES.items() for block in blocks(text) if block.info == "sh not-run"]
KINDS = {"sh", "sh not-run", "text", "yaml", "toml", "json", "python", "xml", "ini", "given"}
OUTSIDE = re.compile(r"^ {4,}(?:pathway|export|curl|make|python3?|docker|sudo) ", re.MULTILINE)
A_REASON = 10
"""A reason has at least so many letters."""


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("name", RUN)
def test_what_a_page_says_to_type_works(name: str, tmp_path: Path) -> None:
    came = tried(PAGES[name], tmp_path)
    assert "\n".join(faults(PAGES[name], came)) == ""


def test_every_block_says_what_it_is() -> None:
    found = [(name, block) for name, text in PAGES.items() for block in blocks(text)]
    assert [(name, block.begins, block.info) for name, block in found if block.info not in KINDS] == []


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if OUTSIDE.search(text)] or [""])
def test_commands_stand_in_blocks(name: str) -> None:
    inside = {line for block in blocks(PAGES.get(name, "")) for line in range(block.begins, block.ends + 1)}
    lines = enumerate(PAGES.get(name, "").splitlines(), 1)
    assert [number for number, line in lines if number not in inside and OUTSIDE.match(line)] == []


@pytest.mark.parametrize(("name", "block"), [pytest.param(*each, id=f"{each[0]}:{each[1].begins}") for each in NOT_RUN])
def test_a_block_that_is_not_run_says_why(name: str, block: Block) -> None:
    kind, _, why = block.comment.partition(": ")
    assert (kind, len(why) >= A_REASON) == ("not run", True), f"{name}:{block.begins}"


def test_most_blocks_are_run() -> None:
    """So that what cannot be tried stays the exception."""
    count = sum(block.info == "sh" for text in PAGES.values() for block in blocks(text))
    assert count > 2 * len(NOT_RUN), [f"{name}:{block.begins} {block.comment}" for name, block in NOT_RUN]
