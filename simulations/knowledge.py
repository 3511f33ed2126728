"""What the pathway knows of simulated patients at each step: events, facts, phases and episodes, as whole arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pathway_engine.domain.events import FactValue
from simulations.chance import Floats
from simulations.model import FIRST, LAST, Ints, Model, Stamps, Tape
from simulations.scenario import Arrivals, Exit, Hazard, Readmission
from simulations.tape import READMITTED

Facts = Mapping[str, FactValue]


class Knowledge:
    """One replication's steps as the pathway sees them; arrays have one entry a step."""

    def __init__(self, model: Model, tape: Tape, stamps: Stamps) -> None:
        self.model, self.tape = model, tape
        self.phases = list(model.scenario.phases.values())
        names = [phase.stands_for for phase in self.phases]
        self.stands_for = np.array([names.index(name) for name in names])[tape.phase]
        self.is_end = (tape.flags & LAST > 0) | (tape.way == READMITTED)
        self.is_new = np.ones(tape.steps, dtype=bool)
        self.is_new[1:] = (
            (self.stands_for[1:] != self.stands_for[:-1]) | (tape.flags[1:] & FIRST > 0) | self.is_end[:-1]
        )
        rows = np.arange(tape.steps)
        last = np.where(self.is_end | np.append(tape.flags[1:] & FIRST > 0, True), rows, tape.steps)
        self.until_row = np.minimum.accumulate(last[::-1])[::-1] + 1  # the step after the episode's last
        self._causes: list[Arrivals | Readmission | Exit | Hazard | None] | None = None
        self._facts: tuple[Ints, Ints, list[Facts]] | None = None
        self.see(stamps)

    def see(self, stamps: Stamps) -> None:
        """Take other stamps of the same tape; who does what, and with which facts, does not hang on them."""
        self.stamps = stamps
        self.over = np.where(self.is_end, stamps.left, np.inf)[self.until_row - 1]
        self.phase_left = self.following(self.is_new)

    def following(self, chosen: NDArray[np.bool_]) -> Floats:
        """Return when the next of the chosen steps of the same episode begins, or the episode is over."""
        following = np.append(next_chosen(chosen)[1:], self.tape.steps)
        inside = following < self.until_row
        found: Floats = np.where(inside, self.stamps.got[np.minimum(following, self.tape.steps - 1)], self.over)
        return found

    def row_at(self, rows: Ints, at: Floats) -> Ints:
        """Return the step in which each patient is at a time that is not before the step given."""
        now = rows.copy()
        while True:
            moves = now + 1 < self.until_row[now]
            moves[moves] = self.stamps.got[now[moves] + 1] <= at[moves]
            if not moves.any():
                return now
            now[moves] += 1

    def entered(self, phase: str) -> Floats:
        """Return for each step when the patient last entered the pathway's phase, NaN when never in the episode."""
        names = np.array([each.stands_for == phase for each in self.phases])
        return self._latest(self.is_new & names[self.tape.phase])

    def happened(self, event: str) -> Floats:
        """Return for each step when the event last brought the patient somewhere, NaN when never in the episode."""
        brought = np.array([each is not None and each.event == event for each in self.causes()])
        return self._latest(brought)

    def _latest(self, chosen: NDArray[np.bool_]) -> Floats:
        rows = np.maximum.accumulate(np.where(chosen, np.arange(self.tape.steps), -1))
        is_mine = (rows >= 0) & (self.until_row[rows] == self.until_row)
        return np.where(is_mine, self.stamps.got[rows], np.nan)

    # -- facts -----------------------------------------------------------------------------------------

    def causes(self) -> list[Arrivals | Readmission | Exit | Hazard | None]:
        """Return what brought the patient into each step."""
        if self._causes is None:
            self._causes = self._brought()
        return self._causes

    def _brought(self) -> list[Arrivals | Readmission | Exit | Hazard | None]:
        tape, scenario = self.tape, self.model.scenario
        lines = {(each.into, each.group): each for each in reversed(scenario.arrivals)}
        found: list[Arrivals | Readmission | Exit | Hazard | None] = []
        for row in range(tape.steps):
            phase, before = int(tape.phase[row]), max(row - 1, 0)
            if tape.flags[row] & FIRST:
                found.append(lines.get((self.model.phases[phase], scenario.groups[tape.group[tape.patient[row]]])))
            elif tape.way[before] == READMITTED:
                found.append(scenario.readmission)
            else:
                found.append(self._way(before))
        return found

    def _way(self, row: int) -> Exit | Hazard:
        phase, code = self.phases[int(self.tape.phase[row])], int(self.tape.left_by[row])
        return phase.exits[code] if code >= 0 else phase.hazards[-1 - code]

    def facts(self) -> tuple[Ints, Ints, list[Facts]]:
        """Return for each step which of the returned sets of facts is known there, and which after its way out."""
        if self._facts is None:
            self._facts = self._gathered()
        return self._facts

    def _gathered(self) -> tuple[Ints, Ints, list[Facts]]:
        tape, scenario = self.tape, self.model.scenario
        sets: list[Facts] = [{}]
        known: dict[tuple[int, str, int], int] = {}
        numbers: dict[frozenset[tuple[str, str]], int] = {frozenset(): 0}

        def after(before: int, event: str, facts: Facts) -> int:
            key = before, event, id(facts)
            if key not in known:
                kept = {
                    name: value for name, value in sets[before].items() if name not in scenario.forgets.get(event, ())
                }
                kept.update(facts)
                content = frozenset((name, repr(value)) for name, value in kept.items())
                known[key] = numbers.setdefault(content, len(sets))
                if known[key] == len(sets):
                    sets.append(kept)
            return known[key]

        state, out = np.zeros(tape.steps, dtype=np.int64), np.zeros(tape.steps, dtype=np.int64)
        for row, cause in enumerate(self.causes()):
            is_first = bool(tape.flags[row] & FIRST)
            before = 0 if is_first else int(out[row - 1])
            state[row] = out[row] = after(before, cause.event, cause.facts) if cause and cause.event else before
            if self.is_end[row] and (way := self._way(row)).event:
                out[row] = after(int(state[row]), way.event, way.facts)
        return state, out, sets


def next_chosen(chosen: NDArray[np.bool_]) -> Ints:
    """Return for each row the first chosen one from it on; the number of rows when there is none."""
    rows = np.where(chosen, np.arange(len(chosen)), len(chosen))
    return np.minimum.accumulate(rows[::-1])[::-1]
