"""Scheduler processes that are killed without warning and whose clocks are set wrong while they run."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from pathway_engine import clock
from pathway_engine.steady_clock import SteadyClock
from pathway_engine.storage.database_clock import database_clock
from pathway_engine.workers.scheduler import Heartbeat
from tests.timers.population import Population

LOOK_SECONDS = 0.25
HOUR_SECONDS = 3600
FORKED = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Orders:
    """What one scheduler needs: whose patients, where, how far its time is from ours, and where its step stands."""

    population: Population
    url: str
    shift: timedelta
    step_file: Path
    witness: bool


def beat_until_killed(orders: Orders) -> None:
    """Be a scheduler: a heartbeat over the real engine, watched over as in `pathway serve worker`, until alone."""
    parent = os.getppid()
    logging.disable(logging.CRITICAL)
    engine = orders.population.engine(orders.url)

    def witnessed() -> datetime | None:
        said = database_clock(engine.context.store) if orders.witness else None
        return None if said is None else said + orders.shift

    steady = SteadyClock(lambda: clock.now() + orders.shift + _step(orders.step_file), witness=witnessed)
    heartbeat = Heartbeat(engine, steady, every_seconds=1.0)
    heartbeat.start()
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
        heartbeat.watch()


def _step(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text() or "0"))
    except FileNotFoundError:
        return timedelta()


@dataclass
class Schedulers:
    """Several of them on one database; `kills` and `steps` count what they have suffered."""

    population: Population
    url: str
    folder: Path
    shift: timedelta
    witness: bool
    running: list[BaseProcess] = field(default_factory=list)
    kills: int = 0
    steps: int = 0

    def start(self, count: int) -> None:
        """Start so many."""
        self.running = [self._started(place) for place in range(count)]

    def stop(self) -> None:
        """Kill them all."""
        for place in range(len(self.running)):
            self._kill(place)
        self.running = []

    def storm(self, seconds: float, chance: random.Random, *, kill: bool, step: bool) -> None:
        """For some seconds, kill one after another and start it anew; set clocks an hour wrong for a while."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(min(chance.uniform(0.25, 0.9), max(0.0, ends - time.monotonic())))
            place = chance.randrange(len(self.running))
            if step and chance.random() < 0.5:
                self._set_clock(place, chance.choice([-HOUR_SECONDS, HOUR_SECONDS, 0, 0]))
            elif kill:
                self._kill(place)
                self._right_unless_witnessed(place)
                self.running[place] = self._started(place)
                self.kills += 1
        for place in range(len(self.running)):
            self._set_clock(place, 0)

    def _set_clock(self, place: int, seconds: int) -> None:
        file = self._step_file(place)
        self.steps += seconds != 0
        beside = file.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.replace(file)

    def _right_unless_witnessed(self, place: int) -> None:
        """What begins with a slow clock is late, and alone with a fast one it is early: that is not promised."""
        if not self.witness or _step(self._step_file(place)) < timedelta():
            self._set_clock(place, 0)

    def _step_file(self, place: int) -> Path:
        return self.folder / f"step-{place}"

    def _started(self, place: int) -> BaseProcess:
        orders = Orders(self.population, self.url, self.shift, self._step_file(place), self.witness)
        process = FORKED.Process(target=beat_until_killed, args=(orders,), daemon=True)
        process.start()
        return process

    def _kill(self, place: int) -> None:
        process = self.running[place]
        assert process.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.join()
