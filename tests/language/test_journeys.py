"""Every shipped journey goes as it says, and the runner sees it when one does not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from pathway_engine.domain.episode import Rules
from pathway_engine.holiday_calendar import norwegian_calendar
from pathway_engine.language.findings import DefinitionErrors
from pathway_engine.language.folder import load_folder
from pathway_engine.language.journeys import journey_files, read_journey, run_journey, shipped_journeys

PATHWAYS = Path(__file__).parents[2] / "pathways"
SHIPPED = [(folder.name, file) for folder in sorted(PATHWAYS.iterdir()) for file in journey_files(folder)]


@cache
def rules(name: str) -> Rules:
    calendar = norwegian_calendar(2025, 2028)
    return Rules.of(load_folder(PATHWAYS / name), lambda municipality: calendar)


@pytest.mark.parametrize(("name", "file"), SHIPPED, ids=lambda each: Path(each).stem)
def test_a_shipped_journey_goes_as_it_says(name: str, file: str) -> None:
    journey = read_journey(journey_files(PATHWAYS / name)[file], file, rules(name).pathway)
    assert [str(mismatch) for mismatch in run_journey(journey, rules(name))] == []


RIGHT = """\
title: Fra utskrivningsklar til hjemme
pathway: hph
facts: {receives_services: true}
events:
  - {at: 2026-11-16 10:00, event: discharge_ready, raises: [HPH0, HPH0B, HPH1, ANSWER], phase: discharge_ready}
  - {at: 2026-11-16 11:00, complete: ANSWER, answers: {can_receive: now}, completes: [ANSWER]}
  - {at: 2026-11-17 12:00, event: discharged, with: {destination: home}, misses: [HPH0B, HPH1], escalates: []}
  - at: 2026-11-17 13:00
    due: {HPH2: 2026-11-20 23:59, HPH0: 2026-11-17 23:59}
    opens: {HPH5: 2026-12-01 00:00, HPH2: none}
  - {at: 2026-11-21 00:00, escalates: [HPH2], open: [HPH0, HPH2, HPH5, DAILY], phase: at_home}
  - {at: 2026-11-21 08:00, event: admitted, stay: VN2, cancels: [HPH0, HPH2, HPH5, DAILY], raises: [HPH6]}
  - {at: 2026-11-21 09:00, void: admitted, stay: VN2, corrects: [HPH6], open: [HPH0, HPH2, HPH5, DAILY]}
