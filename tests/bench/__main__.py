"""Measure on this machine and write docs/benchmarks.md.

python -m tests.bench                   everything, the better part of an hour; each part is written once it is measured
python -m tests.bench --only hph,mllp   some parts; the page is printed, not written, unless --write is said
python -m tests.bench --on SQLite       on one database; the page is printed, not written
python -m tests.bench --quick           hardly anything: to see that it runs; the figures mean nothing
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import answers, fhir, inside, machine, norwegian, pages, race, restart, simulation, wire, worklist
from tests.bench.databases import KINDS, Ground, ground
from tests.bench.large_database import Large, Size, made
from tests.bench.page import Circumstances, keep, page
from tests.bench.report import Section
from tests.bench.spiff_environment import python_with_spiff
from tests.bench.wire import Counts

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
TITLES: Mapping[str, str] = {
    "hph": race.TITLE, "mllp": wire.TITLE, "worklist": worklist.TITLE, "pages": pages.TITLE, "restart": restart.TITLE,
    "inside": inside.TITLE, "norwegian": norwegian.TITLE, "fhir": fhir.TITLE, "simulation": simulation.TITLE,
    "answers": answers.TITLE,
}  # fmt: skip
HEADINGS = (machine.TITLE, *TITLES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured."""

    repeats: int
    patients: int
    counts: Counts
    size: Size
    kills: int


FULL = Extent(
    repeats=5, patients=40, counts=Counts(stored=3000, scheduled=2800, applied=1000),
    size=Size(tasks=1_000_000, entries=1_000_000), kills=3,
)  # fmt: skip
QUICK = Extent(
    repeats=1, patients=1, counts=Counts(stored=32, scheduled=32, applied=16), size=Size(tasks=4000, entries=4000),
    kills=1,
)  # fmt: skip


@dataclass(slots=True)
class Bench:
    """One run: where the databases lie, how much is measured, and the large databases once they are made."""

    ground: Ground
    kinds: Sequence[str]
    extent: Extent
    large: dict[str, Large] = field(default_factory=dict)

    def section(self, part: str) -> Section:
        """Measure a part."""
        extent = self.extent
        parts: Mapping[str, Callable[[], Section]] = {
            "hph": self._race,
            "mllp": lambda: wire.measured(self.ground, self.kinds, extent.counts),
            "worklist": lambda: worklist.measured(self.large_databases(), extent.size),
            "pages": lambda: pages.measured(self.large_databases(), extent.size),
            "restart": lambda: restart.measured(self.ground, self.large_databases(), extent.size, extent.kills),
            "inside": lambda: inside.measured(self.ground, self.kinds, extent.repeats),
            "norwegian": lambda: norwegian.measured(extent.repeats),
            "fhir": lambda: fhir.measured(self.ground, self.kinds, extent.repeats, is_quick=extent.repeats == 1),
            "simulation": lambda: simulation.measured(extent.repeats, is_quick=extent.repeats == 1),
            "answers": lambda: answers.measured(extent.repeats, is_quick=extent.repeats == 1),
        }
        return parts[part]()

    def _race(self) -> Section:
        spiff = python_with_spiff(install=self.extent is FULL)
        return race.measured(self.ground, self.kinds, self.extent.repeats, self.extent.patients, spiff)

    def large_databases(self) -> Mapping[str, Large]:
        """Both large databases, made when they are first wanted."""
        for kind in self.kinds:
            if kind not in self.large:
                self.large[kind] = made(self.ground, kind, self.extent.size)
                print(f"  {kind}: a large database made in {self.large[kind].seconds:.0f} s", flush=True)
        return self.large


def main() -> None:
    """Measure the parts that are asked for."""
    options = _options()
    chosen = [part for part in TITLES if part in options.only.split(",")] if options.only else list(TITLES)
    written = options.write or not (options.quick or options.only or options.on)
    with ground(options.folder) as place:
        done = {machine.TITLE: machine.described(place, " --quick" * options.quick)}
        bench = Bench(place, [options.on] if options.on else KINDS, QUICK if options.quick else FULL)
        for part in chosen:
            print(f"{part}: {TITLES[part]}", flush=True)
            circumstances = Circumstances.now()
            done[TITLES[part]] = circumstances.told(bench.section(part))
            if written:
                for title in (machine.TITLE, TITLES[part]):
                    keep(PAGE, done[title], HEADINGS)
    if not written:
        print(f"\n{page({title: section.markdown() for title, section in done.items()}, list(done))}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure on this machine.")
    parser.add_argument("--only", default="", help=f"some of {','.join(TITLES)}")
    parser.add_argument("--on", choices=KINDS, help="one database instead of both")
    parser.add_argument(
        "--write", action="store_true", help="put these parts' figures into the page, in place of the old"
    )
    parser.add_argument("--quick", action="store_true", help="hardly measure: only see that everything runs")
    parser.add_argument("--folder", type=Path, help="where the databases lie meanwhile, on the disk to measure")
    options = parser.parse_args()
    if options.write and (options.quick or options.on):
        parser.error("--write is for full figures of both databases: without --quick and --on")
    unknown = set(filter(None, options.only.split(","))) - set(TITLES)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(TITLES)}")
    return options


if __name__ == "__main__":
    main()
