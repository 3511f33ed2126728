"""The page of the benchmarks: a section a part, each of which can be measured anew by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pathway_engine import clock
from tests.bench.report import Section
from tests.bench.shortfalls import shortfalls

INTRODUCTION = """\
# Benchmarks

Written by `make bench`; do not edit. The figures are those of one machine: compare the ratios, which are taken within
one run, and measure anew on your own. Nothing else should run meanwhile. Every commit waits for the disk. A target
that was missed is marked **not reached**. `python -m tests.bench --only PART --write` measures one part anew.
"""
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When a part was measured, and how many processes wanted a processor before it began, on average of a minute."""

    day: date
    load: float

    @classmethod
    def now(cls) -> Circumstances:
        """Those of this machine, at this moment."""
        return cls(clock.now().date(), os.getloadavg()[0])

    def told(self, section: Section) -> Section:
        """*section* with these as its last note."""
        busy = "" if self.load < (os.cpu_count() or 1) else f", on a busy machine (load {self.load:.1f} before)"
        return replace(section, notes=(*section.notes, f"Measured {self.day:%d.%m.%Y}{busy}."))


def page(sections: Mapping[str, str], titles: Sequence[str]) -> str:
    """The whole page: *sections* are texts by title, in the order of *titles*; a part never measured says so.

    At its end it says which targets were missed.
    """
    shown = {title: sections.get(title, _unmeasured(title)) for title in titles}
    return "\n".join([INTRODUCTION, *shown.values(), shortfalls(shown).markdown()])


def sections_of(text: str) -> dict[str, str]:
    """The sections of a page, by title."""
    starts = list(HEADING.finditer(text))
    ends = [*(each.start() for each in starts[1:]), len(text)]
    return {each[1]: text[each.start() : end].rstrip("\n") + "\n" for each, end in zip(starts, ends, strict=True)}


def keep(file: Path, section: Section, titles: Sequence[str]) -> None:
    """Put *section* in the place of the old one of its title; the file is whole at any time."""
    known = sections_of(file.read_text("utf-8")) if file.exists() else {}
    written = page(known | {section.title: section.markdown()}, titles)
    whole = file.with_suffix(".part")
    whole.write_text(written, "utf-8")
    whole.replace(file)


def _unmeasured(title: str) -> str:
    return Section(title, "", (), ("Run `make bench` for the figures.",)).markdown()
