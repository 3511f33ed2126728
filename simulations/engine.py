"""From a tape to its time stamps, by whichever event loop there is."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulations.chance import Floats
from simulations.loops import FAST, best_loop
from simulations.model import AWAY, LATER, TRANSIT, Model, Stamps, Tape


def run_tape(model: Model, tape: Tape, loop: str = "") -> Stamps:
    """Return when everything on *tape* happened; *loop* is `numba`, `python` or the best there is."""
    if not model.waits_for.any():
        return _run(model, tape, loop, np.zeros(0))
    from simulations.holding_up import held_up

    return held_up(model, tape, lambda held_until: _run(model, tape, loop, held_until), loop)


def _run(model: Model, tape: Tape, loop: str, held_until: Floats) -> Stamps:
    arguments = (*_arguments(model, tape), held_until)
    found = _fast(arguments) if (loop or best_loop()) == FAST else _plain(arguments)
    asked, got, ready, left, held, area, lost, events = found
    return Stamps(
        asked=np.asarray(asked), got=np.asarray(got), ready=np.asarray(ready), left=np.asarray(left),
        held=np.asarray(held, dtype=np.int32), area=np.asarray(area), lost=np.asarray(lost, dtype=np.int64),
        events=int(events), held_until=held_until,
    )  # fmt: skip


def _arguments(model: Model, tape: Tape) -> tuple[Any, ...]:
    pools = model.pools
    changes = pools.changes
    has_rows = bool((model.overflow_row >= 0).any())
    place = tape.municipality[tape.patient] if has_rows else None
    seen = int(np.bitwise_or.reduce(tape.flags)) if tape.steps else 0
    nothing, none = np.zeros(0), np.zeros(0, dtype=np.int64)
    return (
        tape.until, tape.placed, tape.arrive, tape.first, tape.pool, tape.service, tape.flags,
        tape.delay if seen & LATER else nothing, tape.away if seen & AWAY else nothing,
        tape.transit if seen & TRANSIT else nothing, tape.priority,
        model.leaves[tape.phase] if (model.leaves >= 0).any() else none,
        model.overflow_row[tape.phase, place] if has_rows else none,
        model.overflow_pool, model.overflow_after, pools.capacity, pools.limit, pools.turn_round, pools.receives,
        model.windows, np.array([at for at, _, _ in changes], dtype=float),
        np.array([pool for _, pool, _ in changes], dtype=np.int64),
        np.array([to for _, _, to in changes], dtype=np.int64), model.classes,
    )  # fmt: skip


def _fast(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    from simulations.fast_events import run_events

    found: tuple[Any, ...] = run_events(*arguments)
    return found


def _plain(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    from simulations.plain_events import run_events

    return run_events(*(each.tolist() if isinstance(each, np.ndarray) else each for each in arguments))
