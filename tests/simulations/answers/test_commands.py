"""The commands of answers: what they print, write and refuse, and the census of the engine's own log."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pathway_engine import clock
from pathway_engine.app import opened
from pathway_engine.cli import main
from pathway_engine.demonstration.seeding import demo_settings, seeded
from pathway_engine.settings import PREFIX, Settings, database_url
from pathway_engine.simulating.stays_of_log import days_since, stays_of_log
from simulations.census import census_at
from simulations.compiling import compile_scenario
from simulations.plots import can_plot
from simulations.shipped import load_scenario
from simulations.stays import UNKNOWN

Run = Callable[..., Result]
CITY = """
scenario: city
title: {nb: Byen, en: The city}
source: A test
pathway: hph
run: {collect: 365, starts: 2026-01-05}
resources:
  acute: {places: 40}
arrivals:
  - {into: in_hospital, per_day: 4, event: admitted, with: {receives_services: true}}
phases:
  in_hospital:
    holds: acute
    lasts: {lognormal: {mean: 5, sd: 5}}
    exits: [{to: discharge_ready, event: discharge_ready}]
  discharge_ready:
    holds: acute
    is_ready: true
    lasts: {exponential: {mean: 1}}
    exits: [{to: at_home, event: discharged, with: {destination: home}}]
  at_home:
    lasts: {exponential: {mean: 40}}
    exits: [{to: out, event: services_ended}]
