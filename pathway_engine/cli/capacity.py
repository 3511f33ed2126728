"""`pathway compare`, `sweep`: what would be otherwise with other beds, slots, nurses or patients."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from pathway_engine.cli.program import Refused, as_json, print_json, table

if TYPE_CHECKING:
    from simulations.comparing import Difference
    from simulations.runs import Progress
    from simulations.scenario import Scenario
    from simulations.tables import Row

FORMAT = "pathway_engine.table_format"


def _keep(context: click.Context, _option: click.Parameter, chosen: str) -> None:
    """Remember the format, and say at once when it cannot be written."""
    if chosen == "parquet":
        from simulations.tables import require_parquet

        require_parquet()
    context.meta[FORMAT] = chosen


table_format = click.option(
    "--format", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, expose_value=False,
    callback=_keep, help="What tables are written as; parquet needs the extra `parquet`.",
)  # fmt: skip


def csv_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command write its rows: `--table FILE`, or `--csv FILE`, and `--format`."""
    file = click.Path(dir_okay=False, path_type=Path)
    option = click.option("--csv", "--table", "csv_file", type=file, help="Write a table too.")
    return option(table_format(command))


language = click.option("--language", type=click.Choice(["en", "nb"]), default="en", show_default=True)
replications = click.option(
    "--replications", type=click.IntRange(1, 100_000), help="How often; else as the scenario says."
)
seed = click.option("--seed", type=click.IntRange(0), help="What chance begins with; else as the scenario says.")
workers = click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processors to use.")


