"""Chains of messages: a change replaces and a cancellation voids, in whatever order they come."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from pathway_engine.domain.events import Entry, Happened, Voided
from pathway_engine.domain.extending import names_of, speaks_of_known
from pathway_engine.domain.settlement import chain_of, settle

START = datetime(2026, 11, 16, 9, tzinfo=UTC)
CHAIN = "her:59/first"


def told(rank: int, message: str, minute: int, day: int, *, chain: str = CHAIN) -> Happened:
    at = START + timedelta(days=day)
    return Happened(
        id=f"{chain}#{rank}:{message}:1", name="discharged", cause=f"discharged/{day}", occurred_at=at,
        recorded_at=START + timedelta(minutes=minute),
    )  # fmt: skip


def void(rank: int, message: str, minute: int) -> Voided:
    recorded = START + timedelta(minutes=minute)
    return Voided(id=f"{CHAIN}#{rank}:{message}:0", cause=f"chain:{CHAIN}", recorded_at=recorded)


NEW = told(1, "x", 0, day=1)
CHANGE = (void(2, "c", 5), told(2, "c", 5, day=2))
CANCEL = void(3, "a", 9)
OTHER = told(1, "o", 0, day=3, chain="her:60/other")


@pytest.mark.parametrize(
    ("entries", "counts"),
    [
        pytest.param((NEW, OTHER), {"discharged/1", "discharged/3"}, id="told"),
        pytest.param((NEW, *CHANGE, OTHER), {"discharged/2", "discharged/3"}, id="changed"),
        pytest.param((NEW, CANCEL, OTHER), {"discharged/3"}, id="cancelled"),
        pytest.param((NEW, *CHANGE, CANCEL), set(), id="changed-and-cancelled"),
        pytest.param((*CHANGE, CANCEL), set(), id="cancelled-before-it-was-heard"),
    ],
)
def test_a_chain_counts_from_its_last_void_on_in_any_order(entries: tuple[Entry, ...], counts: set[str]) -> None:
    """Mutant: a change stands beside what it changes; mutant: only the cause that a cancellation names is voided."""
    for order in itertools.permutations(entries):
        assert {each.cause for each in settle(order) if isinstance(each, Happened)} == counts


def test_in_one_second_a_change_comes_after_its_original_and_a_cancellation_after_both() -> None:
    assert settle([told(1, "z", 0, day=1), void(2, "a", 0), told(2, "a", 0, day=2)]) == [told(2, "a", 0, day=2)]
    assert settle([told(1, "z", 0, day=1), void(3, "a", 0)]) == []


def test_what_follows_its_own_cancellation_is_not_taken_the_short_way() -> None:
    """Mutant: an original that comes after its cancellation counts until the next rebuild."""
    assert chain_of(NEW.id) == CHAIN and chain_of("EPJ|FJORD|1:1") is None
    assert f"chain:{CHAIN}" in names_of([NEW])
    assert speaks_of_known([NEW], {f"chain:{CHAIN}"})
