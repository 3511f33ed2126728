"""Answers as rows: for JSON, for CSV that a spreadsheet opens, and for the report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pathway_engine.csv_text import csv_text
from pathway_engine.domain.errors import PathwayEngineError
from simulations.comparing import Comparison, Difference
from simulations.estimates import Estimate
from simulations.runs import Outcome
from simulations.sweeping import Point

PARQUET = "parquet"
Cell = str | float | int | bool | None
Row = dict[str, Cell]


class NotInstalled(PathwayEngineError):
    """A library of an extra is not there."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is not installed; would be right: pip install 'pathway-engine[{extra}]', or CSV")


def outcome_rows(outcome: Outcome) -> list[Row]:
    """Return every figure of an outcome with its interval, replications and whether it had settled."""
    return [
        {"what": name.what, "kind": name.kind, "of": name.of, **_estimated(each)} for name, each in outcome.estimates()
    ]


def comparison_rows(comparison: Comparison) -> list[Row]:
    """Return a row for each figure and each scenario after the first."""
    rows = []
    for outcome, found in zip(comparison.outcomes[1:], comparison.differences, strict=True):
        rows += [{"scenario": outcome.scenario.name, **_difference(each)} for each in found]
    return rows


def sweep_rows(points: Sequence[Point]) -> list[Row]:
    """Return a row for each figure at each point, with the parameters' values in front."""
    return [{**point.values, **row} for point in points for row in _point(point)]


def _point(point: Point) -> list[Row]:
    return [_difference(each) for each in point.differences] or outcome_rows(point.outcome)


def _difference(each: Difference) -> Row:
    return {
        "what": each.name.what, "kind": each.name.kind, "of": each.name.of, "base": finite(each.base.mean),
        "value": finite(each.other.mean), "difference": finite(each.by.mean), "low": finite(each.by.low),
        "high": finite(each.by.high), "told_apart": each.is_apart, "verdict_nb": each.verdict.nb,
        "verdict_en": each.verdict.en, "replications": each.by.replications, "settled": each.by.is_settled,
        "gain_of_common_draws": finite(each.gain), "replications_needed": each.needed,
    }  # fmt: skip


def _estimated(each: Estimate) -> Row:
    return {
        "mean": finite(each.mean), "low": finite(each.low), "high": finite(each.high), "sd": finite(each.sd),
        "replications": each.replications, "settled": each.is_settled,
    }  # fmt: skip


def finite(value: float) -> float | None:
    """Return the number, None for one that JSON and spreadsheets do not know."""
    return float(value) if math.isfinite(value) else None


def as_csv(rows: Iterable[Mapping[str, Cell]]) -> str:
    """Return rows as CSV (RFC 4180, UTF-8 with a mark that spreadsheets read), with all their columns."""
    kept = list(rows)
    names = list(dict.fromkeys(name for row in kept for name in row))
    return csv_text([names, *([row.get(name) for name in names] for row in kept)], mark=True, end="\r\n")


def require_parquet() -> tuple[Any, Any]:
    """Return what writes Parquet: pyarrow and its part for it. Raises NotInstalled without the extra `parquet`."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise NotInstalled("pyarrow", PARQUET) from None


def as_parquet(rows: Iterable[Mapping[str, Cell]], file: Path) -> None:
    """Write rows into *file* as Parquet, with all their columns. Raises NotInstalled without the extra `parquet`."""
    arrow, parquet = require_parquet()
    kept = list(rows)
    names = dict.fromkeys(name for row in kept for name in row)
    columns = {name: [row.get(name) for row in kept] for name in names}
    parquet.write_table(arrow.table(columns), str(file))


def write_rows(rows: Iterable[Mapping[str, Cell]], file: Path, format: str) -> None:
    """Write rows into *file* as *format*, `csv` or `parquet`."""
    if format == PARQUET:
        as_parquet(rows, file)
    else:
        file.write_text(as_csv(rows), "utf-8", newline="")
