"""The log is a set: in which order, how often and how late it arrives does not change what follows."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import permutations

import pytest

from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Acted, Entry
from pathway_engine.domain.extending import extended, speaks_of_known
from pathway_engine.domain.timeline import fold
from pathway_engine.holiday_calendar import norwegian_calendar
from pathway_engine.language.reader import read_pathway
from tests.properties.histories import BEGIN, deliveries, history
from tests.service.community import shipped_files

HISTORIES = 10_000
SHARES = 8
Known = Callable[[Sequence[Entry], set[str]], bool]


@cache
def hph() -> Rules:
    calendar = norwegian_calendar(2025, 2028)
    return Rules.of(read_pathway(shipped_files())[0], lambda municipality: calendar)


def end_of(arrivals: Sequence[tuple[datetime, Entry]]) -> datetime:
    """Some days after the last arrival, so that what time alone does afterwards is compared too."""
    return max(at for at, _ in arrivals) + timedelta(days=5)


def refolded(entries: Sequence[Entry], until: datetime) -> tuple[Episode, ...]:
    return fold(lambda ordinal: hph(), entries, until).episodes


def lived(
    arrivals: list[tuple[datetime, Entry]], sweeps: list[datetime], known: Known = speaks_of_known
) -> tuple[Episode, ...]:
    """Take entries as they arrive, the short way where it may be taken, with sweeps of the clock between."""
    log: dict[str, Entry] = {}
    episodes: tuple[Episode, ...] = ()
    moments = sorted(
        [*((at, 0, entry) for at, entry in arrivals), *((at, 1, None) for at in sweeps if at < end_of(arrivals))],
        key=lambda m: m[:2],
    )
    for now, _, entry in moments:
        fresh = [entry] if entry is not None and entry.id not in log else []
        causes = {told.cause for told in log.values() if not isinstance(told, Acted)}
        log.update({told.id: told for told in fresh})
        short = None if known(fresh, causes) else extended([hph()] * len(episodes), episodes, fresh, now)
        episodes = refolded(list(log.values()), now) if short is None else short
    done = extended([hph()] * len(episodes), episodes, [], end_of(arrivals))
    assert done is not None
    return done


@pytest.mark.parametrize("share", range(SHARES))
def test_what_arrives_late_doubled_or_out_of_order_gives_what_order_would_have_given(share: int) -> None:
    for seed in range(share, HISTORIES, SHARES):
        entries = history(seed)
        chance = random.Random(seed + 1)
        sweeps = [BEGIN + timedelta(hours=chance.uniform(0, 24 * 60)) for _ in range(chance.randint(0, 4))]
        arrivals = deliveries(seed, entries)
        assert lived(arrivals, sweeps) == refolded(entries, end_of(arrivals)), f"seed {seed}"


def test_every_permutation_of_a_short_history_gives_the_same() -> None:
    checked = 0
    for seed in range(400):
        entries = history(seed)
        if len(entries) > 5:
            continue
        for order in permutations(entries):
            arrivals = [(BEGIN + timedelta(days=20, minutes=n), entry) for n, entry in enumerate(order)]
            assert lived(arrivals, []) == refolded(entries, end_of(arrivals)), f"seed {seed}"
            checked += 1
    assert checked > 500


def test_looking_at_the_clock_often_changes_nothing() -> None:
    """Mutant: stamping what time raises with the sweep's instant instead of its own."""
    for seed in range(60):
        arrivals = [(entry.recorded_at, entry) for entry in history(seed)]
        often = [BEGIN + timedelta(hours=7 * n) for n in range(400)]
        assert lived(arrivals, often) == lived(arrivals, []), f"seed {seed}"


def test_a_short_way_that_ignores_revisions_would_be_caught() -> None:
    """Mutant: taking every fresh entry the short way, even one that revises or voids what is known."""

    def never(fresh: Sequence[Entry], causes: set[str]) -> bool:
        return False

    told = [(history(seed), deliveries(seed, history(seed))) for seed in range(300)]
    assert any(lived(arrivals, [], never) != refolded(entries, end_of(arrivals)) for entries, arrivals in told)


def test_random_histories_reach_every_phase_and_every_way_a_task_ends() -> None:
    """Guards the guard: a generator that never leaves the hospital would prove nothing."""
    episodes = [episode for seed in range(300) for episode in refolded(history(seed), BEGIN + timedelta(days=90))]
    ends = {task.status.value for episode in episodes for task in episode.tasks.values()}
    assert {episode.phase for episode in episodes} >= {"in_hospital", "at_home", "short_term_stay", "ended"}
    assert ends >= {"requested", "completed", "cancelled", "failed", "rejected"}
