"""A log gives the scenario back that made it, says how surely, and becomes a piece of a scenario file."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from simulations.calibrating import calibrate, hours_of_week, poisson_interval, taught, wilson
from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.language.reader import read_scenario
from simulations.pieces import distribution, piece
from simulations.stays import Stays, as_known_at, stays_of
from simulations.tape import draw_tape
from tests.simulations.answers.cases import city

DAYS = 160.0


@pytest.fixture(scope="module")
def log() -> Stays:
    model = compile_scenario(city(collect=DAYS, warm_up=0.0))
    tape = draw_tape(model, 3, 0)
    return stays_of(model, tape, run_tape(model, tape))


def test_the_truth_lies_in_wide_intervals_around_what_was_learnt(log: Stays) -> None:
    found = calibrate(city(), log)
    means = {each.phase: each for each in found.durations}
    for phase, mean in (("acute", 5.0), ("short_term", 14.0), ("home_care", 10.0)):
        middle = means[phase].fit.spread.mean
        assert abs(middle - mean) < 2 * (means[phase].fit.mean_high - middle)
    (rate,) = found.rates
    assert rate.low * 0.97 < 30.0 < rate.high * 1.03
    assert rate.shares["B"] == pytest.approx(0.28, abs=0.03)
    chances = {way.to: share for way, share in found.chances["acute", "all"]}
    assert chances["home_care"].low - 0.01 < 0.266 < chances["home_care"].high + 0.01
    assert found.back is not None
    assert found.back.chance.low - 0.01 < 0.18 < found.back.chance.high + 0.01
    assert found.too_few == ()


def test_who_comes_back_is_no_new_arrival(log: Stays) -> None:
    (rate,) = calibrate(city(), log).rates
    admissions = int((log.phase == 0).sum())
    assert rate.count < 0.9 * admissions


def test_stays_that_go_on_count_as_long(log: Stays) -> None:
    """Of a log of 20 days, the mean of the ended short-term stays alone is far too short."""
    early = as_known_at(log, 30.0)
    rows = (early.phase == 1) & np.isfinite(early.ready)
    ended = float((early.ready[rows] - early.got[rows]).mean())
    found = {each.phase: each for each in calibrate(city(), early).durations}["short_term"]
    assert found.curve.censored > 10
    assert ended < 10.0 < found.fit.spread.mean


def test_of_too_little_nothing_is_learnt(log: Stays) -> None:
    early = as_known_at(log, 12.0)
    assert 0 < ((early.phase == 1) & np.isfinite(early.ready)).sum() < 20
    found = calibrate(city(), early)
    assert any(each.startswith("short_term") for each in found.too_few)
    assert "short_term" not in {each.phase for each in found.durations}
    applied = found.applied()
    assert applied.phases["short_term"] == city().phases["short_term"]
    assert calibrate(city(), as_known_at(log, 3.0)).applied().readmission == city().readmission


def test_what_was_learnt_replaces_the_scenarios_numbers(log: Stays) -> None:
    wrong = city()
    wrong = replace(wrong, arrivals=(replace(wrong.arrivals[0], per_day=99.0),))
    learnt = taught(wrong, log)
    assert learnt.arrivals[0].per_day == pytest.approx(30.0, rel=0.05)
    assert sum(way.chance["all"] for way in learnt.phases["acute"].exits) == pytest.approx(1.0)
    assert learnt.resources == wrong.resources
    assert np.mean(learnt.arrivals[0].by_hour) == pytest.approx(1.0)
    assert learnt.arrivals[0].by_hour[12] > 2 * learnt.arrivals[0].by_hour[2]


def test_the_piece_is_read_by_the_scenario_language(log: Stays) -> None:
    text = piece(calibrate(city(), log))
    assert "95 % intervals" in text
    with_holds = re.sub(r"^  (\w+):\n    lasts", r"  \1:\n    holds: \1\n    lasts", text, flags=re.MULTILINE)
    whole = (
        "scenario: city\ntitle: {nb: By, en: City}\nsource: test\nrun: {collect: 100}\nmunicipalities: [A, B, C]\n"
        "resources:\n  acute: {places: 200}\n  short_term: {places: {A: 30, B: 15, C: 8}}\n"
        "  home_care: {places: {A: 64, B: 32, C: 17}}\n" + with_holds
    )
    read, _ = read_scenario(whole, "city.yaml")
    assert read.phases["acute"].lasts["all"].mean == pytest.approx(5.0, rel=0.1)
    assert read.readmission is not None and read.readmission.away.mean == pytest.approx(15.0, rel=0.15)
    assert read.arrivals[0].per_day == pytest.approx(30.0, rel=0.05)


def test_intervals_of_counts_and_shares_are_those_of_the_books() -> None:
    assert poisson_interval(10) == pytest.approx((4.7954, 18.3904), abs=1e-3)  # Garwood's table
    assert poisson_interval(0) == pytest.approx((0.0, 3.6889), abs=1e-3)
    share = wilson(81, 263)  # Newcombe (1998), table I
    assert (share.low, share.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_hours_of_the_week_have_mean_one_and_follow_the_log() -> None:
    at = np.array([0.5, 0.5, 1.25, 7.5])  # Monday noon three times, Tuesday 6 o'clock
    hours = hours_of_week(at)
    assert np.mean(hours) == pytest.approx(1.0)
    assert hours[12] == max(hours) and hours[48 + 12] == 0.0
    assert distribution(city().phases["acute"].lasts["all"]) == "{lognormal: {mean: 5, sd: 5}}"
