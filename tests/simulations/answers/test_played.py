"""Simulated patients, played into a real engine as messages, leave the log that their simulation says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pathway_engine.app import import_directory, opened, upgrade_schema
from pathway_engine.cli import main
from pathway_engine.settings import PREFIX, Settings, read_settings
from pathway_engine.simulating.messages import COURSE, DIRECTORY, MESSAGES, export, instant
from pathway_engine.simulating.people import identifier
from pathway_engine.simulating.playing import NotExported, Played, play
from pathway_engine.simulating.stays_of_log import Projected, stays_of_log
from pathway_engine.storage.store import Store
from simulations.analysing import analysed, tape_of
from simulations.compiling import compile_scenario
from simulations.durations import fixed
from simulations.engine import run_tape
from simulations.figures import count_figures, figure_names
from simulations.language.reader import read_scenario
from simulations.scenario import Readmission, Scenario
from simulations.shipped import Pathways
from simulations.stays import Stays, stays_of
from simulations.tape import draw_tape
from simulations.tellings import Teller
from simulations.work import work_off

DAYS = 16.0
Round = tuple[Path, Stays, Played, Projected]
SCENARIO = """
scenario: small
title: {nb: Liten, en: Small}
source: a test
pathway: hph
run: {collect: 16 days, replications: 5}
municipalities: [north, south]
municipality_numbers: {south: 5059}
resources:
  ward: {places: 14}
  short_term: {places: {north: 3, south: 2}}
arrivals:
  - into: in_hospital
    per_day: 2.5
    shares: {north: 0.6, south: 0.4}
    event: admitted
    with: {receives_services: true}
phases:
  in_hospital:
    holds: ward
    lasts: {lognormal: {mean: 2, sd: 1}}
    exits:
      - {to: discharge_ready, chance: 0.8, event: discharge_ready}
      - {to: out, chance: rest, death: true, event: died}
  discharge_ready:
    holds: ward
    is_ready: true
    lasts: {exponential: {mean: 3 hours}}
    exits:
      - {to: at_home, chance: 0.5, event: discharged, with: {destination: home}}
      - {to: short_term_stay, chance: 0.5, event: discharged, with: {destination: short_term}}
  short_term_stay:
    holds: short_term
    lasts: {exponential: {mean: 3}}
    exits: [{to: at_home, event: came_home}]
  at_home:
    lasts: {exponential: {mean: 5}}
    hazards: [{to: in_hospital, per_day: 0.1, readmission: true, event: admitted}]
    exits: [{to: out, event: services_ended}]
staff:
  nurse: {on_duty: {north: 1, south: 1}, works: [{hours: 8-15}]}
tasks:
  HPH1: {by: nurse, takes: 35 minutes}
  HPH2: {by: nurse, takes: 75 minutes}
