"""What a study found, as the command line tells it: on the screen, and as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.capacity import FORMAT, write_csv
from pathway_engine.cli.program import table
from pathway_engine.csv_text import csv_text

if TYPE_CHECKING:
    from simulations.estimates import Estimate
    from simulations.figures import Name
    from simulations.runs import Outcome


def print_outcome(outcome: Outcome, shows_all: bool, extent: str) -> None:
    """Print what *outcome* is of and its figures, the chosen ones or all."""
    click.echo(f"{outcome.scenario.title.en}: {extent}")
    chosen = [(name, found) for name, found in outcome.estimates() if shows_all or _is_chosen(name, found)]
    table(["figure", "of", "mean", "95 % interval", "settled"], [_line(name, found) for name, found in chosen])
    for warning in outcome.warnings:
        click.echo(f"warning: {warning}", err=True)


CHOSEN = frozenset(
    {"utilisation", "queue", "wait_mean", "p_delay", "blocked", "discharge_ready", "overstay_days_per_day",
     "overstay_price_per_day", "overstay_share", "moves_per_patient", "readmitted_share", "late_share", "load"}
)  # fmt: skip


def _is_chosen(name: Name, found: Estimate) -> bool:
    is_price = name.what == "overstay_price_per_day"
    return name.what in CHOSEN and name.kind != "group" and (not is_price or found.mean > 0)


def _line(name: Name, found: Estimate) -> list[str]:
    interval = f"{found.low:.3f} to {found.high:.3f}" if abs(found.low) < float("inf") else "–"
    return [name.what, name.of, f"{found.mean:.3f}", interval, _settled(found)]


def rows_of(outcome: Outcome) -> list[list[Any]]:
    """Return a row a figure."""
    return [
        [
            name.what,
            name.kind,
            name.of,
            found.mean,
            found.low,
            found.high,
            found.sd,
            found.replications,
            _settled(found),
        ]
        for name, found in outcome.estimates()
    ]


def _settled(found: Estimate) -> str:
    return {True: "yes", False: "no", None: "unknown"}[found.is_settled]


def write_table(file: Path, rows: list[list[Any]]) -> None:
    """Write rows, the first of them the head, in the form that was asked for."""
    if click.get_current_context().meta.get(FORMAT) == "parquet":
        head, *cells = rows
        write_csv([dict(zip(head, row, strict=True)) for row in cells], file)
    else:
        file.write_text(csv_text(rows, end="\r\n"), "utf-8", newline="")
