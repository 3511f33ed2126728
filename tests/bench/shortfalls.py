"""What fell short of its target, gathered from the other sections of the page, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.bench import norwegian, pages, race, restart, simulation, wire, worklist
from tests.bench.report import NOT_REACHED, Section

TITLE = "What fell short"
HOW = "Each target of this page that was not reached, by part, and what stands in its way as far as it is known."
WHY: Mapping[str, str] = {
    race.TITLE: (
        "An act of a person is one commit in every way, and ours writes some three times the rows of the others: "
        "lists, wake-up, outbox, audit. Raw SQL that writes the same rows and decides nothing is the bound, and "
        "is itself below the wanted multiple of the others on PostgreSQL, and about at it on SQLite. The shares "
        "under each database show the rest spread over rules, storage and use cases, no one of which stands out."
    ),
    wire.TITLE: (
        "The listener, the worker, the sender and the database share two processors here, and each commit waits "
        "for the disk. As fast as it is answered the listener takes more than that: what misses are pauses of the "
        "machine, which a schedule charges to every message behind them. Compare with a run on a machine that "
        "does nothing else."
    ),
    worklist.TITLE: (
        "The database has its rows in the time that its plan shows, which is within the target; the rest is the "
        "bare driver, which makes Python's values of five hundred rows of forty columns."
    ),
    pages.TITLE: "The list is read, every line is written into the page, and the whole is compressed, in one process.",
    restart.TITLE: (
        "Nearly all of it is Python loading the program and its libraries: it listens a few milliseconds before "
        "the first acknowledgement, and asks the database nothing that grows with it."
    ),
    norwegian.TITLE: (
        "The bare way is a library in C. Of ours the parser alone takes half of all that the bare way takes, "
        "making records in Python a third of the whole, the rules a seventh, entries and identifiers as much, the "
        "receipt a twentieth. A longer message has more for the parser and hardly more for the rules."
    ),
    simulation.TITLE: (
        "Two worker processes on two processors slow each other down, which the loop by hand, timed alone, does "
        "not know: draws, the loop and figures are within the target one by one. Of a first result Python's own "
        "start and numpy's are a quarter, the loop in plain Python as much, the rest is loading the program."
    ),
}


def shortfalls(sections: Mapping[str, str]) -> Section:
    """The section that tells of all others, texts by title, which row or remark of them missed its target."""
    notes = []
    for title, text in sections.items():
        found = list(_missed(text))
        if found:
            notes.append(f"**{title}**: {'; '.join(found)}. {WHY.get(title, 'Why is not known yet.')}")
    return Section(TITLE, HOW, (), tuple(notes) or ("Nothing: every target was reached.",))


def _missed(text: str) -> Iterator[str]:
    head = [""]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")] if line.startswith("|") else []
        if not cells:
            head = [""]
            if line.startswith("- ") and NOT_REACHED in line:
                yield re.sub(rf":? *{re.escape(NOT_REACHED)}", "", line.removeprefix("- "))
        elif head == [""]:
            head = cells
        elif NOT_REACHED in cells:
            yield cells[0] if cells[0] in ("SQLite", "PostgreSQL") else f"{head[0]}: {cells[0]}"