"""


def changed(*changes: tuple[str, str]) -> bytes:
    text = RIGHT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


def mismatches(*changes: tuple[str, str]) -> list[str]:
    journey = read_journey(changed(*changes), "j.yaml", rules("hph").pathway)
    return [str(each) for each in run_journey(journey, rules("hph"))]


def refused(text: str) -> list[str]:
    with pytest.raises(DefinitionErrors) as error:
        read_journey(text.encode(), "j.yaml", rules("hph").pathway)
    return [str(finding) for finding in error.value.findings]


def test_a_right_journey_has_nothing_to_say() -> None:
    assert mismatches() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            "raises: [HPH0, HPH0B, HPH1, ANSWER]",
            "raises: [HPH0, HPH0B, HPH1]",
            "j.yaml:5: expected raises HPH0, HPH0B, HPH1; found ANSWER, HPH0, HPH0B, HPH1",
            id="raised-beside",
        ),
        pytest.param(
            "raises: [HPH6]", "raises: [HPH6, HPH6]", "j.yaml:12: expected raises HPH6 x2; found HPH6", id="raised-once"
        ),
        pytest.param(
            "cancels: [HPH0, HPH2, HPH5, DAILY]",
            "cancels: []",
            "j.yaml:12: expected cancels nothing; found DAILY, HPH0, HPH2, HPH5",
            id="cancelled",
        ),
        pytest.param(
            "misses: [HPH0B, HPH1]", "misses: [HPH1]", "j.yaml:7: expected misses HPH1; found HPH0B, HPH1", id="missed"
        ),
        pytest.param(
            "completes: [ANSWER]",
            "completes: [HPH1]",
            "j.yaml:6: expected completes HPH1; found ANSWER",
            id="completed",
        ),
        pytest.param(
            "escalates: [HPH2]", "escalates: []", "j.yaml:11: expected escalates nothing; found HPH2", id="escalated"
        ),
        pytest.param(
            "corrects: [HPH6]", "corrects: []", "j.yaml:13: expected corrects nothing; found HPH6", id="corrected"
        ),
        pytest.param(
            "open: [HPH0, HPH2, HPH5, DAILY], phase",
            "open: [HPH2, HPH5, DAILY], phase",
            "j.yaml:11: expected open DAILY, HPH2, HPH5; found DAILY, HPH0, HPH2, HPH5",
            id="open",
        ),
        pytest.param(
            "phase: discharge_ready",
            "phase: in_hospital",
            "j.yaml:5: expected phase in_hospital; found discharge_ready",
            id="phase",
        ),
        pytest.param(
            "HPH2: 2026-11-20 23:59",
            "HPH2: 2026-11-20 23:58",
            "j.yaml:9: expected due HPH2 2026-11-20 23:58; found 2026-11-20 23:59",
            id="due",
        ),
        pytest.param(
            "HPH0: 2026-11-17 23:59",
            "HPH3: none",
            "j.yaml:9: expected due HPH3 none; found no such task",
            id="due-of-none",
        ),
        pytest.param(
            "HPH5: 2026-12-01 00:00",
            "HPH5: none",
            "j.yaml:10: expected opens HPH5 none; found 2026-12-01 00:00",
            id="opens",
        ),
        pytest.param(
            "{at: 2026-11-16 11:00, complete: ANSWER, answers: {can_receive: now}, completes: [ANSWER]}",
            "{at: 2026-11-16 11:00, claim: HPH2}",
            "j.yaml:6: expected an open task HPH2 to claim; found none",
            id="no-task",
        ),
        pytest.param(
            "event: admitted, stay: VN2, cancels: [HPH0, HPH2, HPH5, DAILY], raises: [HPH6]}",
            "complete: ANSWER, corrects: []}",
            "j.yaml:12: expected an open task ANSWER to complete; found one that is completed",
            id="ended-task",
        ),
    ],
)
def test_a_wrong_expectation_is_seen_where_it_stands(old: str, new: str, said: str) -> None:
    assert said in mismatches((old, new))


def test_what_has_not_arrived_yet_is_not_seen() -> None:
    """Mutant: delivering by when it happened."""
    late = ("17 12:00, event: discharged,", "17 12:00, arrives: 2026-11-17 14:00, event: discharged,")
    assert "j.yaml:9: expected due HPH2 2026-11-20 23:59; found no such task" in mismatches(late)


def test_what_is_known_beforehand_comes_with_the_first_event() -> None:
    without = ("receives_services: true", "receives_services: false")
    assert "j.yaml:12: expected raises HPH6; found nothing" in mismatches(without)


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        pytest.param("complete: ANSWER", "complete: §ANSVER", "'ANSWER'", id="step-of-an-act"),
        pytest.param("raises: [HPH6]", "raises: [§HPH66]", "'HPH6'", id="step-in-a-list"),
        pytest.param("HPH2: none", "§HPH22: none", "'HPH2'", id="step-with-a-time"),
        pytest.param("event: discharged", "event: §discharge", "'discharged'", id="event"),
        pytest.param("void: admitted", "void: §admited", "'admitted'", id="event-taken-back"),
        pytest.param("phase: at_home", "phase: §home", "'at_home' (known", id="phase"),
        pytest.param("destination: home", "§destinasjon: home", "'destination'", id="fact"),
        pytest.param("destination: home", "destination: §hom", "'home' (known", id="choice"),
        pytest.param("services: true", "services: §yes", "true or false", id="boolean"),
        pytest.param("can_receive: now", "§can_recieve: now", "'can_receive'", id="checklist-item"),
        pytest.param("can_receive: now", "can_receive: §later", "one of now, from_date, cannot", id="answer"),
        pytest.param("at: 2026-11-16 10:00", "at: §16.11.2026", "a local time, as 2026-11-16 10:00", id="time"),
        pytest.param("2026-11-17 13:00", "§2026-03-29 02:30", "an hour that the clock shows", id="skipped-hour"),
        pytest.param("HPH5: 2026-12-01 00:00", "HPH5: §tomorrow", "a local time, as 2026", id="time-of-a-step"),
        pytest.param("pathway: hph", "pathway: §hpg", "'hph'", id="pathway"),
        pytest.param("title: Fra", "§titel: Fra", "'title'", id="key"),
        pytest.param("raises: [HPH6]", "raises: §HPH6", "a list, as raises: [HPH0], or []", id="not-a-list"),
        pytest.param("complete: ANSWER", "claim: HPH0, §complete: ANSWER", "two lines, one for each", id="two-in-one"),
        pytest.param(
            "complete: ANSWER, answers", "claim: ANSWER, §answers", "complete in the same", id="stray-answers"
        ),
        pytest.param("void: admitted,", "void: admitted, §with: {},", "event in the same", id="stray-facts"),
        pytest.param("09:00,", "09:00, arrives: §2026-11-21 08:59,", "a time at or after `at`", id="arrives-first"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(old: str, new: str, right: str) -> None:
    """The mark § shows where the finding must stand."""
    before, after = changed((old, new)).decode().split("§")
    place = f"{before.count(chr(10)) + 1}:{len(before.rsplit(chr(10), 1)[-1]) + 1}"
    messages = refused(before + after)
    assert any(each.startswith(f"j.yaml:{place}: ") and f"right: {right}" in each for each in messages), messages


def test_all_mistakes_are_told_at_once_and_no_mistake_twice() -> None:
    text = changed(("complete: ANSWER", "complete: X"), ("phase: at_home", "phase: Y")).decode()
    assert [each.split(";")[0] for each in refused(text)] == [
        "j.yaml:6:38: found the step 'X'",
        "j.yaml:11:87: found the phase 'Y'",
    ]


def test_a_line_in_which_nothing_happens_is_refused() -> None:
    text = "title: Tomt\npathway: hph\nevents:\n  - {at: 2026-11-16 10:00}\n"
    assert "j.yaml:4:5: found a line in which nothing happens" in refused(text)[0]


@pytest.mark.parametrize(("name", "fewest"), [("hph", 18), ("heart_failure", 3)])
def test_the_shipped_journeys_are_found_as_installed(name: str, fewest: int) -> None:
    journeys = shipped_journeys(name)
    assert len(journeys) >= fewest
    assert [journey.file for journey in journeys] == sorted(file for pathway, file in SHIPPED if pathway == name)


def test_a_folder_without_journeys_has_none(tmp_path: Path) -> None:
    assert dict(journey_files(tmp_path)) == {}


def test_every_step_of_a_shipped_pathway_occurs_in_a_journey() -> None:
    for name in {pathway for pathway, _ in SHIPPED}:
        points = [point for journey in shipped_journeys(name) for point in journey.points]
        raised = {step for point in points for step in point.expects.raises or ()}
        assert set(rules(name).pathway.steps) <= raised, name


def test_the_journeys_of_the_reference_page_go_as_they_say() -> None:
    page = (PATHWAYS.parent / "docs" / "reference" / "journeys.md").read_text(encoding="utf-8")
    shown = re.findall(r"```yaml\n(title: .*?)```", page, re.DOTALL)
    assert len(shown) == 2
    for text in shown:
        journey = read_journey(text.encode(), "journeys.md", rules("hph").pathway)
        assert [str(mismatch) for mismatch in run_journey(journey, rules("hph"))] == []


@pytest.mark.parametrize(
    "time", ["0001-01-01 00:00", "2026-02-30 10:00", "2026-11-16", "2026-11-16 24:00", "\u0662026-11-16 10:00"]
)
def test_a_time_that_is_none_is_refused(time: str) -> None:
    text = f"title: Tid\npathway: hph\nevents:\n  - {{at: {time}, event: died}}\n"
    assert "j.yaml:4:10: " in refused(text)[0]


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    text = "title: Time\npathway: hph\nevents:\n  - {at: 2026-10-25 02:30, event: died}\n"
    journey = read_journey(text.encode(), "j.yaml", rules("hph").pathway)
    assert journey.points[0].at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