@click.command("compare")
@click.argument("scenarios", nargs=-1, required=True)
@click.option(
    "--change", "changes", multiple=True, help="A variant of the first: NAME=VALUE, several with a space between."
)
@click.option("--all", "all_figures", is_flag=True, help="Compare every figure, not only the headlines.")
@replications
@seed
@workers
@language
@csv_file
@as_json
def compare_command(
    scenarios: tuple[str, ...], changes: tuple[str, ...], all_figures: bool, replications: int | None, seed: int | None,
    workers: int, language: str, csv_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Say how SCENARIOS, or variants of one, differ from the first, and whether chance alone could explain it.

    \b
      pathway compare today.yaml six_more_beds.yaml
      pathway compare city --change "resources.short_term.places.A=+6" --replications 100

    All run on the same draws, so what is shown is the change and not the luck. "Told apart" looks at all figures
    at once: were there no difference, any of them would be told apart with a chance of at most 5 %.
    """
    from simulations.comparing import compare
    from simulations.tables import comparison_rows

    read = [scenario_named(name) for name in scenarios]
    read += [variant_of(read[0], text) for text in changes]
    count = replications or read[0].run.replications
    with progress(count * len(read), as_json) as done:
        found = compare(
            read, replications=count, seed=seed, workers=workers, progress=done, all_figures=all_figures
        )  # fmt: skip
    rows = comparison_rows(found)
    write_csv(rows, csv_file)
    if as_json:
        print_json({"scenarios": [each.name for each in read], "replications": count, "differences": rows})
        return
    for outcome, differences in zip(found.outcomes[1:], found.differences, strict=True):
        click.echo(
            f"{outcome.scenario.name} against {found.base.scenario.name}, {count} replications on the same draws"
        )
        _print_differences(differences, language)
    warn(found.outcomes)


@click.command("sweep")
@click.argument("scenario")
@click.option("--over", "over", multiple=True, required=True, help="NAME=VALUE,VALUE,...; given twice makes a grid.")
@click.option("--figure", "figures", multiple=True, help="Show this figure (`queue acute`); else the headlines.")
@replications
@seed
@workers
@csv_file
@as_json
def sweep_command(
    scenario: str, over: tuple[str, ...], figures: tuple[str, ...], replications: int | None, seed: int | None,
    workers: int, csv_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Run SCENARIO with every combination of some parameters' values, each on the same draws.

    \b
      pathway sweep city --over resources.short_term.places.A=24,27,30 --over arrivals=1,1.1
      pathway sweep city --over arrivals=1,1.05,1.1 --figure "discharge_ready total" --csv sweep.csv
    """
    from simulations.sweeping import grid, sweep
    from simulations.tables import sweep_rows

    read, values = scenario_named(scenario), _values(over)
    count = replications or read.run.replications
    with progress(count * len(grid(values)), as_json) as done:
        points = sweep(read, values, replications=count, seed=seed, workers=workers, progress=done)
    rows = [row for row in sweep_rows(points) if not figures or f"{row['what']} {row['of']}" in figures]
    write_csv(rows, csv_file)
    if as_json:
        print_json({"scenario": read.name, "replications": count, "points": rows})
        return
    head = [*values, "figure", "value", "difference from the first", "told apart"]
    table(head, [_swept(row, list(values)) for row in rows])
    warn([point.outcome for point in points])


def _swept(row: Mapping[str, Any], names: list[str]) -> list[str]:
    value = row.get("value", row.get("mean"))
    differs = number(row["difference"]) if "difference" in row else ""
    apart = "" if "told_apart" not in row else "yes" if row["told_apart"] else "no"
    return [*(str(row[name]) for name in names), f"{row['what']} {row['of']}", number(value), differs, apart]


def scenario_named(name: str) -> Scenario:
    """Return the scenario in a file or shipped with the program; what is worth knowing of it goes to standard error."""
    from pathway_engine.settings import read_settings
    from simulations.shipped import load_scenario

    scenario, warnings = load_scenario(name, read_settings().pathways)
    for warning in warnings:
        click.echo(f"pathway: {warning}", err=True)
    return scenario


def variant_of(scenario: Scenario, text: str) -> Scenario:
    """Return the scenario with the changes of *text*: NAME=VALUE, with a space between."""
    from simulations.parameters import with_parameters

    return with_parameters(scenario, {name: values[-1] for name, values in _values(text.split()).items()})


def _values(texts: Sequence[str]) -> dict[str, list[str]]:
    values = {}
    for text in texts:
        name, is_there, listed = text.partition("=")
        if not is_there:
            raise Refused(f"found {text!r}; would be right: NAME=VALUE, as arrivals=1.1")
        values[name] = [value.strip() for value in listed.split(",") if value.strip()]
    if not all(values.values()):
        raise Refused("found a parameter without a value; would be right: NAME=VALUE, as arrivals=1.1")
    return values


def _print_differences(differences: Sequence[Difference], language: str) -> None:
    rows = [
        [str(each.name), number(each.base.mean), number(each.other.mean), number(each.by.mean),
         f"{number(each.by.low)} to {number(each.by.high)}", getattr(each.verdict, language)]
        for each in differences
    ]  # fmt: skip
    table(["figure", "first", "this", "difference", "95 % interval", "verdict"], rows)


def number(value: float | None) -> str:
    """Return a number in about four digits; a dash for none."""
    return "–" if value is None else f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def form_of(file: Path) -> Literal["svg", "png"]:
    """Return how a plot is written to a file of that name: PNG where it says so, else SVG."""
    return "png" if file.suffix.lower() == ".png" else "svg"


def warn(outcomes: Sequence[Any]) -> None:
    """Print what the reader of outcomes must be warned of, on standard error."""
    for outcome in outcomes:
        for warning in outcome.warnings:
            click.echo(f"pathway: warning: {outcome.scenario.name}: {warning}", err=True)


def write_csv(rows: Sequence[Row], file: Path | None) -> None:
    """Write rows to a file of the format that was asked for, if any was."""
    from simulations.tables import write_rows

    if file is not None:
        write_rows(rows, file, click.get_current_context().meta.get(FORMAT, "csv"))


@contextmanager
def progress(length: int, is_quiet: bool) -> Iterator[Progress | None]:
    """Show a bar on standard error where somebody looks at it, and give what moves it on."""
    if is_quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=length, label="Simulating", file=sys.stderr) as bar:
        moves: Callable[[int], None] = bar.update
        yield moves
