"""The whole service in worlds full of troubles: what must always hold holds after every step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.conftest import REPOSITORY
from tests.deterministic.letters import OSLO
from tests.deterministic.plan import FAULTS, SUMMER_TIME, Kind, Size, plan
from tests.deterministic.program import Tally, lived, main, world
from tests.deterministic.shorten import fewest, shortest

SEEDS, SHARES = 20, 4
SMALL = Size(patients=2, days=24)
TINY = Size(patients=1, days=14)


@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_breaks_whatever_goes_wrong(share: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Mutants: tests/mutants/planted/simulation_test.toml."""
    tally = Tally()
    for seed in range(share, SEEDS, SHARES):
        lived(seed, SMALL, tally)
        assert not tally.broken, capsys.readouterr().out
    assert tally.promises > 0
    assert tally.same > 0


def test_one_seed_gives_one_story() -> None:
    """Mutant: anything in the service or the simulation that depends on the order of a set or on the real clock."""
    digests = []
    for _ in range(2):
        with world(3, TINY) as run:
            run.live()
            run.settle()
            digests.append(run.digest)
    assert digests == [_digest_in_another_process(3, TINY, hash_seed)[0] for hash_seed in ("1", "2")]


def _digest_in_another_process(seed: int, size: Size, hash_seed: str) -> Sequence[str]:
    command = [sys.executable, "-m", "tests.deterministic", "--seed", str(seed), "--trace"]
    run = subprocess.run(
        [*command, "--patients", str(size.patients), "--days", str(size.days)],
        cwd=REPOSITORY, env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line.removeprefix("digest ") for line in run.stdout.splitlines() if line.startswith("digest ")]


def test_the_small_worlds_hold_every_trouble_and_both_changes_of_summer_time() -> None:
    """Guards the guard: a world without troubles would prove nothing."""
    plans = [plan(seed, SMALL) for seed in range(SEEDS)]
    kinds = Counter(moment.kind for each in plans for moment in each.moments)
    assert set(kinds) >= {Kind.CRASH, Kind.CLOCK, Kind.PAUSE, Kind.REORGANISATION, Kind.NEW_VERSION, Kind.ACT}
    letters = Counter(letter.kind for each in plans for letter in each.letters)
    assert set(letters) >= {"A01", "A03", "A11", "A13", "A16", "A25", "A31", "A40", "services_granted", "poison"}
    changes = {at for at in SUMMER_TIME for each in plans if each.begin < at < each.end}
    assert changes == set(SUMMER_TIME)
    assert {at.astimezone(OSLO).date().isoformat() for at in changes} == {"2026-03-29", "2026-10-25"}


def test_a_long_world_has_at_least_two_stays_a_patient_year() -> None:
    """The definition of a patient-year that figures are given in."""
    worlds = [plan(seed, Size(patients=8, days=365)) for seed in range(20)]
    years, stays = sum(each.patient_years for each in worlds), sum(each.stays for each in worlds)
    assert years > 100
    assert stays / years >= 2


def test_a_failing_world_is_shortened_to_what_it_takes() -> None:
    def failure(size: Size) -> tuple[str, int] | None:
        fails = 2 in size.numbers and {"crash", "delay"} <= set(size.faults)
        return ("lost", 10 * len(size.numbers)) if fails else None

    found = shortest(Size(patients=5), failure)
    assert found is not None
    size, steps = found
    assert (size.only, sorted(size.faults), steps) == ((2,), ["crash", "delay"], 10)
    assert shortest(Size(patients=1), failure) is None
    assert fewest([1, 2, 3], lambda some: 3 in some) == [3]


def test_leaving_a_patient_out_changes_nothing_for_the_others() -> None:
    """What shortening stands on."""
    whole, alone = plan(5, Size(patients=3)), plan(5, replace(Size(patients=3), only=(1,)))
    assert alone.people[0].letters == whole.people[1].letters
    assert set(FAULTS) > set(replace(Size(), faults=("crash",)).faults)


def test_the_program_says_what_it_has_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--patients", "1", "--days", "14", "--faults", "crash"]) == 0
    told = capsys.readouterr().out
    assert "patient-years an hour" in told
    assert "invariants broken: 0" in told
