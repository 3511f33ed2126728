"""`pathway forecast` and `backtest`: the next days from the live census, and how good such forecasts were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.capacity import csv_file, form_of, number, scenario_named, write_csv
from pathway_engine.cli.program import Refused, as_json, engine_of_settings, print_json, table

if TYPE_CHECKING:
    from pathway_engine.simulating.stays_of_log import Projected
    from simulations.backtesting import Backtest
    from simulations.forecasting import Forecast
    from simulations.scenario import Scenario
    from simulations.stays import Stays

SHARES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
DAYS = (1, 3, 7, 14)
horizon = click.option("--days", type=click.IntRange(1, 60), default=14, show_default=True, help="How far ahead.")
paths = click.option("--paths", type=click.IntRange(20, 5000), default=200, show_default=True, help="How many futures.")
seed = click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="What chance begins with.")
learns = click.option("--calibrate", is_flag=True, help="Take durations, arrivals and chances from the log first.")


@click.command("forecast")
@click.argument("scenario")
@horizon
@paths
@seed
@learns
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw the queue that is ready, as SVG or PNG."
)
@csv_file
@as_json
def forecast_command(
    scenario: str, days: int, paths: int, seed: int, calibrate: bool, plot: Path | None, csv_file: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Say who will be discharge-ready and how full each unit will be, from where every patient is now.

    \b
      pathway forecast city.yaml
      pathway forecast city.yaml --days 7 --calibrate --json

    SCENARIO names the pathway whose patients are read from the database; nothing of any one patient is shown.
    """
    from simulations.census import census_at
    from simulations.compiling import compile_scenario
    from simulations.forecasting import forecast

    read = scenario_named(scenario)
    stays = stays_read(read)
    taught = _taught(read, stays) if calibrate else read
    census = census_at(compile_scenario(taught), stays, stays.until)
    found = forecast(taught, census, horizon=days, paths=paths, seed=seed)
    rows = forecast_rows(found)
    write_csv(rows, csv_file)
    if plot is not None:
        from simulations.plots import forecast_plot

        plot.write_bytes(forecast_plot(found, "discharge_ready", "total", "nb", form_of(plot)))
    now = {"there": len(census.there), "waiting": len(census.waiting), "may_return": len(census.left)}
    if as_json:
        print_json({"scenario": read.name, "from_day": found.at, "paths": paths, "patients": now, "forecast": rows})
        return
    click.echo(
        f"{now['there']} patients have a place, {now['waiting']} wait outside, {now['may_return']} may come back."
    )
    shown = [row for row in rows if row["day"] in DAYS or row["day"] == days]
    head = ["series", "in days", "10 %", "median", "90 %"]
    table(
        head,
        [
            [f"{row['what']} {row['of']}", str(row["day"]), *(number(row[q]) for q in ("q10", "q50", "q90"))]
            for row in shown
        ],
    )


