"""The running program among bad senders and slow browsers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import httpx
import pytest

from tests.limits.crowd import crowd
from tests.limits.giants import giant_form, giant_frame
from tests.limits.house import LONG_ENOUGH, House, house, message, waited


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("limits")) as running:
        yield running


@pytest.mark.parametrize("is_same_address", [False, True], ids=["of-ten-addresses", "of-the-same-address"])
def test_a_good_sender_is_connected_and_answered_among_two_hundred_bad_ones(on: House, is_same_address: bool) -> None:
    with crowd(on.mllp, is_same_address), closing(on.sender()) as good:
        numbers = iter(range(10**9))
        name = "SAME" if is_same_address else "OTHER"
        assert waited(lambda: good.ask(message(f"{name}{next(numbers)}")) == "AA")
        assert [good.ask(message(f"{name}{next(numbers)}")) for _ in range(10)] == ["AA"] * 10


def test_a_message_without_end_costs_little_and_delays_nobody(on: House) -> None:
    """Mutant: no frame cap."""
    assert giant_frame(on) == []


def test_a_form_without_end_costs_little_and_delays_nobody(on: House) -> None:
    assert giant_form(on) == []


def test_two_hundred_slow_browsers_do_not_keep_a_nurse_from_her_list(on: House) -> None:
    place = urlsplit(on.web)
    with ExitStack() as slow, closing(on.visitor()) as nurse:
        for _ in range(200):
            wire = slow.enter_context(socket.create_connection((str(place.hostname), place.port or 80), LONG_ENOUGH))
            wire.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nX-Slow: ")
        assert nurse.get("/").status_code == 200
        assert httpx.get(f"{on.web}/sign-in", timeout=LONG_ENOUGH).status_code == 200
