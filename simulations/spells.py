"""Phases of a pathway, one after the other, as stays in a scenario's phases: what an event log can tell.

A log knows no queue from outside and no two phases of a scenario apart that stand for one phase of the pathway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from simulations.model import NOBODY, Model
from simulations.stays import UNKNOWN, Stays

Row = tuple[float, ...]
"""A stay in the order of the columns of `Stays`."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A patient is in the pathway's `phase` from day `begins` to day `ends`, infinite while it lasts.

    `to` is the pathway's next phase, empty outside; `is_death` says that the patient died of it.
    """

    phase: str
    begins: float
    ends: float
    to: str
    is_death: bool = False


class Standing:
    """Which phases of a scenario stand for which of its pathway."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.is_ready = [phase.is_ready for phase in model.scenario.phases.values()]
        self.numbers: dict[str, list[int]] = {}
        for number, phase in enumerate(model.scenario.phases.values()):
            self.numbers.setdefault(phase.stands_for or phase.name, []).append(number)

    def shared(self) -> dict[str, tuple[str, ...]]:
        """Return the pathway's phases that several of the scenario stand for, with their names."""
        names = self.model.phases
        return {key: tuple(names[each] for each in found) for key, found in self.numbers.items() if len(found) > 1}

    def number(self, phase: str, to: int) -> int:
        """Return the phase that stands for the pathway's; of several the first that leads where the patient went."""
        numbers, ways = self.numbers[phase], self.model.ways
        leads = [number for number in numbers if to in ways.to[number, : ways.count[number]]]
        return (leads or numbers)[0]

    def rows(self, patient: int, group: int, place: int, spells: Sequence[Spell]) -> Iterable[Row]:
        """Yield the stays of one episode, the last first; phases that the scenario has not are left out."""
        following = NOBODY
        for spell in reversed(spells):
            if spell.phase not in self.numbers:
                following = NOBODY
                continue
            to = UNKNOWN if np.isinf(spell.ends) else following
            number = self.number(spell.phase, to)
            ready = spell.begins if self.is_ready[number] else spell.ends
            pool = int(self.model.pool_of[number, place])
            yield (
                patient, number, group, place, pool, spell.begins, spell.begins, ready, spell.ends, to, spell.ends,
                spell.is_death,
            )  # fmt: skip
            following = number


def stays_from(rows: Iterable[Row], until: float) -> Stays:
    """Return rows as columns, patient by patient."""
    table = np.array(sorted(rows, key=lambda row: (row[0], row[5])), dtype=float).reshape(-1, 12)
    whole = [table[:, column].astype(np.int64) for column in (0, 1, 2, 3, 4, 9)]
    asked, got, ready, left = (table[:, column] for column in (5, 6, 7, 8))
    patient, phase, group, place, pool, to = whole
    return Stays(
        patient=patient, phase=phase, group=group, municipality=place, pool=pool, asked=asked, got=got, ready=ready,
        left=left, to=to, told=table[:, 10], is_death=table[:, 11].astype(bool), until=until,
    )  # fmt: skip
