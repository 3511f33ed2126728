"""The heartbeat: right after downtime, twice over, with clock jumps, with faults, with a dead thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from pathway_engine import clock
from pathway_engine.demonstration.seeding import demo_settings, on_lists, seeded
from pathway_engine.domain.errors import StorageError
from pathway_engine.service.engine import Engine
from pathway_engine.service.waking import Woken
from pathway_engine.serving.running import WATCH_SECONDS
from pathway_engine.workers.scheduler import Heartbeat

NOON = datetime(2026, 11, 16, 11, 0, tzinfo=UTC)


@dataclass
class FakeEngine:
    """Remembers what it was asked, and fails when told to."""

    woken: list[datetime] = field(default_factory=list)
    beats: list[tuple[str, datetime]] = field(default_factory=list)
    fault: Exception | None = None
    shares_left: int = 0
    swept: Event = field(default_factory=Event)

    def wake_due(self, now: datetime, limit: int) -> Woken:
        if self.fault is not None:
            raise self.fault
        self.woken.append(now)
        self.shares_left -= 1
        return Woken(unfinished=self.shares_left >= 0)

    def beat(self, name: str, now: datetime) -> None:
        self.beats.append((name, now))
        self.swept.set()


@dataclass
class Hands:
    """A clock and a stopwatch that stand still until they are moved."""

    at: datetime = NOON
    seconds: float = 0.0

    def clock(self) -> datetime:
        return self.at

    def ticks(self) -> float:
        return self.seconds


def heartbeat_of(engine: FakeEngine | Engine, hands: Hands) -> Heartbeat:
    return Heartbeat(engine, hands.clock, every_seconds=60, ticks=hands.ticks)


def test_a_sweep_takes_time_to_now_and_says_that_it_lives() -> None:
    engine, hands = FakeEngine(), Hands()
    assert heartbeat_of(engine, hands).sweep()
    assert (engine.woken, engine.beats) == ([NOON], [("scheduler", NOON)])


def test_a_fault_does_not_beat_and_the_next_sweep_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    engine = FakeEngine(fault=StorageError("01010112345 stands here"))
    heartbeat = heartbeat_of(engine, Hands())
    assert not heartbeat.sweep()
    assert engine.beats == []
    engine.fault = None
    assert heartbeat.sweep()
    assert "StorageError" in caplog.text and "01010112345" not in caplog.text


def test_the_first_beat_comes_at_once() -> None:
    engine = FakeEngine()
    heartbeat = Heartbeat(engine, clock.now, every_seconds=3600)
    heartbeat.start()
    try:
        assert engine.swept.wait(timeout=60)
        assert heartbeat.lives
    finally:
        heartbeat.stop()
    assert not heartbeat.lives


def test_a_long_sweep_shows_after_each_share_that_it_lives_and_looks_at_the_clock_again() -> None:
    engine, hands = FakeEngine(shares_left=2), Hands()
    ever_later = iter([NOON, NOON + timedelta(seconds=5), NOON + timedelta(seconds=9)])
    assert Heartbeat(engine, lambda: next(ever_later), ticks=hands.ticks).sweep()
    assert [at for _, at in engine.beats] == engine.woken == [NOON + timedelta(seconds=s) for s in (0, 5, 9)]


def test_a_heartbeat_that_is_told_to_stop_finishes_its_share_and_no_more() -> None:
    engine = FakeEngine(shares_left=10**9)
    heartbeat = Heartbeat(engine, clock.now, every_seconds=3600)
    heartbeat.start()
    assert engine.swept.wait(timeout=60)
    heartbeat.stop()
    assert not heartbeat.lives


@pytest.fixture
def begun() -> Iterator[tuple[Heartbeat, Hands]]:
    """A heartbeat that has beaten once and will again in a minute."""
    engine, hands = FakeEngine(), Hands()
    heartbeat = heartbeat_of(engine, hands)
    heartbeat.start()
    assert engine.swept.wait(timeout=60)
    while heartbeat._sweeping.locked():
        pass
    yield heartbeat, hands
    heartbeat.stop()


def test_the_watchdog_leaves_a_living_heartbeat_alone(begun: tuple[Heartbeat, Hands]) -> None:
    heartbeat, hands = begun
    hands.seconds = heartbeat.longest_silence_seconds - 1
    assert not heartbeat.watch()
    assert heartbeat.restarts == 0


def test_the_watchdog_begins_anew_when_the_thread_is_dead(begun: tuple[Heartbeat, Hands]) -> None:
    heartbeat, _ = begun
    assert heartbeat._scheduler is not None
    heartbeat._scheduler.shutdown(wait=True)
    assert not heartbeat.lives
    assert heartbeat.watch()
    assert heartbeat.lives


def test_the_watchdog_begins_anew_when_a_clock_set_back_has_silenced_the_heartbeat(
    begun: tuple[Heartbeat, Hands],
) -> None:
    heartbeat, hands = begun
    hands.seconds = heartbeat.longest_silence_seconds + 1
    assert heartbeat.watch()
    assert heartbeat.silent_seconds == 0


def test_a_heartbeat_of_a_second_is_silent_for_less_than_five() -> None:
    """So that a clock set back makes nothing later than is promised; the watchdog looks once a second."""
    assert Heartbeat(FakeEngine(), clock.now, every_seconds=1).longest_silence_seconds + WATCH_SECONDS < 5


def test_a_heartbeat_that_was_stopped_stays_stopped(begun: tuple[Heartbeat, Hands]) -> None:
    heartbeat, hands = begun
    heartbeat.stop()
    hands.seconds = heartbeat.longest_silence_seconds + 1
    assert not heartbeat.watch()


# -- over the real engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine with synthetic patients in every phase at noon."""
    with demo_settings(0, 0) as settings, seeded(settings, NOON) as engine:
        yield engine


def state_of(engine: Engine, now: datetime) -> list[tuple[str, str, str, bool, int]]:
    found = on_lists(engine, now)
    return sorted((unit, task.key, task.status, task.overdue, task.version) for (unit, _, _), task in found.items())


def swept_at(engine: Engine, *instants: datetime) -> list[tuple[str, str, str, bool, int]]:
    hands = Hands()
    heartbeat = heartbeat_of(engine, hands)
    for instant in instants:
        hands.at = instant
        assert heartbeat.sweep()
    return state_of(engine, max(instants))


def test_twice_over_changes_nothing(engine: Engine) -> None:
    later = NOON + timedelta(days=2)
    once = swept_at(engine, later)
    assert swept_at(engine, later, later) == once


def test_a_clock_set_back_undoes_nothing(engine: Engine) -> None:
    later = NOON + timedelta(days=2)
    once = swept_at(engine, later)
    assert swept_at(engine, later, NOON - timedelta(days=1), later) == once


def test_downtime_of_a_month_ends_where_beating_all_along_ends() -> None:
    month = NOON + timedelta(days=30)
    with demo_settings(0, 0) as settings, seeded(settings, NOON) as engine:
        after_downtime = swept_at(engine, month)
    with demo_settings(0, 0) as settings, seeded(settings, NOON) as engine:
        all_along = swept_at(engine, *(NOON + timedelta(days=day) for day in range(31)))
    assert [task[:4] for task in after_downtime] == [task[:4] for task in all_along]
    assert any(overdue for *_, overdue, _ in after_downtime)
