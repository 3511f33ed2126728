"""The report holds what was simulated and asks nothing of the network; tables go out as CSV, plots as SVG and PNG."""

from __future__ import annotations

import csv
import io
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from pathway_engine.cli import main
from pathway_engine.domain.definition import Text
from simulations import plots, reports
from simulations.comparing import Comparison, compare
from simulations.parameters import with_parameters
from simulations.stress import ASKS, Machine, checklist
from simulations.sweeping import sweep
from simulations.tables import Cell, NotInstalled, as_csv, as_parquet, comparison_rows, outcome_rows, sweep_rows
from simulations.wording import FIGURES, digits
from tests.simulations.answers.cases import city, one_queue

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MACHINE = Machine("0.1.0", "numba", "3.11", 2)
has_plots = pytest.mark.skipif(not plots.can_plot(), reason="matplotlib is not installed")


@pytest.fixture(scope="module")
def compared() -> Comparison:
    scenario = city(collect=60.0, warm_up=30.0)
    scenario = replace(scenario, title=Text("By & <land>", "City & <country>"), hash="abc123")
    return compare([scenario, with_parameters(scenario, {"resources.short_term.places.A": "+6"})], replications=5)


def test_every_figure_of_the_report_is_that_of_the_run(compared: Comparison) -> None:
    page = unescape(reports.report(compared.base, MACHINE, tongue="en", now=NOW, comparison=compared))
    ready = compared.base.estimate("discharge_ready")
    assert f'<td class="n">{digits(ready.mean, "en")} ± {digits(ready.half_width, "en")}' in page
    difference = compared.difference("occupied", "short_term/A")
    assert digits(difference.by.mean, "en") in page and difference.verdict.en in page
    assert "resources.short_term.places.A=+6" in page


@pytest.mark.parametrize(
    ("value", "nb", "en"),
    [
        (1234.5, "1\u00a0234", "1,234"),
        (0.5, "0,50", "0.50"),
        (-0.00213, "\u22120,0021", "\u22120.0021"),
        (-1e-9, "0,00000", "0.00000"),
        (0.0, "0,00", "0.00"),
        (float("nan"), "–", "–"),
    ],
)
def test_a_small_number_keeps_digits_that_say_something(value: float, nb: str, en: str) -> None:
    assert (digits(value, "nb"), digits(value, "en")) == (nb, en)


def test_numbers_stand_to_the_right_and_words_to_the_left(compared: Comparison) -> None:
    page = reports.report(compared.base, MACHINE, tongue="en", now=NOW, comparison=compared)
    assert '<th scope="col" class="n">difference</th>' in page and '<th scope="col">verdict</th>' in page
    assert re.search(r'<td class="n">[^<]+ to [^<]+</td><td>', page)


@pytest.mark.parametrize(
    ("tongue", "words"), [("nb", "utskrivningsklare pasienter"), ("en", "discharge-ready patients")]
)
def test_the_page_speaks_one_language_and_needs_no_network(compared: Comparison, tongue: str, words: str) -> None:
    page = reports.report(compared.base, MACHINE, tongue="nb" if tongue == "nb" else "en", now=NOW)
    assert f'<html lang="{tongue}">' in page and words in page
    outside = re.sub(r'xmlns(:\w+)?="[^"]*"|<metadata>.*?</metadata>', "", page, flags=re.DOTALL)
    assert not re.search(r"(src|href)=\"(?!#)|@import|url\((?!#)", outside)
    assert "&lt;" in page and "<land>" not in page and "<country>" not in page
    assert "@media print" in page


def test_warnings_stand_before_the_figures(compared: Comparison) -> None:
    warned = replace(compared.base, warnings=("occupied acute had not settled",))
    page = reports.report(warned, MACHINE, now=NOW)
    assert page.index("had not settled") < page.index("<h2>")


