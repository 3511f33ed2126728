"""A pathway folder becomes a pathway, its hash names it exactly, and warnings say what to know."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from pathway_engine.domain.definition import Duration, Leaving, Severity, Text, Unit
from pathway_engine.domain.facts import FactType
from pathway_engine.language.findings import DefinitionErrors, Finding
from pathway_engine.language.folder import check_folder, files_in, load_folder, load_shipped, shipped_names
from pathway_engine.language.reader import read_pathway

RIGHT = Path(__file__).parent / "right"
PATHWAY = (RIGHT / "pathway.yaml").read_text(encoding="utf-8")
TALK = (RIGHT / "checklists" / "talk.yaml").read_bytes()


def files(*changes: tuple[str, str], **others: bytes) -> dict[str, bytes]:
    """Return the right folder with each change made once in its pathway file."""
    text = PATHWAY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {"pathway.yaml": text.encode(), "checklists/talk.yaml": TALK, **others}


def errors(*changes: tuple[str, str]) -> list[str]:
    try:
        read_pathway(files(*changes))
    except DefinitionErrors as refused:
        return [finding.code for finding in refused.findings]
    return []


def warnings(*changes: tuple[str, str]) -> list[str]:
    return [finding.code for finding in read_pathway(files(*changes))[1]]


def test_a_step_is_read_key_by_key() -> None:
    step = read_pathway(files())[0].steps["CALL"]
    assert step.title == Text("Ring hjem", "Call home")
    assert step.when_entering == ("at_home",)
    assert (step.not_before, step.due) == (Duration(1, Unit.DAYS), Duration(3, Unit.DAYS))
    assert [(each.after.amount, each.to) for each in step.escalate] == [
        (0, "home_care_leader"),
        (1, "allocation_office"),
    ]
    assert step.sends is not None
    assert (step.sends.message, step.sends.when) == ("HELSEOPPLYSNINGER_LEGE", "completed")
    assert (step.severity, step.verified, step.hard) == (Severity.LOCAL, True, False)
    assert step.lines == (28, 38)


def test_leaving_is_read_by_event_and_otherwise() -> None:
    step = read_pathway(files())[0].steps["VISIT"]
    assert step.when_leaving is Leaving.CANCEL
    assert step.when_leaving_by == {"admitted": Leaving.MISS}
    assert (step.valid_from, step.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert step.if_unknown == "skip"


def test_an_hour_of_the_day_is_read_with_the_days() -> None:
    step = read_pathway(files(("due: 3 days", "due: 3 days at 15:00")))[0].steps["CALL"]
    assert step.due == Duration(3, Unit.DAYS, time(15, 0))


def test_facts_have_their_types_and_the_reserved_ones_are_there() -> None:
    facts = read_pathway(files())[0].facts
    assert facts["destination"] == FactType("choice", ("home", "nursing_home"))
    assert facts["expected_discharge"] == FactType("date", forget_on=("discharged",))
    assert {name: facts[name].kind for name in ("birth_date", "municipality", "ward")} == {
        "birth_date": "date", "municipality": "text", "ward": "text",
    }  # fmt: skip


def test_a_checklist_is_read_item_by_item() -> None:
    alone, place, kilos = read_pathway(files())[0].checklists["talk"].items
    assert (alone.required, alone.fact, alone.deviation) == (True, "lives_alone", ("yes",))
    assert alone.proposes == Text("Avtal besøk", "Arrange a visit")
    assert list(place.choices) == ["home", "nursing_home"]
    assert (kilos.unit, kilos.minimum, kilos.maximum) == ("kg", 20, 300)


def test_the_order_of_phases_moves_and_steps_is_that_of_the_file() -> None:
    pathway = read_pathway(files())[0]
    assert list(pathway.phases) == ["in_hospital", "at_home", "over"]
    assert [move.line for move in pathway.moves] == [22, 23, 24, 25]
    assert list(pathway.steps) == ["CALL", "VISIT", "ROUND", "PLAN"]


@pytest.mark.parametrize(("changed", "same"), [
    pytest.param({"journeys/a.yaml": b"x", "README.md": b"y"}, True, id="journeys-and-readme-do-not-count"),
    pytest.param({"checklists/talk.yaml": TALK + b"# later\n"}, False, id="a-checklist-counts-to-the-byte"),
    pytest.param({"pathway.yaml": PATHWAY.encode() + b"\n"}, False, id="the-pathway-counts-to-the-byte"),
    pytest.param({"checklists/more.yaml": TALK.replace(b"checklist: talk", b"checklist: more")}, False,
                 id="another-checklist-counts"),
])  # fmt: skip
def test_the_hash_names_the_definition_exactly(changed: dict[str, bytes], same: bool) -> None:
    first = read_pathway(files())[0].hash
    assert (read_pathway({**files(), **changed})[0].hash == first) is same
    assert len(first) == 64


def test_the_hash_does_not_depend_on_the_order_of_the_files() -> None:
    assert read_pathway(dict(reversed(files().items())))[0].hash == read_pathway(files())[0].hash


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            ("    valid_to: 2026-12-31\n    verified: true", "    valid_to: 2026-12-31"),
            "unverified",
            id="unverified",
        ),
        pytest.param(("owner: nurse", "owner: village_elder"), "own-role", id="a-role-of-their-own"),
        pytest.param(("lives_alone: boolean", "lives_alone: boolean\n  colour: text"), "unused-fact", id="unused-fact"),
        pytest.param(
            (
                "{event: admitted, from: at_home, to: in_hospital}",
                "{event: admitted, from: at_home, to: in_hospital}\n"
                "  - {event: came_home, from: in_hospital, to: at_home, if: weight < 1 and weight > 2}",
            ),
            "never-true",
            id="a-move-that-is-never-taken",
        ),
        pytest.param(("    checklist: talk\n", ""), "unused-checklist", id="unused-checklist"),
    ],
)
def test_what_is_worth_knowing_is_a_warning(change: tuple[str, str], expected: str) -> None:
    assert warnings(change) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(("due: 2 days", "due: 1 week"), [], id="due-as-long-as-the-period"),
        pytest.param(("due: 2 days", "due: 8 days"), ["piles-up"], id="due-longer-than-the-period"),
        pytest.param(("due: 2 days", "due: 8 days\n    while_open: keep"), [], id="but-only-one-is-open"),
        pytest.param(("not_before: 1 day", "not_before: 3 days"), [], id="window-opens-on-the-last-day"),
        pytest.param(("not_before: 1 day", "not_before: 73 hours"), ["window"], id="window-opens-after-it-closes"),
        pytest.param(
            ("not_before: 1 day\n    due: 3 days", "not_before: 3 days\n    due: 2 working days"),
            [],
            id="working-days-may-be-long",
        ),
        pytest.param(
            ("not_before: 1 day\n    due: 3 days", "not_before: 3 working days\n    due: 2 days"),
            ["window"],
            id="but-never-shorter-than-days",
        ),
        pytest.param(("after: 1 day", "after: 1 hour"), [], id="escalation-an-hour-later"),
        pytest.param(("    from: at_home", "    from: came_home"), [], id="an-event-that-may-come-meanwhile"),
        pytest.param(("    from: at_home", "    from: over"), ["anchor-never"], id="a-phase-that-cancels-the-task"),
        pytest.param(("when_leaving: {admitted: miss, otherwise: cancel}", "when_leaving: keep"), [], id="kept"),
        pytest.param(("when_completed: CALL", "when_completed: [CALL, VISIT]"), [], id="restarts-itself"),
        pytest.param(
            ("when_entering: at_home", "when_entering: at_home\n    when_completed: VISIT"),
            [],
            id="a-ring-with-deadlines",
        ),
        pytest.param(("destination == nursing_home", "destination != home"), [], id="moves-that-exclude-each-other"),
        pytest.param(
            ("to: at_home, if: destination == home", "to: at_home"),
            ["moves-compete"],
            id="a-move-without-condition-competes",
        ),
        pytest.param(
            (
                "to: at_home, if: destination == home",
                "to: at_home, if: destination == nursing_home and destination == home",
            ),
            ["unreachable-phase", "never-starts", "never-starts", "never-starts"],
            id="a-move-never-taken-leads-nowhere",
        ),
    ],
)
def test_what_the_checker_lets_through_and_what_it_stops(change: tuple[str, str], expected: list[str]) -> None:
    assert errors(change) == expected


def test_a_deadline_counted_from_the_event_that_leaves_the_phase_needs_a_task_that_is_kept() -> None:
    plan = "when_event: need_reported\n    in: in_hospital\n    due: 1 day"
    assert errors((plan, f"{plan}\n    from: discharged")) == ["anchor-never"]
    assert errors((plan, f"{plan}\n    from: discharged\n    when_leaving: keep")) == []


def test_an_identity_number_in_a_file_is_never_repeated() -> None:
    with pytest.raises(DefinitionErrors) as refused:
        read_pathway(files(("owner: nurse", "owner: 13812345678"), ("due: 3 days", "due: 138123 45678")))
    assert "13812345678" not in str(refused.value).replace(" ", "")


def test_mistakes_of_all_files_are_told_at_once() -> None:
    wrong = files(("due: 3 days", "due: soon"), ("owner: nurse", "owner: nurs"))
    wrong["checklists/talk.yaml"] = TALK.replace(b"fact: weight", b"fact: wait")
    with pytest.raises(DefinitionErrors) as refused:
        read_pathway(wrong)
    assert [(each.file, each.code) for each in refused.value.findings] == [
        ("checklists/talk.yaml", "unknown-fact"),
        ("pathway.yaml", "duration"),
        ("pathway.yaml", "unknown-role"),
    ]  # fmt: skip


def test_a_pathway_of_thousands_of_moves_is_refused_before_they_are_compared() -> None:
    move = "  - {event: died, from: any, to: over}\n"
    assert errors((move, move * 4000)) == ["too-many"]


def test_a_folder_without_pathway_file_says_so() -> None:
    with pytest.raises(DefinitionErrors, match=r"no file pathway.yaml"):
        read_pathway({"checklists/talk.yaml": TALK})


def test_a_folder_on_disk_reads_as_its_files() -> None:
    assert load_folder(RIGHT) == read_pathway(files_in(RIGHT))[0]
    assert set(files_in(RIGHT)) == {"pathway.yaml", "checklists/talk.yaml"}


def test_a_tree_of_folders_is_checked_with_paths_from_its_top(tmp_path: Path) -> None:
    for name in ("right", "wrong"):
        (tmp_path / name).mkdir()
    (tmp_path / "right" / "pathway.yaml").write_text(PATHWAY.replace("    checklist: talk\n", ""), encoding="utf-8")
    (tmp_path / "wrong" / "pathway.yaml").write_text("pathway: [", encoding="utf-8")
    found = check_folder(tmp_path)
    assert {finding.file for finding in found if finding.level == "error"} == {"wrong/pathway.yaml"}


def test_a_pathway_in_a_folder_of_another_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "pathway.yaml").write_text(PATHWAY.replace("    checklist: talk\n", ""), encoding="utf-8")
    assert "folder-name" in [finding.code for finding in check_folder(tmp_path)]


def test_a_tree_without_pathways_is_a_finding(tmp_path: Path) -> None:
    assert [finding.code for finding in check_folder(tmp_path)] == ["no-file"]


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_pathway_is_right(name: str) -> None:
    assert load_shipped(name).id == name


def test_an_unknown_shipped_pathway_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Exception, match=r"found the pathway 'hp'; would be right: .*hph"):
        load_shipped("hp")


def test_a_finding_says_file_line_column_found_and_right() -> None:
    finding = Finding("a.yaml", 3, 7, "the unknown phase 'hom'", "'home'", "unknown-phase")
    assert str(finding) == "a.yaml:3:7: found the unknown phase 'hom'; would be right: 'home'"


@pytest.mark.parametrize("key", ["when_leaving", "owner", "severity"])
def test_a_mistake_is_told_in_one_short_line_however_long_the_word(key: str) -> None:
    old = next(line for line in PATHWAY.splitlines() if line.strip().startswith(f"{key}: "))
    long = f"{old.partition(':')[0]}: {'x' * 5000}"
    with pytest.raises(DefinitionErrors) as refused:
        read_pathway(files((old, long)))
    told = [finding.message for finding in refused.value.findings]
    assert any("xxx" in each for each in told) and max(map(len, told)) < 500
