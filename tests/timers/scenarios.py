"""The three trials: a storm of kills and wrong clocks, a month of downtime, and a sweep that finds nothing."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pathway_engine import clock
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.timers.oracle import Findings, judged, watch_wakeups
from tests.timers.population import BEGIN, Population
from tests.timers.schedulers import Schedulers

SETTLING_SECONDS = 2.0
HANG_SECONDS = 900.0
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial: the oracle's findings, and a line of figures of its own."""

    findings: Findings
    figures: str


def peopled(url: str, population: Population) -> Store:
    """Make the database, let the service receive everybody, and return its store."""
    upgrade(url)
    engine = population.engine(url)
    population.told_to(engine)
    watch_wakeups(engine.context.store)
    engine.context.store.engine.dispose()  # processes are forked from this one
    return engine.context.store


def storm(url: str, folder: Path, population: Population, schedulers: int, *, kill: bool, step: bool) -> Trial:
    """Let every wake-up fall due while schedulers are killed and their clocks set an hour wrong."""
    store = peopled(url, population)
    shift = BEGIN - clock.now() - timedelta(seconds=SETTLING_SECONDS)
    group = Schedulers(population, url, folder, shift, witness=store.engine.dialect.name == "postgresql")
    group.start(schedulers)
    try:
        chance = random.Random(schedulers)
        group.storm(population.seconds + SETTLING_SECONDS, chance, kill=kill, step=step)
        _wait_until_drained(store, shift)
    finally:
        group.stop()
    findings = judged(store, population, clock.now() + shift, shift)
    return Trial(findings, f"{schedulers} schedulers, {group.kills} killed, {group.steps} clocks set an hour wrong")


def downtime(url: str, folder: Path, population: Population) -> Trial:
    """Let nobody look for thirty days; then one scheduler starts."""
    store = peopled(url, population)
    shift = BEGIN + MONTH - clock.now()
    group = Schedulers(population, url, folder, shift, witness=False)
    began, used = time.monotonic(), os.times().children_user
    group.start(1)
    try:
        _wait_until_drained(store, shift)
    finally:
        took = time.monotonic() - began
        group.stop()
    findings = judged(store, population, BEGIN + MONTH, None)
    figures = f"{population.size} drained in {took:.1f} s ({os.times().children_user - used:.1f} s of it CPU)"
    return Trial(findings, f"after 30 days: {figures}, {took / population.size * 10_000:.1f} s per 10,000")


def _wait_until_drained(store: Store, shift: timedelta) -> None:
    ends = time.monotonic() + HANG_SECONDS
    while time.monotonic() < ends:
        with store.reading() as records:
            next_wake = records.next_wake_at()
        if next_wake is None or next_wake > clock.now() + shift:
            return
        time.sleep(0.1)
    raise AssertionError(f"not drained after {HANG_SECONDS:.0f} seconds")
