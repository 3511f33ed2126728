"""Who was in which phase from when to when: what a log tells, of real patients or of simulated ones.

The engine's log and a simulation give the same columns, so that both are analysed, forecast and scored by the
same code. Patients are numbers that mean nothing outside.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats
from simulations.figures import entered
from simulations.model import AWAY, LAST, NOBODY, Ints, Model, Stamps, Tape

UNKNOWN = -2
"""Where a stay leads that has not ended, or of which nothing is known."""
NEVER = np.inf


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in phases, a row each, in order of patients and of time; infinite times had not come when the log ended.

    `asked` for a place, `got` it, was `ready` to go on, and `left` it, in days from the first. `to` is the number
    of the next phase, NOBODY outside the model, UNKNOWN before it is told; `told` is when that is: at readiness,
    or earlier where the hospital says early what a patient will need. `pool` is whose place was held.
    """

    patient: Ints
    phase: Ints
    group: Ints
    municipality: Ints
    pool: Ints
    asked: Floats
    got: Floats
    ready: Floats
    left: Floats
    to: Ints
    told: Floats
    is_death: NDArray[np.bool_]
    until: float

    def __len__(self) -> int:
        return len(self.patient)

    def chosen(self, rows: NDArray[np.generic]) -> Stays:
        """Return the chosen rows, by number or by a mask."""
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        return Stays(**{name: column if name == "until" else column[rows] for name, column in columns.items()})


def stays_of(model: Model, tape: Tape, stamps: Stamps, notice: float = NEVER) -> Stays:
    """Return the stays of a simulation, as a log of its patients would tell them.

    Where a patient will go is told at readiness, or *notice* days after he or she got the place if that is sooner.
    """
    begun = np.flatnonzero(np.isfinite(stamps.asked))
    to = np.full(tape.steps, UNKNOWN)
    goes_on = np.flatnonzero((tape.flags[:-1] & (LAST | AWAY) == 0) & (tape.patient[1:] == tape.patient[:-1]))
    to[goes_on] = tape.phase[goes_on + 1]  # whoever goes on after the end has no next step on the tape
    to[np.flatnonzero(tape.flags & (LAST | AWAY))] = NOBODY
    exits = tape.way >= 0
    is_death = np.zeros(tape.steps, dtype=bool)
    is_death[exits] = model.ways.is_death[tape.phase[exits], tape.way[exits]]
    hazards = (tape.way < 0) & (tape.way > -1000)
    is_death[hazards] = model.ways.hazard_is_death[tape.phase[hazards], -1 - tape.way[hazards]]
    everything = Stays(
        patient=tape.patient, phase=tape.phase, group=tape.group[tape.patient],
        municipality=tape.municipality[tape.patient], pool=np.where(stamps.held >= 0, stamps.held, tape.pool),
        asked=stamps.asked, got=entered(tape, stamps), ready=stamps.ready, left=stamps.left, to=to,
        told=np.minimum(stamps.ready, stamps.got + notice), is_death=is_death, until=tape.until,
    ).chosen(begun)  # fmt: skip
    return as_known_at(everything, tape.until)


def as_known_at(stays: Stays, at: float) -> Stays:
    """Return what was known on day *at*: nothing of what came later, not even where a patient would go."""
    known = stays.chosen(stays.asked <= at)
    got, ready, left = (np.where(column <= at, column, NEVER) for column in (known.got, known.ready, known.left))
    return Stays(
        patient=known.patient, phase=known.phase, group=known.group, municipality=known.municipality, pool=known.pool,
        asked=known.asked, got=got, ready=ready, left=left, to=np.where(known.told <= at, known.to, UNKNOWN),
        told=np.where(known.told <= at, known.told, NEVER), is_death=known.is_death & np.isfinite(left), until=at,
    )  # fmt: skip
