"""Replications give the same figures however they are dealt out, and the same again another day."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulations.chance import Purpose, key_of, patient_keys, uniforms
from simulations.loops import FAST, PLAIN
from simulations.runs import Outcome, simulate
from simulations.scenario import Scenario
from simulations.shipped import load_scenario
from simulations.spread import Cluster, Processes, chunked


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    scenario = load_scenario("benchmark")[0]
    return replace(scenario, run=replace(scenario.run, warm_up=50.0, collect=100.0, replications=20))


@pytest.fixture(scope="module")
def alone(scenario: Scenario) -> Outcome:
    return simulate(scenario)


def equal(one: Outcome, other: Outcome) -> bool:
    bands = zip(one.bands, other.bands, strict=True)
    return np.array_equal(one.figures, other.figures) and all(np.array_equal(a.high, b.high) for a, b in bands)


def test_two_processes_give_the_same_figures_as_one(scenario: Scenario, alone: Outcome) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        assert equal(simulate(scenario, by=Processes(2)), alone)


def test_a_small_run_waits_for_no_compiler_and_no_other_process(scenario: Scenario) -> None:
    """What the first look at a scenario loads: a fresh Python, since this one has loaded it all."""
    code = (
        "import sys; from simulations.runs import simulate; from simulations.shipped import load_scenario;"
        "simulate(load_scenario('benchmark')[0], replications=1, workers=2);"
        "print(*{'numba', 'joblib', 'scipy', 'matplotlib', 'transitions', 'statistics', 'numpy.ma'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""


def test_a_dask_cluster_gives_the_same_figures(scenario: Scenario, alone: Outcome, cluster: Cluster) -> None:
    assert equal(simulate(scenario, by=cluster), alone)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    from dask import distributed

    library: Any = distributed
    with (
        library.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as local,
        library.Client(local) as client,
    ):
        yield Cluster(client)


def test_without_a_compiler_the_figures_are_the_same(scenario: Scenario) -> None:
    assert equal(simulate(scenario, replications=2, loop=PLAIN), simulate(scenario, replications=2, loop=FAST))


def test_more_replications_keep_the_first_ones(scenario: Scenario, alone: Outcome) -> None:
    assert np.array_equal(simulate(scenario, replications=3).figures, alone.figures[:3])


def test_another_seed_gives_other_figures(scenario: Scenario, alone: Outcome) -> None:
    assert not np.array_equal(simulate(scenario, replications=2, seed=2).figures, alone.figures[:2])


def test_progress_tells_of_every_replication(scenario: Scenario) -> None:
    told: list[int] = []
    simulate(scenario, replications=20, progress=told.append)
    assert sum(told) == 20


def test_chunks_cover_every_replication_once() -> None:
    assert [number for part in chunked(19, 8) for number in part] == list(range(19))


def test_a_draw_hangs_on_its_address_alone() -> None:
    patients = patient_keys(5, np.arange(1000))
    key = key_of(1, 2, Purpose.DURATION)
    together = uniforms(key, patients, np.arange(1000).astype(np.uint64))
    assert together[617] == uniforms(key, patients[617:618], np.array([617], dtype=np.uint64))[0]
    addresses = [(1, 2, 3), (1, 3, 2), (2, 1, 3), (3, 2, 1), (0, 0, 0), (0, 0, 1), (0, 1, 0)]
    assert len({key_of(*address) for address in addresses}) == len(addresses)


def test_draws_are_even_and_of_different_addresses_independent() -> None:
    """Chi-square over 100 cells (99 degrees of freedom) and correlations, each at a level below 1 in 100,000."""
    count, patients = 100_000, patient_keys(1, np.arange(100_000))
    draws = [uniforms(key_of(1, 0, purpose), patients, visit) for purpose in (1, 3) for visit in (0, 1)]
    draws.append(uniforms(key_of(1, 1, 1), patients))
    for u in draws:
        assert u.min() > 0 and u.max() < 1
        cells = np.histogram(u, 100, (0, 1))[0]
        assert 45 < ((cells - count / 100) ** 2 / (count / 100)).sum() < 170
        assert abs(np.asarray(np.corrcoef(u[:-1], u[1:]))[0, 1]) * np.sqrt(count) < 4.5
    others = np.abs(np.asarray(np.corrcoef(draws))[np.triu_indices(len(draws), 1)])
    assert (others * np.sqrt(count) < 4.5).all()


def test_a_change_elsewhere_leaves_the_draws_of_a_patient(scenario: Scenario) -> None:
    """Common random numbers: with another readmission rate all first stays begin and last as before."""
    from simulations.compiling import compile_scenario
    from simulations.model import FIRST
    from simulations.tape import draw_tape

    assert scenario.readmission is not None
    less = replace(scenario, readmission=replace(scenario.readmission, chance={"all": 0.05}))
    one, other = (draw_tape(compile_scenario(each), 1, 0) for each in (scenario, less))
    assert np.array_equal(one.arrive, other.arrive)
    assert np.array_equal(one.service[one.flags & FIRST > 0], other.service[other.flags & FIRST > 0])
    assert one.steps > other.steps
