"""`pathway calibrate`: what the log says of durations, arrivals and chances, as a piece of a scenario file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.capacity import number, scenario_named
from pathway_engine.cli.forecasts import stays_read
from pathway_engine.cli.program import as_json, print_json, table

if TYPE_CHECKING:
    from simulations.calibrating import Calibration, Share


@click.command("calibrate")
@click.argument("scenario")
@click.option(
    "--simulated", type=click.FloatRange(30, 5000), help="Learn from so many days of made-up patients instead."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="What chance begins with.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the piece of a scenario file here.")
@click.option(
    "--plots", type=click.Path(file_okay=False, path_type=Path), help="Write a plot of each fit into this folder."
)
@as_json
def calibrate_command(
    scenario: str, simulated: float | None, seed: int, out: Path | None, plots: Path | None, as_json: bool
) -> None:
    """Learn durations, arrivals, chances and readmissions of SCENARIO's phases from the engine's log.

    \b
      pathway calibrate city.yaml --out learnt.yaml
      pathway calibrate city --simulated 400 --plots fits

    Stays that go on count as longer than they have lasted. What there are fewer than 20 of is not learnt.
    """
    from simulations.calibrating import calibrate
    from simulations.pieces import piece

    read = scenario_named(scenario)
    found = calibrate(read, stays_read(read, simulated, seed))
    text = piece(found)
    if out is not None:
        out.write_text(text, "utf-8")
    if plots is not None:
        from simulations.plots import fit_plots

        plots.mkdir(parents=True, exist_ok=True)
        for name, svg in fit_plots(found).items():
            (plots / f"{name}.svg").write_text(svg, "utf-8")
    if as_json:
        print_json(_shown(found))
    elif out is None:
        click.echo(text, nl=False)
    else:
        _print(found)
    for missing in found.too_few:
        click.echo(f"pathway: warning: too few to learn from: {missing}", err=True)


def _print(found: Calibration) -> None:
    rows = (
        [
            [
                f"{each.phase} lasts, {each.group}",
                number(each.fit.spread.mean),
                _interval(each.fit.mean_low, each.fit.mean_high),
                f"{each.curve.ended}, {each.curve.censored} go on",
            ]
            for each in found.durations
        ]
        + [
            [
                f"into {each.into} a day, {each.group}",
                number(each.per_day),
                _interval(each.low, each.high),
                str(each.count),
            ]
            for each in found.rates
        ]
        + [
            [f"{phase} to {way.to}, {group}", *_share(share)]
            for (phase, group), ways in found.chances.items()
            for way, share in ways
        ]
        + ([["readmitted", *_share(found.back.chance)]] if found.back is not None else [])
    )
    table(["what", "value", "95 % interval", "from"], rows)


def _interval(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"


def _share(share: Share) -> tuple[str, str, str]:
    return number(share.value), _interval(share.low, share.high), f"{share.count} of {share.of}"


def _shown(found: Calibration) -> dict[str, Any]:
    from dataclasses import asdict

    durations = [
        {
            "phase": each.phase,
            "group": each.group,
            "distribution": each.fit.spread.kind,
            "mean": each.fit.spread.mean,
            "sd": each.fit.spread.sd,
            "low": each.fit.mean_low,
            "high": each.fit.mean_high,
            "ended": each.curve.ended,
            "going_on": each.curve.censored,
        }
        for each in found.durations
    ]
    chances = [
        {"phase": phase, "group": group, "to": way.to, "death": way.is_death, **asdict(share)}
        for (phase, group), ways in found.chances.items()
        for way, share in ways
    ]
    back = None if found.back is None else asdict(found.back.chance)
    return {
        "scenario": found.scenario.name,
        "days": found.days,
        "durations": durations,
        "arrivals": [asdict(each) for each in found.rates],
        "chances": chances,
        "readmission": back,
        "too_few": list(found.too_few),
    }
