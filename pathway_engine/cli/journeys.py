"""`pathway journeys`: do the worked examples of a pathway still come out as they were signed?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pathway_engine.cli.definitions import FOLDER, counted, folder_of, naming
from pathway_engine.cli.program import FINE, PROBLEMS, Refused, as_json, end, print_json

if TYPE_CHECKING:
    from pathway_engine.language.journeys import Journey, Mismatch

FIRST_YEAR, LAST_YEAR = 2000, 2075


@click.command("journeys")
@click.argument("paths", nargs=-1, required=True, type=FOLDER)
@as_json
def journeys_command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Run the journeys of every pathway at or below PATHS and tell where one ends otherwise than it says.

    \b
      pathway journeys pathways/
      pathway journeys pathways/hph --json

    Ends with 1 when a journey fails, or when there is none.
    """
    folders = [folder for path in map(folder_of, paths) for folder in _folders(path)]
    ran = [(folder, *each) for folder in folders for each in _run(folder)]
    if as_json:
        print_json([_shown(folder, journey, wrong) for folder, journey, wrong in ran])
    else:
        for folder, journey, wrong in ran:
            _print(folder, journey, wrong)
    failed = sum(bool(wrong) for *_, wrong in ran)
    if not as_json:
        for folder in folders:
            if folder not in {each for each, *_ in ran}:
                click.echo(f"none   {folder.name}  has no journey yet; put one into {folder / 'journeys'}")
        click.echo(f"{counted(len(ran) - failed, 'journey')} as signed, {failed} otherwise")
    end(PROBLEMS if failed or not ran else FINE)


def _folders(path: Path) -> list[Path]:
    folders = sorted(file.parent for file in path.rglob("pathway.yaml"))
    if not folders:
        raise Refused(f"{path} has no pathway.yaml; would be right: the folder of a pathway, or one above it")
    return folders


def _run(folder: Path) -> list[tuple[Journey, tuple[Mismatch, ...]]]:
    from pathway_engine.domain.episode import Rules
    from pathway_engine.holiday_calendar import norwegian_calendar
    from pathway_engine.language.folder import load_folder
    from pathway_engine.language.journeys import journeys_in, run_journey

    with naming(folder):
        pathway = load_folder(folder)
        journeys = journeys_in(folder, pathway)
    calendar = norwegian_calendar(FIRST_YEAR, LAST_YEAR)
    rules = Rules.of(pathway, lambda municipality: calendar)
    return [(journey, run_journey(journey, rules)) for journey in journeys]


def _print(folder: Path, journey: Journey, wrong: tuple[Mismatch, ...]) -> None:
    click.echo(f"{'FAILS' if wrong else 'ok   '}  {folder.name}  {journey.title}")
    for mismatch in wrong:
        click.echo(f"       {folder}/{mismatch}")


def _shown(folder: Path, journey: Journey, wrong: tuple[Mismatch, ...]) -> dict[str, object]:
    told = [{"line": each.line, "expected": each.expected, "found": each.found} for each in wrong]
    return {"pathway": folder.name, "journey": journey.title, "file": journey.file, "mismatches": told}
