"""A relay that dies at any point: nothing is lost, nothing overtakes, and every id is the same as before."""

from __future__ import annotations

import pytest

from tests.outbox.crashing import DyingWire, crashed_at
from tests.outbox.house import House
from tests.outbox.receiver import Receiver
from tests.outbox.relays import with_kills, with_threads

FEWEST_POINTS = 25


def test_a_crash_at_every_single_point_loses_nothing(house: House, receiver: Receiver) -> None:
    wire = DyingWire(receiver)
    house.through(wire)
    number = 1
    while crashed_at(house, wire, number, (f"anna-{number}", f"berit-{number}")):
        number += 1
    assert number > FEWEST_POINTS
    assert receiver.violations(house.decided) == []
    assert house.counts() == {"sent": 3 * number}
    assert receiver.resent > 0


def test_four_relays_over_a_bad_line_send_in_order(database_url: str) -> None:
    """Down, slow, half-closed, hung up and busy by lot; every tenth transition rolled back."""
    figures = with_threads(database_url, relays=4, messages=500, patients=40, seed=7)
    assert figures.violations == () and figures.resent > 0


@pytest.mark.crash
def test_relays_that_are_killed_again_and_again_lose_nothing(database_url: str) -> None:
    figures = with_kills(database_url, relays=2, messages=60, patients=9, kills=2, seed=11)
    assert figures.violations == ()
    assert figures.kills > 0
