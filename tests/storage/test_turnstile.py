"""Writers of one program take turns: who has just written waits behind those who came before."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import sleep

import pytest

from pathway_engine.storage import Store, upgrade
from pathway_engine.storage.turnstile import Turnstile


def test_turns_are_taken_in_the_order_of_arrival_also_by_who_comes_back() -> None:
    turnstile, order = Turnstile(), list[str]()

    def come(name: str, arrived: Event) -> None:
        arrived.set()
        with turnstile.passed():
            order.append(name)

    with ThreadPoolExecutor(4) as pool:
        with turnstile.passed():
            for count, name in enumerate(("store", "apply", "beat"), start=1):
                pool.submit(come, name, arrived := Event())
                assert arrived.wait(timeout=60)
                while len(turnstile._waiting) < count:
                    sleep(0.001)
        with turnstile.passed():
            order.append("first again")
    assert order == ["store", "apply", "beat", "first again"]


def test_a_turn_ends_with_an_error_too() -> None:
    turnstile = Turnstile()
    with pytest.raises(ZeroDivisionError), turnstile.passed():
        raise ZeroDivisionError
    with turnstile.passed():
        pass


def test_a_thread_that_writes_all_the_time_lets_another_in(sqlite_url: str) -> None:
    upgrade(sqlite_url)
    store, enough, written = Store(sqlite_url), Event(), list[int]()

    def busily() -> None:
        while not enough.is_set():
            with store.transaction():
                written.append(1)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(busily)
        try:
            for _ in range(20):
                while not store._turn._is_taken:
                    sleep(0)
                before = len(written)
                with store.transaction():
                    assert len(written) - before < 10
        finally:
            enough.set()
    store.close()


BUSY = """
import sys, time
from pathlib import Path
from pathway_engine.storage.turnstile import Turnstile
turn, stop = Turnstile(Path(sys.argv[1])), Path(sys.argv[2])
print("writes", flush=True)
while True:
    with turn.passed():
        time.sleep(0.02)
    if stop.exists():
        break
print(turn.was_wanted, flush=True)
"""


@contextmanager
def a_busy_program(database: Path, stop: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program that takes its next turn as soon as the last is over."""
    words = [sys.executable, "-c", BUSY, str(database), str(stop)]
    running = subprocess.Popen(words, text=True, stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "writes\n"
        yield running
    finally:
        running.kill()
        running.communicate()


def test_a_program_that_writes_all_the_time_lets_another_in(tmp_path: Path) -> None:
    database, stop = tmp_path / "a.db", tmp_path / "stop"
    with a_busy_program(database, stop):
        turnstile, waited = Turnstile(database), list[float]()
        for _ in range(20):
            before = time.perf_counter()
            with turnstile.passed():
                waited.append(time.perf_counter() - before)
        turnstile.close()
    assert sum(each > 0.1 for each in waited) < 10  # a turn takes 0.02 s, and only one goes before


def test_a_turn_is_not_given_to_two_programs(tmp_path: Path) -> None:
    database, stop = tmp_path / "a.db", tmp_path / "stop"
    turnstile = Turnstile(database)
    with turnstile.passed():
        words = [sys.executable, "-c", BUSY, str(database), str(stop)]
        running = subprocess.Popen(words, text=True, stdout=subprocess.PIPE)
        assert running.stdout is not None
        assert running.stdout.readline() == "writes\n"
        stop.touch()
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=1.5)
    assert running.communicate(timeout=60)[0] == "False\n"
    turnstile.close()


def test_what_somebody_waited_for_is_known_afterwards(tmp_path: Path) -> None:
    database, stop = tmp_path / "a.db", tmp_path / "stop"
    turnstile, wanted = Turnstile(database), list[bool]()
    with turnstile.passed():
        pass
    assert not turnstile.was_wanted
    with a_busy_program(database, stop):
        for _ in range(10):
            with turnstile.passed():
                time.sleep(0.02)
            wanted.append(turnstile.was_wanted)
    assert any(wanted)
    turnstile.close()


def test_a_program_that_died_holds_up_nobody(tmp_path: Path) -> None:
    database, stop = tmp_path / "a.db", tmp_path / "stop"
    with a_busy_program(database, stop) as running:
        running.kill()
        running.wait()
    turnstile, before = Turnstile(database), time.perf_counter()
    with turnstile.passed():
        assert time.perf_counter() - before < 5
    turnstile.close()


def test_where_no_file_can_be_made_the_databases_own_lock_decides(tmp_path: Path) -> None:
    turnstile = Turnstile(tmp_path / "missing" / "a.db")
    with turnstile.passed():
        pass
    assert not turnstile.was_wanted
