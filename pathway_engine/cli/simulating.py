"""`pathway simulate`: how many beds, how many nurses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.capacity import csv_file
from pathway_engine.cli.outcomes import print_outcome, rows_of, write_table
from pathway_engine.cli.program import FINE, PROBLEMS, as_json, end, print_json

if TYPE_CHECKING:
    from simulations.runs import Outcome
    from simulations.scenario import Scenario


@click.command("simulate")
@click.argument("scenario")
@click.option("--replications", type=click.IntRange(min=1), help="How often; what the scenario says unless given.")
@click.option("--seed", type=click.IntRange(min=0), help="What chance begins with; as the scenario says unless given.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processors to use.")
@csv_file
@click.option(
    "--series", "series_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the time series to a file."
)
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the first replication's patients as messages into a folder instead.",
)
@click.option(
    "--messages", type=click.Choice(["plo", "adt"]), default="plo", show_default=True, help="Which messages to export."
)
@click.option("--all", "shows_all", is_flag=True, help="Print every figure, not the chosen ones.")
@as_json
def simulate_command(
    scenario: str, replications: int | None, seed: int | None, workers: int, csv_file: Path | None,
    series_file: Path | None, folder: Path | None, messages: str, shows_all: bool, as_json: bool,
) -> None:  # fmt: skip
    """Simulate SCENARIO, a file or one that ships with the program, and print its figures with 95 % intervals.

    \b
      pathway simulate city
      pathway simulate my.yaml --replications 200 --workers 2 --csv figures.csv
      pathway simulate my.yaml --export patients

    The same seed gives the same figures on any number of processors. Its pathway is one that ships, or one of the
    folder PATHWAY_PATHWAYS. Ends with 1 when there is a warning.
    """
    from pathway_engine.settings import read_settings
    from simulations.shipped import load_scenario

    read, findings = load_scenario(scenario, read_settings().pathways)
    for finding in findings:
        click.echo(f"{finding} (warning)", err=True)
    if folder is not None:
        from pathway_engine.cli.playing import export_to

        export_to(folder, read, seed, messages, as_json)
        end(PROBLEMS if findings else FINE)
    outcome = _with_progress(read, replications, seed, workers)
    if csv_file is not None:
        write_table(
            csv_file,
            [["figure", "kind", "of", "mean", "low", "high", "sd", "replications", "settled"], *rows_of(outcome)],
        )
    if series_file is not None:
        write_table(series_file, [["series", "kind", "of", "day", "mean", "p10", "p90"], *_points(outcome)])
    if as_json:
        print_json(_as_json(outcome, [str(finding) for finding in findings]))
    else:
        _print(outcome, shows_all)
    end(PROBLEMS if findings or outcome.warnings else FINE)


def _with_progress(scenario: Scenario, replications: int | None, seed: int | None, workers: int) -> Outcome:
    from simulations import runs

    count = replications or scenario.run.replications
    bar: Any = click.progressbar(length=count, label=scenario.name, file=sys.stderr)
    with bar:
        found: Outcome = runs.simulate(scenario, replications=count, seed=seed, workers=workers, progress=bar.update)
    return found


def _points(outcome: Outcome) -> list[list[Any]]:
    return [
        [band.name.what, band.name.kind, band.name.of, *point]
        for band in outcome.bands
        for point in zip(band.days.tolist(), band.mean.tolist(), band.low.tolist(), band.high.tolist(), strict=True)
    ]


def _as_json(outcome: Outcome, findings: list[str]) -> dict[str, Any]:
    run = outcome.scenario.run
    return {
        "scenario": outcome.scenario.name, "hash": outcome.scenario.hash, "replications": len(outcome.figures),
        "warm_up_days": run.warm_up, "collect_days": run.collect, "events": outcome.events,
        "little_largest_difference": outcome.little, "warnings": [*findings, *outcome.warnings],
        "figures": [
            {"figure": name.what, "kind": name.kind, "of": name.of, "mean": found.mean, "low": _finite(found.low),
             "high": _finite(found.high), "sd": _finite(found.sd), "settled": found.is_settled}
            for name, found in outcome.estimates()
        ],
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _print(outcome: Outcome, shows_all: bool) -> None:
    run, count = outcome.scenario.run, len(outcome.figures)
    extent = f"{count} replications of {run.collect:g} days after {run.warm_up:g} days of warm-up"
    print_outcome(outcome, shows_all, extent)
