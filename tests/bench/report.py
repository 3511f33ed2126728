"""What was measured, as tables: printed while it is measured, and written to docs/benchmarks.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

NOT_REACHED = "**not reached**"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and rows of text under them."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def markdown(self) -> str:
        """The table with its first column to the left and the others to the right."""
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        return "\n".join(f"| {' | '.join(row)} |" for row in (self.columns, rule, *self.rows))


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the measurements: what it is about, how it was measured, and what came out."""

    title: str
    how: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """The section as a part of a page."""
        notes = "\n".join(f"- {note}" for note in self.notes)
        parts = [f"## {self.title}", self.how, *(table.markdown() for table in self.tables), notes]
        return "\n\n".join(part for part in parts if part) + "\n"


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least *share* (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def rate(value: float) -> str:
    """A number of things a second."""
    return f"{value:,.0f}"


def spread(values: Sequence[float], shown: str = ",.0f") -> str:
    """The median, and from where to where the values went."""
    return f"{median(values):{shown}} ({min(values):{shown}} to {max(values):{shown}})"


def ms(seconds: float) -> str:
    """Seconds, shown in milliseconds."""
    return f"{seconds * 1e3:,.2f}" if seconds < 0.0995 else f"{seconds * 1e3:,.0f}"


def verdict(reached: bool) -> str:
    """Whether a target was reached, in words."""
    return "reached" if reached else NOT_REACHED