"""


def small() -> Scenario:
    return read_scenario(SCENARIO, "small.yaml", Pathways())[0]


def told(stays: Stays) -> list[tuple[float, ...]]:
    """Return the stays to the second, whoever's they are, in order."""
    times = [np.round(np.minimum(column, 1e6) * 86_400) for column in (stays.got, stays.ready, stays.left)]
    columns = [stays.phase, stays.municipality, stays.pool, stays.to, stays.is_death, *times]
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@pytest.fixture(scope="module", params=["plo", "adt"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Round]:
    scenario, folder = small(), tmp_path_factory.mktemp("played")
    model = compile_scenario(scenario)
    tape = draw_tape(model, 1, 0)
    stamps = run_tape(model, tape)
    done = export(folder, model, tape, stamps, Pathways()["hph"], work_off(model, tape, stamps), request.param)
    url = f"sqlite:///{folder / 'pathway.sqlite'}"
    settings = read_settings(database_url=url, tenant="default")
    upgrade_schema(settings)
    store = Store(url, "default")
    import_directory(store, folder / DIRECTORY, instant(scenario, 0))
    store.close()
    with opened(settings, instant(scenario, 0)) as engine:
        found = play(engine, folder)
        yield folder, done.stays, found, stays_of_log(engine.context, scenario, instant(scenario, DAYS))


def test_every_message_is_applied_and_every_patient_found_again(
    played: Round,
) -> None:
    folder, stays, found, log = played
    assert found.refused == 0, found.first_reason
    assert found.applied == len(list((folder / MESSAGES).iterdir())) > 90
    assert found.by_hand > 5 and found.done > 10
    assert log.left_out == 0 and len(set(log.stays.patient.tolist())) == len(set(stays.patient.tolist()))


def test_the_log_has_the_stamps_of_the_simulation(played: Round) -> None:
    _, stays, _, log = played
    assert told(log.stays) == told(stays)
    assert len(stays) > 80 and {True, False} == set(stays.is_death.tolist())
    is_ready = np.array([phase.is_ready for phase in small().phases.values()])[log.stays.phase]
    assert np.array_equal(log.stays.ready, np.where(is_ready, log.stays.got, log.stays.left))
    assert (log.stays.ready[is_ready] < log.stays.left[is_ready]).sum() > 10, "ready from the readiness on"


def test_the_same_figures_are_counted_of_both(played: Round) -> None:
    _, stays, _, log = played
    outcomes = [analysed(small(), each, None, parts=4) for each in (stays, log.stays)]
    assert outcomes[0].names == outcomes[1].names
    assert outcomes[1].figures == pytest.approx(outcomes[0].figures, abs=1e-6)
    assert outcomes[1].estimate("blocked", "ward").mean > 0.02
    whole = analysed(small(), log.stays, None, parts=2)
    for of in ("ward", "short_term/north"):
        assert whole.estimate("occupied", of).mean == pytest.approx(outcomes[1].estimate("occupied", of).mean)


def test_the_tasks_that_nurses_did_are_done_in_the_log_at_the_same_time(
    played: Round,
) -> None:
    scenario, (_, _, _, log) = small(), played
    model = compile_scenario(scenario)
    tape = draw_tape(model, 1, 0)
    work = work_off(model, tape, run_tape(model, tape))["HPH2"]
    wanted = np.sort(np.round(work.raised * 86_400))
    assert np.sort(np.round(log.work["HPH2"].raised * 86_400)) == pytest.approx(wanted, abs=1)
    assert log.work["HPH2"].due - log.work["HPH2"].raised == pytest.approx(
        np.floor(log.work["HPH2"].raised) + 4 - log.work["HPH2"].raised, abs=1e-4
    )
    ended = np.sort(np.round(log.work["HPH2"].done[np.isfinite(log.work["HPH2"].done)] * 86_400))
    assert set(ended) <= {each + late for each in np.round(work.done * 86_400) for late in (-1, 0, 1)}
    assert len(ended) > 5


def test_figures_of_a_log_are_those_of_the_simulation_where_the_log_knows_them() -> None:
    """The stays of a run, read as a log, are counted as the run itself: where patients were, and who was ready."""
    scenario = replace(small(), tasks={}, staff={})
    model = compile_scenario(scenario)
    tape = draw_tape(model, 2, 0)
    stamps = run_tape(model, tape)
    own = count_figures(model, tape, stamps, 0)
    read = count_figures(model, *tape_of(model, stays_of(model, tape, stamps)), 0)
    names = figure_names(model)
    known = [
        n
        for n, name in enumerate(names)
        if name.what
        in {
            "occupied",
            "blocked",
            "discharge_ready",
            "present",
            "overstay_days_per_day",
            "overstay_share",
            "readmitted_share",
            "deaths_per_day",
            "patients_per_day",
        }
    ]
    assert len(known) > 20
    assert read.figures[known] == pytest.approx(own.figures[known], abs=1e-9)


def test_who_comes_back_has_left_by_a_way_of_the_pathway_and_comes_by_its_event() -> None:
    back = Readmission(
        into="in_hospital", chance={"all": 1.0}, away=fixed(0.5), at_most=3, event="admitted",
        facts={"receives_services": True},
    )  # fmt: skip
    model = compile_scenario(replace(small(), readmission=back))
    tape = draw_tape(model, 1, 0)
    teller = Teller(model, tape, run_tape(model, tape), Pathways()["hph"])
    events = [(each.patient, each.event, each.at) for each in teller.tellings()]
    pairs = [pair for pair in pairwise(events) if pair[0][0] == pair[1][0] and pair[0][1] == "services_ended"]
    assert len(pairs) > 3
    assert {after[1] for _, after in pairs} == {"admitted"}
    assert min(after[2] - before[2] for before, after in pairs) == pytest.approx(0.5, abs=2 / 86_400)


def test_made_up_people_have_made_up_numbers_of_their_own() -> None:
    values = [identifier(number).value for number in (*range(0, 20_000, 7), 9000, 18_000)]
    assert len(set(values)) == len(values)
    assert all(int(value[2:4]) > 80 for value in values)


def test_the_commands_export_play_and_analyse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    text = SCENARIO.replace("collect: 16 days", "collect: 6 days")
    Path("small.yaml").write_text(text, "utf-8")

    def run(*words: str, code: int = 0) -> str:
        shown = CliRunner().invoke(main, list(words))
        assert shown.exit_code == code, shown.output
        return shown.stdout

    said = json.loads(run("simulate", "small.yaml", "--export", "patients", "--json"))
    assert said["messages"] > 20 and len(Path("patients", COURSE).read_text("utf-8").splitlines()) == sum(
        said[kind] for kind in ("messages", "by_hand", "tasks")
    )
    assert "is not empty" in CliRunner().invoke(main, ["simulate", "small.yaml", "--export", "patients"]).output
    assert "names no pathway" in CliRunner().invoke(main, ["simulate", "tandem", "--export", "others"]).output
    run("db", "upgrade")
    assert "import patients/directory.yaml first" in CliRunner().invoke(main, ["play", "patients"]).output
    run("directory", "import", "patients/directory.yaml")
    assert json.loads(run("play", "patients", "--json"))["applied"] == said["messages"]
    analysed = json.loads(run("analyse", "small.yaml", "--to", "6", "--parts", "3", "--json"))
    found = {(row["figure"], row["of"]): row["mean"] for row in analysed["figures"]}
    assert found["occupied", "ward"] > 1 and ("queue", "ward") not in found
    assert found["raised_per_day", "HPH2"] > 0 and ("load", "nurse") not in found
    assert "Small: " in run("analyse", "small.yaml", "--to", "6")


def test_a_folder_without_patients_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotExported, match=r"course\.jsonl"):
        play(None, tmp_path)  # type: ignore[arg-type]
