"""An outgoing message on its way: where it stands, and which steps lead from there.

One machine for all messages. Its models are light and never bound to it; it keeps no time of its own:
whoever takes a step says when. The states are what storage keeps, but for the first.
"""

from __future__ import annotations

from enum import StrEnum

from transitions import Machine

from pathway_engine.domain.errors import PathwayEngineError


class Delivery(StrEnum):
    """How far an outgoing message has come.

    A draft is decided in a transaction that has not ended: nobody else ever sees it. Waiting and sending
    ones are queued, and hold back what follows for the same patient; the others do not. Sent means taken
    over by the receiver's side. Acknowledged, late and refused are a receipt's word; timed out means that
    none came in its time, dead that the message was never taken over. Withdrawn is for corrections.
    """

    DRAFT = "draft"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    LATE = "late"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """What happens to a message."""

    QUEUE = "queue"
    CLAIM = "claim"
    HAND_OVER = "hand_over"
    PUT_OFF = "put_off"
    GIVE_UP = "give_up"
    TURN_DOWN = "turn_down"
    MISS_RECEIPT = "miss_receipt"
    ACCEPT = "accept"
    REJECT = "reject"
    SEND_AGAIN = "send_again"
    WITHDRAW = "withdraw"


class NoSuchMove(PathwayEngineError):
    """A message that stands so cannot be moved so."""


_D = Delivery
UNANSWERED = (_D.WAITING, _D.SENDING, _D.SENT, _D.REFUSED, _D.DEAD, _D.WITHDRAWN)
"""Where a first receipt may find a message: it can be faster than the call, and the wire may have said no."""

MOVES: tuple[tuple[Move, tuple[Delivery, ...], Delivery], ...] = (
    (Move.QUEUE, (_D.DRAFT,), _D.WAITING),
    (Move.CLAIM, (_D.WAITING, _D.SENDING), _D.SENDING),
    (Move.HAND_OVER, (_D.SENDING,), _D.SENT),
    (Move.PUT_OFF, (_D.SENDING,), _D.WAITING),
    (Move.GIVE_UP, (_D.SENDING,), _D.DEAD),
    (Move.TURN_DOWN, (_D.SENDING,), _D.REFUSED),
    (Move.MISS_RECEIPT, (_D.SENT,), _D.TIMED_OUT),
    (Move.ACCEPT, UNANSWERED, _D.ACKNOWLEDGED),
    (Move.ACCEPT, (_D.TIMED_OUT,), _D.LATE),
    (Move.REJECT, (*UNANSWERED, _D.TIMED_OUT), _D.REFUSED),
    (Move.SEND_AGAIN, (_D.DEAD, _D.TIMED_OUT), _D.WAITING),
    (Move.WITHDRAW, (_D.WAITING,), _D.WITHDRAWN),
)
"""Every step that there is: its name, from where, to where."""

ARRIVED = (Delivery.ACKNOWLEDGED, Delivery.LATE)
"""The receiver has it, and said so."""

KEPT = tuple(state for state in Delivery if state is not Delivery.DRAFT)
"""The states that storage knows."""


def _machine() -> Machine:
    machine = Machine(
        model=None, states=[state.value for state in Delivery], initial=Delivery.DRAFT.value, auto_transitions=False
    )
    for move, sources, target in MOVES:
        machine.add_transition(move.value, [source.value for source in sources], target.value)
    return machine


MACHINE = _machine()
"""The one machine; nobody adds a model to it."""


class _Stand:
    """The light model of the machine: where one message stands."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def allowed(state: str, move: Move) -> bool:
    """Whether a message that stands so may be moved so."""
    return state in MACHINE.events[move.value].transitions


def moved(state: str, move: Move) -> Delivery:
    """Return where a message stands after *move*. Raises NoSuchMove."""
    if not allowed(state, move):
        ways = ", ".join(each.value for each in Move if allowed(state, each)) or "none"
        raise NoSuchMove(f"a message that is {state} cannot {move.value}; from there would be right: {ways}")
    stand = _Stand(str(state))
    MACHINE.events[move.value].trigger(stand)
    return Delivery(stand.state)
