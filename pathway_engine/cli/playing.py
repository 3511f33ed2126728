"""`pathway play`, `pathway analyse`: simulated patients in the real engine, and its log under the simulator's eyes."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.capacity import csv_file as table_option
from pathway_engine.cli.capacity import scenario_named
from pathway_engine.cli.outcomes import print_outcome, rows_of, write_table
from pathway_engine.cli.program import FINE, PROBLEMS, Refused, as_json, end, engine_of_settings, print_json

if TYPE_CHECKING:
    from pathway_engine.simulating.stays_of_log import Projected
    from simulations.runs import Outcome
    from simulations.scenario import Scenario


def export_to(folder: Path, scenario: Scenario, seed: int | None, family: str, as_json: bool) -> None:
    """Write the patients of the first replication as messages. Raises Refused when that cannot be."""
    from pathway_engine.settings import read_settings
    from pathway_engine.simulating.messages import export
    from simulations.compiling import compile_scenario
    from simulations.engine import run_tape
    from simulations.shipped import Pathways
    from simulations.tape import draw_tape
    from simulations.work import work_off

    if not scenario.pathway:
        raise Refused(f"{scenario.name} names no pathway, so no message tells of it; `pathway: hph` would be right")
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty; would be right: a folder that is, or a new one")
    if not isfinite(scenario.run.warm_up):
        scenario = replace(scenario, run=replace(scenario.run, warm_up=0.0))
    seed = scenario.run.seed if seed is None else seed
    model = compile_scenario(scenario)
    tape = draw_tape(model, seed, 0)
    stamps = run_tape(model, tape)
    work = work_off(model, tape, stamps)
    pathway = Pathways(read_settings().pathways)[scenario.pathway]
    done = export(folder, model, tape, stamps, pathway, work, family)
    said = {"messages": done.messages, "by_hand": done.by_hand, "tasks": done.tasks, "stays": len(done.stays)}
    if as_json:
        print_json(said)
    else:
        click.echo(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in said.items()) + f" in {folder}")


@click.command("play")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@as_json
def play_command(folder: Path, as_json: bool) -> None:
    """Let the patients that `pathway simulate --export FOLDER` wrote happen in the database of the settings.

    \b
      pathway simulate city --export patients
      pathway db upgrade && pathway directory import patients/directory.yaml
      pathway play patients
      pathway analyse city

    Messages come in at their own times, what no message tells is told by hand, tasks are done when the simulated
    nurses did them. For a database that holds nothing else: the times of the patients go on to those of the scenario.
    """
    from pathway_engine.simulating.people import APPLICATION, FACILITY
    from pathway_engine.simulating.playing import course_of, play

    course = course_of(folder)
    with engine_of_settings() as (engine, _):
        if engine.context.directory.sender(APPLICATION, FACILITY) is None:
            raise Refused(
                f"the directory in force knows no simulated hospital; import {folder / 'directory.yaml'} first"
            )
        bar: Any = click.progressbar(length=len(course), label=folder.name, file=sys.stderr)
        with bar:
            played = play(engine, folder, bar.update)
    if as_json:
        print_json(asdict(played))
    else:
        click.echo(f"{played.applied} messages applied, {played.refused} not, {played.by_hand} events told by hand,")
        click.echo(f"{played.done} tasks done, {played.not_open} that were not open any more")
    if played.refused:
        click.echo(f"pathway: warning: the first that was not applied: {played.first_reason}", err=True)
    end(PROBLEMS if played.refused else FINE)


@click.command("analyse")
@click.argument("scenario")
@click.option(
    "--from",
    "begins",
    type=click.FloatRange(0),
    default=0.0,
    help="The first day that counts, from the scenario's first.",
)
@click.option("--to", "ends", type=click.FloatRange(0), help="The day after the last that counts; now unless given.")
@click.option(
    "--parts",
    type=click.IntRange(2, 365),
    default=10,
    show_default=True,
    help="Parts of the log that the interval is over.",
)
@table_option
@click.option("--all", "shows_all", is_flag=True, help="Print every figure, not the chosen ones.")
@as_json
def analyse_command(
    scenario: str, begins: float, ends: float | None, parts: int, csv_file: Path | None, shows_all: bool, as_json: bool
) -> None:
    """Tell the figures of the engine's own log in the phases of SCENARIO, by what counts a simulation's.

    \b
      pathway analyse city
      pathway analyse my.yaml --from 30 --csv last_year.csv

    Intervals are over parts of the log, neighbours in time. What the log cannot know is left out: who waited outside,
    who was turned away, what nurses have time for. Ends with 1 when something of it cannot be told.
    """
    from simulations.compiling import compile_scenario
    from simulations.spells import Standing

    read = scenario_named(scenario)
    found = _projected(read)
    outcome = _outcome(read, found, begins, ends, parts)
    warnings = [
        f"{' and '.join(names)} both stand for {phase}, which the log knows as one"
        for phase, names in Standing(compile_scenario(read)).shared().items()
    ]
    if found.left_out:
        warnings.append(f"{found.left_out} of {found.episodes} episodes are of other places")
    rows = rows_of(outcome)
    if csv_file is not None:
        write_table(csv_file, [HEAD, *rows])
    if as_json:
        figures = [dict(zip(HEAD, row, strict=True)) for row in rows]
        print_json({"scenario": read.name, "episodes": found.episodes, "warnings": warnings, "figures": figures})
    else:
        print_outcome(outcome, shows_all, f"{found.episodes} episodes of the log")
    for warning in warnings:
        click.echo(f"pathway: warning: {warning}", err=True)
    end(PROBLEMS if warnings else FINE)


HEAD = ["figure", "kind", "of", "mean", "low", "high", "sd", "parts", "settled"]


def _projected(scenario: Scenario) -> Projected:
    from pathway_engine.cli.forecasts import log_of

    return log_of(scenario)


def _outcome(scenario: Scenario, found: Projected, begins: float, ends: float | None, parts: int) -> Outcome:
    import numpy as np

    from simulations.analysing import analysed
    from simulations.stays import as_known_at

    times = np.concatenate([found.stays.got, found.stays.left])
    last = times[np.isfinite(times)].max(initial=0.0)
    until = max(found.stays.until, float(last)) if ends is None else ends
    if not len(found.stays):
        raise Refused(f"the log tells of nobody in the phases of {scenario.name}")
    if begins >= until:
        raise Refused(f"the log ends on day {until:g}; would be right: --from an earlier day")
    return analysed(scenario, as_known_at(found.stays, until), found.work, begins, parts)