"""


@pytest.fixture(scope="session")
def seeded_database() -> Iterator[Path]:
    with demo_settings(0, 0) as settings:
        with seeded(settings, clock.now()):
            pass
        yield Path(database_url(settings).removeprefix("sqlite:///"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "city.yaml").write_text(CITY, "utf-8")
    return lambda *words: CliRunner().invoke(main, list(words))


@pytest.fixture
def run_seeded(run: Run, seeded_database: Path, tmp_path: Path) -> Run:
    shutil.copy(seeded_database, tmp_path / "pathway.sqlite")
    return run


def test_a_comparison_is_printed_in_words_and_written_as_csv(run: Run, tmp_path: Path) -> None:
    change = ["--change", "resources.ward.places=+1"]
    shown = run("compare", "tandem", *change, "--replications", "6", "--language", "nb", "--csv", "found.csv")
    assert shown.exit_code == 0, shown.output
    assert re.search(r"utilisation ward .* kan skilles: lavere", shown.output)
    rows = list(csv.DictReader((tmp_path / "found.csv").read_text("utf-8-sig").splitlines()))
    assert {row["scenario"] for row in rows} == {"tandem resources.ward.places=+1"}
    found = json.loads(run("compare", "tandem", *change, "--replications", "6", "--json").output)
    wait = next(row for row in found["differences"] if (row["what"], row["of"]) == ("wait_mean", "ward"))
    assert wait["told_apart"] and wait["low"] < wait["difference"] < wait["high"] < 0


def test_a_sweep_prints_each_point(run: Run) -> None:
    shown = run(
        "sweep", "tandem", "--over", "resources.ward.places=1,2", "--figure", "queue ward", "--replications", "20"
    )
    assert [line.split()[0] for line in shown.output.splitlines()[1:]] == ["1", "2"]
    assert shown.output.splitlines()[2].endswith("yes")


def test_an_optimum_is_priced_by_the_year_that_is_chosen(run: Run, tmp_path: Path) -> None:
    words = [
        "optimise",
        "tandem",
        "--target",
        "discharge_ready total<=0.2",
        "--cost",
        "ward=8000",
        "--cost",
        "short_term=3200",
    ]
    known = json.loads(run(*words, "--year", "2024", "--json").output)
    assert known["confirmed"] and known["rate"] == 5745
    chosen = known["chosen"]
    assert chosen["overstay_kroner_a_day"] == pytest.approx(5745 * chosen["overstay_days_a_day"])
    shown = run(*words, "--year", "2026", "--csv", "front.csv")
    assert shown.exit_code == 0
    assert "2026 has no rate, so overstay days are not priced" in shown.output
    rows = list(csv.DictReader((tmp_path / "front.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0]["overstay_kroner_a_day"] == "" and float(rows[0]["cost_a_day"]) == 11200


@pytest.mark.skipif(not can_plot(), reason="matplotlib is not installed")
def test_plots_are_written_as_their_names_say(run_seeded: Run, tmp_path: Path) -> None:
    assert run_seeded("forecast", "city.yaml", "--plot", "queue.png").exit_code == 0
    assert (tmp_path / "queue.png").read_bytes().startswith(b"\x89PNG")
    words = ["--target", "discharge_ready total<=0.2", "--cost", "ward=8000", "--plot", "front.svg"]
    assert run_seeded("optimise", "tandem", *words).exit_code == 0
    assert "kroner per døgn" in (tmp_path / "front.svg").read_text("utf-8")
    assert run_seeded("calibrate", "city.yaml", "--simulated", "100", "--plots", "fits").exit_code == 0
    assert "in_hospital (all): " in (tmp_path / "fits" / "in-hospital-all.svg").read_text("utf-8")
    assert run_seeded("report", "tandem", "--out", "t.html", "--replications", "3", "--plots", "drawn").exit_code == 0
    assert (tmp_path / "drawn" / "occupied-ward.svg").exists()


def test_an_unverified_rate_says_so(run: Run) -> None:
    words = ["--target", "discharge_ready total<=0.2", "--cost", "ward=8000", "--year", "2013"]
    assert "(not verified)" in run("optimise", "tandem", *words).output


@pytest.mark.parametrize(
    ("words", "right"),
    [
        pytest.param(["compare", "nowhere"], "nowhere", id="no-such-scenario"),
        pytest.param(["compare", "tandem"], "two scenarios", id="one-alone"),
        pytest.param(["compare", "tandem", "--change", "arrivals"], "NAME=VALUE", id="a-change-without-value"),
        pytest.param(["sweep", "tandem", "--over", "arrivals="], "NAME=VALUE", id="a-sweep-over-nothing"),
        pytest.param(
            ["optimise", "tandem", "--target", "queue", "--cost", "ward=1"], "FIGURE OF<=NUMBER", id="no-limit"
        ),
        pytest.param(
            ["optimise", "tandem", "--target", "queue ward<=1", "--cost", "ward=dear"], "RESOURCE=KRONER", id="no-cost"
        ),
        pytest.param(["forecast", "tandem"], "names no pathway", id="no-pathway"),
        pytest.param(["backtest", "city.yaml", "--simulated", "60", "--days", "30"], "longer log", id="a-short-log"),
    ],
)
def test_what_is_asked_wrongly_is_refused_on_one_line(run: Run, words: list[str], right: str) -> None:
    shown = run(*words)
    assert shown.exit_code == 2
    assert right in shown.output and len(shown.output.strip().splitlines()) == 1


def test_a_report_is_written(run: Run, tmp_path: Path) -> None:
    shown = run("report", "tandem", "--out", "tandem.html", "--replications", "5", "--change", "arrivals=1.1")
    assert shown.exit_code == 0, shown.output
    page = (tmp_path / "tandem.html").read_text("utf-8")
    assert "To senger etter hverandre" in page and "tandem arrivals=1.1" in page and "STRESS-DES" in page


def test_a_forecast_begins_with_the_patients_of_the_database(run_seeded: Run, tmp_path: Path) -> None:
    found = json.loads(run_seeded("forecast", "city.yaml", "--days", "3", "--paths", "40", "--json").output)
    scenario, _ = load_scenario("city.yaml")
    with opened(Settings(), clock.now()) as engine, engine.context.store.reading() as records:
        ids = records.patients_with_entries()
        standing = [row.phase for row in records.episodes_of(ids) if row.pathway == "hph"]
    assert found["patients"]["there"] == sum(phase in scenario.phases for phase in standing) > 3
    assert {row["day"] for row in found["forecast"]} == {1, 2, 3}
    assert not set(ids) & set(json.dumps(found).split('"'))
    shown = run_seeded("forecast", "city.yaml", "--csv", "next.csv").output
    assert "patients have a place" in shown and "discharge_ready total" in shown
    assert len((tmp_path / "next.csv").read_text("utf-8-sig").splitlines()) == 1 + 14 * len(
        {row["what"] + row["of"] for row in found["forecast"]}
    )


def test_the_engines_log_becomes_stays(run_seeded: Run) -> None:
    scenario, _ = load_scenario("city.yaml")
    now = clock.now()
    with opened(Settings(), now) as engine:
        found = stays_of_log(engine.context, scenario, now)
        with engine.context.store.reading() as records:
            rows = [row for row in records.episodes_of(records.patients_with_entries()) if row.pathway == "hph"]
    stays, names = found.stays, list(scenario.phases)
    assert found.left_out == 0 and found.episodes == len(rows)
    assert stays.until == pytest.approx(days_since(scenario.run.starts, now))
    still = [names[int(stays.phase[n])] for n in range(len(stays)) if stays.left[n] == float("inf")]
    assert sorted(still) == sorted(row.phase for row in rows if row.phase in names)
    assert (stays.to[stays.left == float("inf")] == UNKNOWN).all()
    in_order = (stays.asked[1:] >= stays.left[:-1]) | (stays.patient[1:] != stays.patient[:-1])
    assert in_order.all()
    census = census_at(compile_scenario(scenario), stays, stays.until)
    ready = names.index("discharge_ready")
    assert (census.there.ready[census.there.phase == ready] <= census.at).all()
    assert sum(census.there.phase == ready) == sum(row.phase == "discharge_ready" for row in rows) > 0


def test_days_are_counted_on_the_wall_in_norway_across_summer_time() -> None:
    scenario_starts = clock.now().date().replace(year=2026, month=3, day=23)
    noon = clock.now().replace(year=2026, month=3, day=30, hour=10, minute=0, second=0, microsecond=0)
    assert days_since(scenario_starts, noon) == pytest.approx(7.5)
    assert days_since(scenario_starts, noon - timedelta(days=7)) == pytest.approx(0.5 - 1 / 24)


def test_a_backtest_and_a_calibration_on_made_up_patients(run: Run, tmp_path: Path) -> None:
    words = ["--simulated", "150", "--every", "30", "--paths", "40"]
    scores = json.loads(run("backtest", "city.yaml", *words, "--days", "7", "--json").output)
    assert scores["origins"] == 3
    first = next(row for row in scores["scores"] if row["what"] == "occupied" and row["day"] == 1)
    assert 0 <= first["covered_80"] <= 1 and sum(map(int, first["pit"].split())) == 3
    assert "skill: climatology" in run("backtest", "city.yaml", *words).output
    shown = run("calibrate", "city.yaml", "--simulated", "150", "--out", "learnt.yaml")
    assert re.search(r"in_hospital lasts, all +[45]\.", shown.output)
    assert "lognormal" in (tmp_path / "learnt.yaml").read_text("utf-8")


def test_of_a_short_log_little_is_learnt_and_that_is_said(run_seeded: Run) -> None:
    shown = run_seeded("calibrate", "city.yaml")
    assert shown.exit_code == 0
    assert "too few to learn from: at_home all" in shown.output
