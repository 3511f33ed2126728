"""The half-year report as a table for a spreadsheet: every number beside what it is a number of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from pathway_engine.domain.quality import Figure
from pathway_engine.service.quality import QualityReport, Series
from pathway_engine.web.language import Language

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_csv(report: QualityReport, say: Language) -> str:
    """Return one line for each measure, month and unit, with definitions; hidden numbers are empty and said so."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([say(f"column.{name}") for name in ("measure", "of", "numerator", "denominator", "value", "note")])
    for series in report.series:
        for line in _lines(report, series, say):
            writer.writerow([_cell(text) for text in line])
    return BYTE_ORDER_MARK + out.getvalue()


def _lines(report: QualityReport, series: Series, say: Language) -> Iterator[list[str]]:
    names = dict(report.units)
    title = say.pick(series.measure.title)
    definition = f"{say.pick(series.measure.numerator)} / {say.pick(series.measure.denominator)}"
    yield [title, say("quality.whole"), *_numbers(series.whole, say), definition]
    for each in series.months:
        yield [title, each.of, *_numbers(each, say), _note(each, say)]
    for each in series.units:
        yield [title, names[each.of], *_numbers(each, say), _note(each, say)]


def _numbers(figure: Figure, say: Language) -> list[str]:
    known = (figure.numerator, figure.denominator, figure.value)
    return ["" if value is None else say.cell(round(value, 4)) for value in known]


def _note(figure: Figure, say: Language) -> str:
    return say("quality.few") if figure.is_suppressed else ""


def _cell(text: str) -> str:
    """Text that a spreadsheet could take for a formula is marked as text."""
    return f"'{text}" if text.startswith(FORMULA) else text
