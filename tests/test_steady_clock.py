"""A clock that was set wrong makes nothing early; one that was set right is believed in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from pathway_engine import app
from pathway_engine.domain.errors import StorageError
from pathway_engine.steady_clock import HOLD_SECONDS, SteadyClock
from pathway_engine.storage.database_clock import database_clock
from pathway_engine.storage.store import Store
from tests.service.community import Community

NOON = datetime(2026, 11, 16, 11, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOBODY = "nobody"


@dataclass
class World:
    """The true time, a clock that is off by some, and a witness that is right unless told otherwise."""

    passed: float = 0.0
    off: timedelta = timedelta()
    witness_off: timedelta | str = timedelta()
    asked: int = 0
    steady: SteadyClock = field(init=False)

    def __post_init__(self) -> None:
        self.steady = SteadyClock(
            lambda: self.now + self.off, witness=self.witness, ticks=lambda: self.passed
        )  # fmt: skip

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    def witness(self) -> datetime | None:
        self.asked += 1
        if isinstance(self.witness_off, timedelta):
            return self.now + self.witness_off
        if self.witness_off == NOBODY:
            return None
        raise StorageError

    def error_after(self, seconds: float, looks: int = 10) -> timedelta:
        """How far from the truth it is after *seconds*, having been looked at now and then."""
        for _ in range(looks):
            self.passed += seconds / looks
            said = self.steady()
        return said - self.now


@pytest.mark.parametrize("witness", [timedelta(), NOBODY, "unreachable"])
@pytest.mark.parametrize("step", [HOUR, -HOUR, 30 * 24 * HOUR, timedelta(seconds=2)])
def test_a_step_of_the_clock_moves_nothing_at_first(step: timedelta, witness: timedelta | str) -> None:
    world = World(witness_off=witness)
    world.steady()
    world.off = step
    assert world.error_after(HOLD_SECONDS - 1) == timedelta()


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_is_never_believed_against_a_witness(step: timedelta) -> None:
    world = World()
    world.steady()
    world.off = step
    assert world.error_after(24 * 3600, looks=10_000) == timedelta()
    world.off = timedelta()
    assert world.error_after(5) == timedelta()


def test_when_the_witness_is_gone_the_step_still_has_to_stand() -> None:
    world = World()
    world.steady()
    world.off = HOUR
    world.error_after(3600, looks=1000)
    world.witness_off = "unreachable"
    assert world.error_after(HOLD_SECONDS - 10) == timedelta()
    assert world.error_after(20) == HOUR


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_without_a_witness_a_step_that_stays_is_believed(step: timedelta) -> None:
    world = World(witness_off=NOBODY)
    world.steady()
    world.off = step
    assert world.error_after(HOLD_SECONDS + 10, looks=100) == step


def test_each_step_has_to_stand_by_itself() -> None:
    world = World(witness_off=NOBODY)
    world.steady()
    world.off = HOUR
    world.error_after(HOLD_SECONDS - 10)
    world.off = -HOUR
    assert world.error_after(HOLD_SECONDS - 10) == timedelta()


def test_when_nobody_agrees_the_earlier_is_believed() -> None:
    world = World()
    world.steady()
    world.off, world.witness_off = 2 * HOUR, HOUR
    assert world.error_after(HOLD_SECONDS + 10, looks=100) == HOUR


@pytest.mark.parametrize(
    ("off", "witness_off", "expected"),
    [
        pytest.param(HOUR, timedelta(), timedelta(), id="the-clock-is-fast"),
        pytest.param(timedelta(), HOUR, timedelta(), id="the-witness-is-fast"),
        pytest.param(30 * 24 * HOUR, NOBODY, 30 * 24 * HOUR, id="alone"),
        pytest.param(HOUR, "unreachable", HOUR, id="the-witness-is-away"),
    ],
)
def test_at_the_start_the_earlier_counts(off: timedelta, witness_off: timedelta | str, expected: timedelta) -> None:
    world = World(off=off, witness_off=witness_off)
    assert world.steady() - world.now == expected
    assert world.error_after(5) == expected


def test_a_clock_that_drifts_is_followed_and_nobody_is_asked() -> None:
    world = World()
    world.steady()
    for _ in range(1000):
        world.off += timedelta(milliseconds=10)
        world.error_after(1, looks=1)
    assert world.error_after(1) == timedelta(seconds=10)
    assert world.asked == 1


def test_a_witness_is_not_asked_all_the_time() -> None:
    world = World()
    world.steady()
    world.off = HOUR
    world.error_after(50, looks=5000)
    assert world.asked <= 11


def test_what_happened_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.steady()
    world.off = HOUR
    world.error_after(600, looks=600)
    assert [record.message for record in caplog.records] == [
        "the clock has jumped by +3600 seconds; it is not believed yet"
    ]


def test_the_program_asks_the_database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    community = Community(sqlite_url)
    earlier = datetime(2020, 1, 1, tzinfo=UTC)
    store = community.engine.context.store
    monkeypatch.setattr(app, "database_clock", lambda asked: earlier if asked is store else None)
    assert earlier - HOUR < app.steady_clock(community.engine)() <= earlier
    community.close()


def test_the_database_is_a_witness_where_it_is_a_server(database_url: str) -> None:
    store = Store(database_url)
    said = database_clock(store)
    if store.engine.dialect.name == "sqlite":
        assert said is None
    else:
        assert said is not None and said.tzinfo is UTC
        later = database_clock(store)
        assert later is not None and later > said
    store.close()
