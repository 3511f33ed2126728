"""`pathway simulate`: figures with intervals, as a table, JSON and CSV, the same on any number of processors."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from pathway_engine.cli import main
from tests.cli.programs import environment


def simulated(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments])


def test_a_shipped_scenario_is_simulated_with_intervals() -> None:
    found = simulated("tandem", "--replications", "6")
    assert found.exit_code == 0, found.output
    assert "6 replications of 2000 days after 200 days of warm-up" in found.stdout
    line = next(line for line in found.stdout.splitlines() if line.startswith("p_delay") and "ward" in line)
    low, high = (float(part) for part in line.split("  ")[-2].strip().split(" to "))
    assert low < 8 / 15 < high


def test_json_and_csv_say_the_same(tmp_path: Path) -> None:
    file, series = tmp_path / "figures.csv", tmp_path / "days.csv"
    found = simulated("tandem", "--replications", "5", "--json", "--csv", str(file), "--series", str(series))
    said = json.loads(found.stdout)
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert [float(row["mean"]) for row in rows] == [each["mean"] for each in said["figures"]]
    assert said["little_largest_difference"] < 1e-6
    days = [
        float(row["day"])
        for row in csv.DictReader(series.read_text("utf-8").splitlines())
        if row["series"] == "discharge_ready"
    ]
    assert days == sorted(days) and len(days) > 100


def test_the_seed_decides() -> None:
    one, again, other = (simulated("tandem", "--replications", "2", "--seed", seed, "--json").stdout for seed in "334")
    assert one == again != other


def test_a_wrong_scenario_is_told_and_nothing_runs(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("scenario: mine\n", encoding="utf-8")
    found = simulated(str(file))
    assert found.exit_code == 2
    assert "mine.yaml:1:1: found scenario without title" in found.stderr
    assert simulated("nothing-of-this-name").exit_code == 2


def test_a_load_that_nobody_can_bear_is_a_loud_warning(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "simulations" / "scenarios" / "tandem.yaml"
    file = tmp_path / "mine.yaml"
    file.write_text(shipped.read_text("utf-8").replace("per_day: 0.4", "per_day: 1.5"), encoding="utf-8")
    found = simulated(str(file), "--replications", "5")
    assert found.exit_code == 1
    assert "an unstable load of ward: 1.5 places asked for on the average, 1.0 there" in found.stderr
    assert "had not settled" in found.stderr


def test_other_commands_load_nothing_that_simulations_need() -> None:
    heavy = ("numpy", "numba", "joblib", "simulations")
    asks = f"import sys; import pathway_engine.cli; print([name for name in {heavy} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", asks], env=environment(), capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
