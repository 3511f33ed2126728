"""The files of a tutorial are those that its page shows, and each step is right, or wrong in the way that is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathway_engine.domain.episode import Rules
from pathway_engine.holiday_calendar import norwegian_calendar
from pathway_engine.language.findings import errors_among
from pathway_engine.language.folder import check_folder, load_folder
from pathway_engine.language.journeys import journeys_in, run_journey
from simulations.comparing import compare
from simulations.parameters import with_parameters
from simulations.shipped import load_scenario
from tests.docs.commands import REPOSITORY, blocks

TUTORIALS = REPOSITORY / "docs" / "tutorials"
FIRST = TUTORIALS / "first-pathway"
PAGE = (TUTORIALS / "first-pathway.md").read_text("utf-8")
STEPS = sorted(folder.parent for folder in FIRST.glob("step-*/wound_care"))
WRONG_JOURNEYS = {"step-2": {"christmas.yaml"}}
"""Which journeys fail, for the reader to mend the pathway."""
FILE = re.compile(r"^# (?:in )?(?:mine|docs/tutorials/first-pathway/step-8)/(?P<file>wound_care/\S+)$")
CALENDAR = norwegian_calendar(2020, 2040)


def shown() -> list[tuple[str, str, str]]:
    """What the page shows of files: the step that was copied last before it, the file's name, and the text."""
    found, step = list[tuple[str, str, str]](), "step-1"
    for block in blocks(PAGE):
        copied = re.findall(r"cp -r docs/tutorials/first-pathway/(step-\d)/wound_care mine", "\n".join(block.body))
        step = copied[-1] if copied else step
        named = FILE.match(block.body[0]) if block.info == "yaml" else None
        if named:
            place = "step-8" if "step-8" in block.body[0] else step
            found.append((place, named["file"], "\n".join(block.body[1:])))
    return found


@pytest.mark.parametrize(("step", "file", "text"), shown(), ids=lambda each: each[:30] if isinstance(each, str) else "")
def test_what_the_page_shows_stands_in_the_file(step: str, file: str, text: str) -> None:
    assert f"{text}\n" in (FIRST / step / file).read_text("utf-8")


def test_the_page_shows_whole_what_the_reader_types_first() -> None:
    step, file, text = shown()[0]
    assert (FIRST / step / file).read_text("utf-8") == f"{text}\n"
    assert len(shown()) >= 9


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_step_is_right_or_wrong_as_the_page_says(step: Path) -> None:
    errors = errors_among(check_folder(step))
    assert len(errors) == (6 if step.name == "step-1-mistakes" else 0), errors


@pytest.mark.parametrize("step", [step for step in STEPS if step.name[-1] not in "1s"], ids=lambda step: step.name)
def test_the_journeys_of_each_step_go_as_the_page_says(step: Path) -> None:
    pathway = load_folder(step / "wound_care")
    rules = Rules.of(pathway, lambda municipality: CALENDAR)
    journeys = journeys_in(step / "wound_care", pathway)
    failed = {Path(each.file).name for each in journeys if run_journey(each, rules)}
    assert len(journeys) >= 2
    assert failed == WRONG_JOURNEYS.get(step.name, set())


def test_a_scenario_finds_a_pathway_of_ones_own_before_one_that_ships() -> None:
    scenario, findings = load_scenario(str(FIRST / "step-7" / "lillevik.yaml"), FIRST / "step-5")
    assert scenario.pathway == "wound_care" and not findings
    assert set(scenario.tasks) == {"LOOK"}


def test_nothing_invented_is_called_verified() -> None:
    files = [file for file in FIRST.glob("step-*/wound_care/**/*.yaml") if file.parent.name != "journeys"]
    assert len(files) > 8
    assert [file for file in files if "verified: true" in file.read_text("utf-8")] == []


def test_what_a_nurse_does_is_compared() -> None:
    scenario, _ = load_scenario(str(TUTORIALS / "capacity-study" / "hamnvik.yaml"))
    variant = with_parameters(scenario, {"staff.home_care_nurse.on_duty": "+1"})
    found = compare([scenario, variant], replications=2)
    assert found.difference("late_share", "HPH2").by.mean < 0
    assert found.difference("load", "home_care_nurse").by.mean < 0
