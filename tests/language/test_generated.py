"""Pages and diagrams are up to date, every code has words for people, and what we tell designers to write works."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pathway_engine.domain.definition import Duration, Pathway, Text, Unit
from pathway_engine.language.folder import load_folder, load_shipped, shipped_names
from pathway_engine.language.generate import generated, journey_titles, main
from pathway_engine.language.readme import readme
from pathway_engine.language.vocabulary import RESERVED_FACTS
from pathway_engine.language.vocabulary import ROLES as KNOWN_ROLES
from pathway_engine.language.words import OF_CONDITIONS, ROLES, condition_nb, deadline_nb, every_nb, move_nb, start_nb

REPOSITORY = Path(__file__).parents[2]
SHIPPED = REPOSITORY / "pathways"
RIGHT = Path(__file__).parent / "right"
FOLDERS = sorted(file.parent for file in SHIPPED.glob("*/pathway.yaml"))


@pytest.mark.parametrize("name", ["README.md", "diagram.mmd", "diagram.svg"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_generated_from_a_pathway_is_up_to_date(folder: Path, name: str) -> None:
    file = folder / name
    written = file.read_text(encoding="utf-8") if file.is_file() else ""
    assert written == generated(folder)[name], f"{name} of {folder.name} is stale: run `make diagrams`"


def test_generating_writes_what_is_stale_and_checking_only_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "right"
    shutil.copytree(RIGHT, folder)
    assert main(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.count("is stale") == 3
    assert not (folder / "README.md").exists()
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    (folder / "diagram.svg").write_text("<svg/>", encoding="utf-8")
    capsys.readouterr()
    assert main(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(f"{folder / 'diagram.svg'} is stale")


def test_generating_from_a_wrong_file_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pathway.yaml").write_text("pathway: wrong\n", encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "would be right" in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pathway.yaml"]


# --- Words ---------------------------------------------------------------------------------------


def codes_of(pathway: Pathway) -> Iterator[str]:
    """Yield every event, fact and choice that the pathway names."""
    for enrolment in pathway.enrol:
        yield enrolment.event
    for move in pathway.moves:
        yield move.event
    for step in pathway.steps.values():
        yield from (*step.when_event, *step.completed_by, *step.cancelled_by, *step.when_leaving_by)
        if step.due_from and step.due_from not in pathway.phases:
            yield step.due_from
    for name, fact in pathway.facts.items():
        if name not in RESERVED_FACTS:
            yield from (name, *fact.choices, *fact.forget_on)


@pytest.mark.parametrize("name", shipped_names())
def test_every_event_fact_and_choice_has_a_word_in_both_languages(name: str) -> None:
    pathway = load_shipped(name)
    codes = set(codes_of(pathway))
    assert len(codes) > len(pathway.moves)
    assert sorted(code for code in codes if code not in pathway.words) == []
    assert [code for code, word in pathway.words.items() if not word.nb.strip() or not word.en.strip()] == []


@pytest.mark.parametrize("name", shipped_names())
def test_every_word_is_of_a_code_that_the_pathway_names(name: str) -> None:
    pathway = load_shipped(name)
    assert sorted(set(pathway.words) - set(codes_of(pathway))) == []


def test_every_role_and_every_fact_of_all_pathways_has_a_word() -> None:
    assert sorted(KNOWN_ROLES - set(ROLES)) == []
    assert sorted(set(RESERVED_FACTS) - set(OF_CONDITIONS)) == []


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Duration(1, Unit.DAYS), "hver dag"),
        (Duration(26, Unit.WEEKS), "hver 26. uke"),
        (Duration(8, Unit.HOURS), "hver 8. time"),
    ],
)
def test_a_recurrence_is_said_as_people_say_it(period: Duration, said: str) -> None:
    assert every_nb(period) == said


def test_conditions_are_said_in_the_pathways_words() -> None:
    pathway = load_shipped("hph")
    said = {condition_nb(each.condition, pathway) for each in pathway.enrol if each.condition}
    assert said == {"har kommunale tjenester", "har kommunale tjenester og ikke kjent: pasienten er død"}
    assert {condition_nb(move.condition, pathway) for move in pathway.moves if move.condition} >= {
        "hvor pasienten reiste: hjem",
        "hvor pasienten reiste: korttidsplass, sykehjem, kommunal akutt døgnenhet eller rehabilitering",
    }


def test_a_move_is_said_with_its_choices_alone_when_it_compares_one_fact() -> None:
    pathway = load_shipped("heart_failure")
    assert "Utskrevet (annet sykehus)" in {move_nb(move, pathway) for move in pathway.moves}


def test_a_step_names_phases_as_phases_where_an_event_has_the_same_name() -> None:
    pathway = load_shipped("hph")
    assert start_nb(pathway.steps["HPH0"], pathway) == "når fasen «Utskrivningsklar» begynner"
    assert start_nb(pathway.steps["ANSWER"], pathway) == "ved: meldt utskrivningsklar"
    assert deadline_nb(pathway.steps["HPH0"], pathway) == "samme dag som «utskrevet»"
    assert deadline_nb(pathway.steps["HPH1"], pathway) == "1 dag, senest ventet utskrivning"
    assert deadline_nb(pathway.steps["HPH3"], pathway) == "14 dager fra «Hjemme»"


# --- The page ------------------------------------------------------------------------------------


def row_of(page: str, beginning: str) -> list[str]:
    """Return the cells of the one table row that begins with *beginning*."""
    rows = [line for line in page.splitlines() if line.startswith(f"| {beginning} |")]
    assert len(rows) == 1
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", rows[0])[1:-1]]


def test_the_page_shows_a_step_with_deadline_window_owner_and_ground() -> None:
    pathway = load_folder(RIGHT)
    assert row_of(readme(pathway), "CALL") == [
        "CALL", "Ring hjem", "når fasen «Hjemme» begynner", "3 dager", "tidligst etter 1 dag",
        "sykepleier i hjemmetjenesten; etter fristen også leder i hjemmetjenesten, tildelingskontoret etter 1 dag",
        "lokal rutine", "verifisert", "",
    ]  # fmt: skip


def test_the_page_says_what_is_not_verified_and_what_a_breach_costs() -> None:
    answer = row_of(readme(load_shipped("hph")), "ANSWER")
    assert answer[6:8] == ["lov, brudd stopper eller koster", "**ikke verifisert**"]


@pytest.mark.parametrize("name", shipped_names())
def test_the_page_has_every_step_phase_and_checklist_and_a_row_for_each_move(name: str) -> None:
    pathway = load_shipped(name)
    page = readme(pathway)
    for code in (*pathway.steps, *(f"`{phase}`" for phase in pathway.phases)):
        row_of(page, code)
    for checklist in pathway.checklists.values():
        cells = row_of(page, f"[{checklist.title.nb}](checklists/{checklist.id}.yaml) (redigerbar mal)")
        assert cells[2:4] == [str(len(checklist.items)), str(sum(item.required for item in checklist.items))]
    moves = page.partition("## Overganger")[2].partition("\n## ")[0]
    assert moves.count("\n|") - 2 == len(pathway.moves)


@pytest.mark.parametrize("name", shipped_names())
def test_every_table_row_has_as_many_cells_as_its_heading(name: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", readme(load_shipped(name)), re.MULTILINE):
        assert len({len(re.split(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_a_bar_in_a_text_does_not_break_the_table() -> None:
    pathway = load_folder(RIGHT)
    call = replace(pathway.steps["CALL"], title=Text("Ring | besøk", ""))
    page = readme(replace(pathway, steps={**pathway.steps, "CALL": call}))
    assert len(row_of(page, "CALL")) == 9


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_link_on_the_page_leads_to_a_file(folder: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", generated(folder)["README.md"])
    assert "diagram.svg" in links
    assert [link for link in links if not (folder / link).is_file()] == []


def test_the_page_lists_the_worked_examples_by_title(tmp_path: Path) -> None:
    folder = tmp_path / "right"
    shutil.copytree(RIGHT, folder)
    assert "## Eksempler" not in generated(folder)["README.md"]
    (folder / "journeys").mkdir()
    (folder / "journeys" / "friday.yaml").write_text("title: Hjem en fredag\n", encoding="utf-8")
    assert journey_titles(folder) == {"friday.yaml": "Hjem en fredag"}
    assert "- [Hjem en fredag](journeys/friday.yaml)" in generated(folder)["README.md"]


# --- The index -----------------------------------------------------------------------------------


def test_the_index_of_the_documentation_names_every_page() -> None:
    docs = REPOSITORY / "docs"
    index = (docs / "README.md").read_text(encoding="utf-8")
    pages = [*docs.glob("*.md"), *docs.glob("how-to/*.md"), *docs.glob("tutorials/*.md"), *docs.glob("reference/*.md")]
    names = {page.relative_to(docs).as_posix() for page in pages} - {"README.md"}
    assert sorted(name for name in names if f"]({name})" not in index) == []
