"""Writers of one program take turns: who has just written waits behind those who came before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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
