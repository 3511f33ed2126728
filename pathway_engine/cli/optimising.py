"""`pathway optimise`: the cheapest beds, slots and nurses that meet a target."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.capacity import csv_file, form_of, number, progress, scenario_named, seed, write_csv
from pathway_engine.cli.program import FINE, PROBLEMS, Refused, as_json, end, print_json, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulations.candidates import Candidate, Target
    from simulations.estimates import Estimate
    from simulations.optimising import Optimum

TARGET = re.compile(r"(\w+) (\S+) ?<= ?(\d+(?:\.\d+)?)(?: ?give or take (\d+(?:\.\d+)?))?")
TARGET_IS = "FIGURE OF<=NUMBER, as `discharge_ready total<=3`"


@click.command("optimise")
@click.argument("scenario")
@click.option("--target", "targets", multiple=True, required=True, help=f"{TARGET_IS}; may be given several times.")
@click.option(
    "--cost", "costs", multiple=True, required=True, help="RESOURCE=KRONER a day for one, or RESOURCE.PLACE=KRONER."
)
@click.option("--year", type=click.IntRange(2012, 2100), help="Price overstay days at this year's rate.")
@click.option("--replications", type=click.IntRange(2, 1000), default=10, show_default=True, help="Of the search.")
@click.option("--most", type=click.IntRange(10, 10_000), default=300, show_default=True, help="Candidates to try.")
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write cost against waiting as SVG or PNG."
)
@seed
@csv_file
@as_json
def optimise_command(
    scenario: str,
    targets: tuple[str, ...],
    costs: tuple[str, ...],
    year: int | None,
    replications: int,
    most: int,
    plot: Path | None,
    seed: int | None,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """Find the cheapest places and staff of SCENARIO with which every target is met, and confirm it on fresh draws.

    \b
      pathway optimise city --target "discharge_ready total<=3" --cost short_term=3200 --cost home_care=450
      pathway optimise city --target "p_delay total<=0.2" --cost short_term.A=3200 --year 2024 --csv front.csv

    What has no cost stays as it is. Ends with 1 when fresh draws do not confirm the choice.
    """
    from simulations.candidates import levers_of
    from simulations.optimising import optimise

    read = scenario_named(scenario)
    wanted = [_target(text) for text in targets]
    levers = levers_of(read, dict(_cost(text) for text in costs))
    rate, note = _rate(year)
    with progress(most, as_json) as done:
        found = optimise(
            read, levers, wanted, replications=replications, seed=seed, most_evaluations=most, progress=done
        )
    rows = [{**_row(found, each, rate), "chosen": each.counts == found.chosen.counts} for each in found.front]
    write_csv(rows, csv_file)
    if plot is not None:
        from simulations.plots import front_plot

        plot.write_bytes(front_plot(found, "nb", form_of(plot)))
    if as_json:
        print_json(_shown(found, rate, note, rows))
    else:
        _print(found, rate, note, rows)
    end(FINE if found.is_confirmed else PROBLEMS)


def _target(text: str) -> Target:
    from simulations.candidates import Target

    match = TARGET.fullmatch(text.strip())
    if match is None:
        raise Refused(f"found the target {text!r}; would be right: {TARGET_IS}")
    return Target(match[1], match[2], float(match[3]), float(match[4] or 0))


def _cost(text: str) -> tuple[str, float]:
    name, _, amount = text.partition("=")
    try:
        return name.strip(), float(amount)
    except ValueError:
        raise Refused(f"found the cost {text!r}; would be right: RESOURCE=KRONER, as short_term=3200") from None


def _rate(year: int | None) -> tuple[float | None, str]:
    """Return the rate of a year in kroner, and what must be said of it; none for a year whose rate nobody has given."""
    from datetime import date

    from pathway_engine.app import ukp_rules
    from pathway_engine.settings import read_settings

    if year is None:
        return None, "overstay days are not priced; --year chooses a rate"
    rate = ukp_rules(read_settings()).rates.on(date(year, 7, 1))
    if rate is None:
        return None, f"{year} has no rate, so overstay days are not priced; PATHWAY_UKP_RULES may hold one"
    said = "" if rate.verified else " (not verified)"
    return rate.ore / 100, f"overstay days at kr {rate.ore / 100:.0f}, the rate of {year}{said}: {rate.source}"


def _row(found: Optimum, each: Candidate, rate: float | None) -> dict[str, Any]:
    counts = dict(zip((lever.name for lever in found.levers), each.counts, strict=True))
    figures = {
        f"{target.what} {target.of}": figure.mean for target, figure in zip(found.targets, each.figures, strict=True)
    }
    overstay = None if rate is None else each.overstay.mean * rate
    return {
        **counts,
        "cost_a_day": each.cost,
        **figures,
        "overstay_days_a_day": each.overstay.mean,
        "overstay_kroner_a_day": overstay,
        "kroner_a_day": None if overstay is None else overstay + each.cost,
        "replications": each.overstay.replications,
    }


def _shown(found: Optimum, rate: float | None, note: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "scenario": found.scenario.name,
        "targets": [str(each) for each in found.targets],
        "price": note,
        "rate": rate,
        "confirmed": found.is_confirmed,
        "chosen": _row(found, found.chosen, rate),
        "intervals": [_interval(each) for each in found.chosen.figures],
        "start": _row(found, found.start, rate),
        "finalists": [_row(found, each, rate) for each in found.finalists],
        "front": list(rows),
        "evaluations": found.evaluations,
    }


def _interval(each: Estimate) -> dict[str, float]:
    return {"mean": each.mean, "low": each.low, "high": each.high, "replications": each.replications}


def _print(found: Optimum, rate: float | None, note: str, rows: Sequence[dict[str, Any]]) -> None:
    head = ["", *(lever.name for lever in found.levers), "kr a day"]
    table(
        head,
        [
            [name, *map(str, each.counts), f"{each.cost:.0f}"]
            for name, each in (("start", found.start), ("chosen", found.chosen))
        ],
    )
    for target, figure in zip(found.targets, found.chosen.figures, strict=True):
        interval = f"{number(figure.mean)} ({number(figure.low)} to {number(figure.high)})"
        click.echo(f"{target}: {interval} in {figure.replications} replications on fresh draws")
    said = "confirmed on fresh draws" if found.is_confirmed else "NOT confirmed: chance may have chosen it"
    click.echo(f"{said}; {found.evaluations} candidates tried")
    click.echo(f"\nCost and waiting ({note}):")
    names = ["cost_a_day", "overstay_days_a_day", *(["overstay_kroner_a_day", "kroner_a_day"] if rate else [])]
    table(names, [[number(row[name]) for name in names] for row in rows])