@click.command("backtest")
@click.argument("scenario")
@horizon
@paths
@seed
@learns
@click.option(
    "--every", type=click.FloatRange(0.25, 60), default=7.0, show_default=True, help="Days between forecasts."
)
@click.option(
    "--first", type=click.FloatRange(14), default=60.0, show_default=True, help="Days of log before the first."
)
@click.option("--simulated", type=click.FloatRange(60, 5000), help="Score on so many days of made-up patients instead.")
@click.option(
    "--notice", type=click.FloatRange(0), help="Made-up hospitals tell the need so many days after admission."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processors to use.")
@csv_file
@as_json
def backtest_command(
    scenario: str, days: int, paths: int, seed: int, calibrate: bool, every: float, first: float,
    simulated: float | None, notice: float | None, workers: int, csv_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Score forecasts of days that have passed, each made from what the log told until then.

    \b
      pathway backtest city.yaml
      pathway backtest city --simulated 700 --first 365 --every 14

    Skill is by which share the error (CRPS) is smaller than that of climatology (what such a weekday was like)
    and of persistence (all stays as it is); 80 % intervals should hold what came in about 80 of 100 days.
    """
    from simulations.backtesting import backtest, rolling_origins
    from simulations.calibrating import taught

    read = scenario_named(scenario)
    stays = stays_read(read, simulated, seed, notice)
    begins = float(stays.asked.min()) if len(stays) else 0.0
    origins = rolling_origins(begins + first, stays.until - days, every)
    learn = taught if calibrate else None
    found = backtest(
        read, stays, origins, begins=begins, horizon=days, paths=paths, seed=seed, workers=workers, learn=learn
    )  # fmt: skip
    rows = backtest_rows(found)
    write_csv(rows, csv_file)
    if as_json:
        print_json({"scenario": read.name, "origins": len(origins), "paths": paths, "scores": rows})
        return
    click.echo(f"{len(origins)} forecasts of {days} days, {paths} paths each")
    head = ["series", "in days", "CRPS", "skill: climatology", "persistence", "80 % holds"]
    table(head, [_scored(row) for row in rows if row["day"] in DAYS])


def _scored(row: dict[str, Any]) -> list[str]:
    skill = f"{_percent(row['skill_climatology'])} ({_percent(row['skill_low'])} to {_percent(row['skill_high'])})"
    return [
        f"{row['what']} {row['of']}", str(row["day"]), number(row["crps"]), skill, _percent(row["skill_persistence"]),
        _percent(row["covered_80"]),
    ]  # fmt: skip


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def forecast_rows(found: Forecast) -> list[dict[str, Any]]:
    """Return a row for each series and day: mean and quantiles."""
    quantiles, mean = found.quantiles(SHARES), found.paths.mean(axis=1)
    return [
        {"what": name.what, "kind": name.kind, "of": name.of, "day": day + 1, "mean": float(mean[place, day]),
         **{f"q{round(100 * share):02d}": float(quantiles[n, place, day]) for n, share in enumerate(SHARES)}}
        for place, name in enumerate(found.names) for day in range(found.days)
    ]  # fmt: skip


def backtest_rows(found: Backtest) -> list[dict[str, Any]]:
    """Return a row for each series and day: scores, skill with its interval, coverage, PIT."""
    return [_row(found, name.what, name.kind, name.of, day) for name in found.names for day in range(1, found.days + 1)]


def _row(found: Backtest, what: str, kind: str, of: str, day: int) -> dict[str, Any]:
    from simulations.tables import finite

    skill, low, high = (finite(each) for each in found.skill(what, of, day))
    return {
        "what": what, "kind": kind, "of": of, "day": day, "crps": found.crps(what, of, day), "skill_climatology": skill,
        "skill_low": low, "skill_high": high, "skill_persistence": finite(found.skill(what, of, day, "persistence")[0]),
        **{f"covered_{round(100 * share)}": found.coverage(share, what, of, day) for share in (0.5, 0.8, 0.95)},
        "width_80": found.width(0.8, what, of, day), "brier": found.brier(what, of, day),
        **{f"pinball_{round(100 * share)}": found.pinball(share, what, of, day) for share in (0.1, 0.5, 0.9)},
        "pit": " ".join(map(str, found.pit(what, of, day))),
    }  # fmt: skip


def stays_read(scenario: Scenario, simulated: float | None = None, seed: int = 1, notice: float | None = None) -> Stays:
    """Return the stays that the log in the database tells of, or those of so many days of made-up patients."""
    return _of_the_log(scenario) if simulated is None else _of_made_up_patients(scenario, simulated, seed, notice)


def _of_the_log(scenario: Scenario) -> Stays:
    found = log_of(scenario)
    if found.left_out:
        click.echo(f"pathway: warning: {found.left_out} of {found.episodes} episodes are of other places", err=True)
    return found.stays


def log_of(scenario: Scenario) -> Projected:
    """Return what the log in the database tells in the scenario's phases. Raises Refused when there is none of it."""
    from pathway_engine.simulating.stays_of_log import stays_of_log

    if not scenario.pathway:
        raise Refused(
            f"{scenario.name} names no pathway, so its phases are not in the log; `pathway: hph` would be right"
        )
    with engine_of_settings() as (engine, now):
        if scenario.pathway not in engine.context.catalogue.current:
            raise Refused(f"the pathway {scenario.pathway} is not in force here; would be right: one that is")
        return stays_of_log(engine.context, scenario, now)


def _of_made_up_patients(scenario: Scenario, days: float, seed: int, notice: float | None) -> Stays:
    """Return their stays, on other draws than the forecasts'."""
    from dataclasses import replace

    from simulations.compiling import compile_scenario
    from simulations.engine import run_tape
    from simulations.stays import NEVER, stays_of
    from simulations.tape import draw_tape

    run = replace(scenario.run, warm_up=0.0, collect=days)
    model = compile_scenario(replace(scenario, run=run))
    tape = draw_tape(model, seed + 1_000_003, 0)
    return stays_of(model, tape, run_tape(model, tape), NEVER if notice is None else notice)


def _taught(scenario: Scenario, stays: Stays) -> Scenario:
    from simulations.calibrating import taught

    return taught(scenario, stays)
