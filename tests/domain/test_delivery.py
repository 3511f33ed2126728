"""The delivery machine: every way through it, and no way beside it."""

from __future__ import annotations

import itertools

import pytest

from pathway_engine.domain.delivery import ARRIVED, KEPT, MACHINE, MOVES, Delivery, Move, NoSuchMove, allowed, moved

WAY = {(source, move): target for move, sources, target in MOVES for source in sources}


@pytest.mark.parametrize(
    ("moves", "ends"),
    [
        pytest.param("queue claim hand_over accept", "acknowledged", id="all-is-well"),
        pytest.param("queue claim hand_over reject", "refused", id="rejected"),
        pytest.param("queue claim hand_over miss_receipt accept", "late", id="late-but-well"),
        pytest.param("queue claim hand_over miss_receipt reject", "refused", id="late-and-rejected"),
        pytest.param(
            "queue claim put_off claim claim accept", "acknowledged", id="the-receipt-is-faster-than-the-call"
        ),
        pytest.param("queue claim give_up accept", "acknowledged", id="taken-after-all"),
        pytest.param("queue claim hand_over miss_receipt send_again claim", "sending", id="asked-again"),
        pytest.param("queue withdraw", "withdrawn", id="withdrawn"),
    ],
)
def test_a_message_goes_its_way(moves: str, ends: str) -> None:
    state = Delivery.DRAFT
    for move in moves.split():
        state = moved(state, Move(move))
    assert state == ends


@pytest.mark.parametrize(("state", "move"), list(itertools.product(Delivery, Move)))
def test_there_is_no_way_but_those_of_the_table(state: Delivery, move: Move) -> None:
    assert allowed(state, move) is ((state, move) in WAY)
    if (state, move) in WAY:
        assert moved(state, move) is WAY[state, move]
    else:
        with pytest.raises(NoSuchMove, match="from there would be right"):
            moved(state, move)


def test_what_a_receipt_has_settled_stays() -> None:
    """Mutant: a message that arrived times out."""
    assert all(not any(allowed(state, move) for move in Move) for state in ARRIVED)


def test_the_machine_has_no_model_and_no_memory() -> None:
    assert (MACHINE.models, MACHINE.has_queue) == ([], False)
    moved(Delivery.DRAFT, Move.QUEUE)
    assert MACHINE.models == [] and Delivery.DRAFT not in KEPT
