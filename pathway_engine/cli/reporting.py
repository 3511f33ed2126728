"""`pathway report`: a scenario's answers as one HTML file that prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pathway_engine.cli.capacity import progress, replications, scenario_named, seed, variant_of, warn, workers

if TYPE_CHECKING:
    from simulations.runs import Outcome
    from simulations.stress import Machine
    from simulations.wording import Tongue


@click.command("report")
@click.argument("scenario")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The HTML file to write.")
@click.option(
    "--change", "changes", multiple=True, help="Compare with a variant: NAME=VALUE, several with a space between."
)
@click.option("--language", type=click.Choice(["nb", "en"]), default="nb", show_default=True)
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), help="Write each plot into this folder too.")
@click.option("--plot-format", type=click.Choice(["svg", "png"]), default="svg", show_default=True)
@replications
@seed
@workers
def report_command(
    scenario: str, out: Path, changes: tuple[str, ...], language: str, plots: Path | None, plot_format: str,
    replications: int | None, seed: int | None, workers: int,
) -> None:  # fmt: skip
    """Simulate SCENARIO and write one HTML file: figures with intervals, plots, and the STRESS-DES checklist.

    \b
      pathway report city --out city.html
      pathway report city --change "resources.short_term.places.A=+6" --language en --out six_more.html

    The file holds everything and asks nothing of the network. Plots need matplotlib (the extra `simulate`).
    """
    from pathway_engine import clock
    from simulations.comparing import compare
    from simulations.reports import report
    from simulations.runs import simulate

    read = scenario_named(scenario)
    variants = [variant_of(read, text) for text in changes]
    count = replications or read.run.replications
    with progress(count * (1 + len(variants)), is_quiet=False) as done:
        if variants:
            compared = compare([read, *variants], replications=count, seed=seed, workers=workers, progress=done)
            outcome = compared.base
        else:
            compared = None
            outcome = simulate(read, replications=count, seed=seed, workers=workers, progress=done)
    tongue: Tongue = "nb" if language == "nb" else "en"
    out.write_text(report(outcome, _machine(workers), tongue=tongue, now=clock.now(), comparison=compared), "utf-8")
    if plots is not None:
        _write_plots(outcome, plots, "png" if plot_format == "png" else "svg", tongue)
    warn([outcome])
    click.echo(f"wrote {out}")


def _machine(workers: int) -> Machine:
    import platform
    from importlib.metadata import version

    from simulations.loops import best_loop
    from simulations.stress import Machine

    return Machine(version("pathway-engine"), best_loop(), platform.python_version(), workers)


def _write_plots(outcome: Outcome, folder: Path, form: str, tongue: str) -> None:
    from simulations.plots import outcome_plots

    folder.mkdir(parents=True, exist_ok=True)
    drawn = outcome_plots(outcome, "nb" if tongue == "nb" else "en", "png" if form == "png" else "svg")
    for name, content in drawn.items():
        (folder / f"{name}.{form}").write_bytes(content)