def test_the_checklist_answers_what_the_files_know_and_marks_the_rest(compared: Comparison) -> None:
    items = {item.number: item for item in checklist(compared.base, MACHINE, "en", (compared.outcomes[1].scenario,))}
    assert list(items) == list(ASKS)
    assert {number for number, item in items.items() if item.is_theirs} == {"1.1", "1.3", "3.2", "3.4"}
    assert "30 days of warm-up" in items["4.1"].answer
    assert items["4.3"].answer.startswith("5 independent replications")
    assert "short_term: A 30, B 15, C 8" in items["2.5.3"].answer
    assert "acute → short_term (8.4 %)" in items["2.1"].answer
    assert "abc123" in items["6.1"].answer and "+6" in items["2.3"].answer


def test_every_figure_has_a_name_in_both_languages(compared: Comparison) -> None:
    assert {name.what for name in compared.base.names} <= set(FIGURES)


@pytest.mark.parametrize(
    ("value", "nb", "en"), [(1234.5, "1\u00a0234", "1,234"), (0.125, "0,12", "0.12"), (float("inf"), "–", "–")]
)
def test_numbers_are_written_as_the_language_writes_them(value: float, nb: str, en: str) -> None:
    assert (digits(value, "nb"), digits(value, "en")) == (nb, en)


def test_without_matplotlib_the_report_says_that_plots_are_left_out(
    compared: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    page = reports.report(compared.base, MACHINE, now=NOW)
    assert "matplotlib er ikke installert" in page and "<svg" not in page
    with pytest.raises(plots.NoPlots, match="simulate"):
        plots.outcome_plots(compared.base, "nb")


@has_plots
def test_plots_are_drawings_with_text_in_them(compared: Comparison) -> None:
    drawn = plots.outcome_plots(compared.base, "nb")
    root = ET.fromstring(drawn["occupied-acute"])
    texts = "".join(root.itertext())
    assert root.tag.endswith("svg") and "plasser i bruk, acute" in texts
    assert plots.outcome_plots(compared.base, "nb") == drawn
    assert plots.outcome_plots(compared.base, "nb", "png")["occupied-acute"].startswith(b"\x89PNG")


def test_csv_is_read_back_with_every_row_and_no_infinities(compared: Comparison) -> None:
    rows = outcome_rows(compared.base)
    read = list(csv.DictReader(io.StringIO(as_csv(rows).removeprefix("\ufeff"))))
    assert len(read) == len(compared.base.names)
    assert float(read[0]["mean"]) == compared.base.estimates()[0][1].mean
    text = as_csv(comparison_rows(compared))
    assert "inf" not in text and "nan" not in text and "kan " in text


def test_a_sweep_of_one_replication_gives_figures_without_intervals() -> None:
    points = sweep(one_queue(7, collect=100), {"arrivals": ["1", "1.1"]}, replications=1)
    rows = sweep_rows(points)
    assert {row["arrivals"] for row in rows} == {"1", "1.1"}
    assert all(row["low"] is None for row in rows)


def test_tables_are_written_as_parquet_where_the_extra_is_installed(tmp_path: Path) -> None:
    rows: list[dict[str, Cell]] = [{"what": "queue", "mean": 1.5, "settled": True}, {"what": "occupied", "mean": None}]
    if find_spec("pyarrow") is None:
        with pytest.raises(NotInstalled, match=r"pip install 'pathway-engine\[parquet\]'"):
            as_parquet(rows, tmp_path / "found.parquet")
        refused = CliRunner().invoke(main, ["simulate", "tandem", "--table", "found.parquet", "--format", "parquet"])
        assert refused.exit_code == 2 and refused.output.count("\n") == 1
        assert "pyarrow is not installed" in refused.output
        pytest.skip("pyarrow is not installed: what it would write is not read again")
    as_parquet(rows, tmp_path / "found.parquet")
    read = import_module("pyarrow.parquet").read_table(str(tmp_path / "found.parquet")).to_pylist()
    assert read == [{**rows[0]}, {"what": "occupied", "mean": None, "settled": None}]


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotInstalled, match=r"pyarrow is not installed.*pathway-engine\[parquet\]"):
        as_parquet([], tmp_path / "found.parquet")
    assert not (tmp_path / "found.parquet").exists()
