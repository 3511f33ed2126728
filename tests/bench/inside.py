"""Part `inside`: what single steps inside the program cost, and what two of its shortcuts save."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from adapters.hl7v2.reading import SenderSettings, read
from pathway_engine.domain.episode import Episode
from pathway_engine.domain.events import Entry, Happened
from pathway_engine.domain.extending import extended
from pathway_engine.domain.timeline import fold
from pathway_engine.service.receiving import Incoming, store
from tests.bench.databases import Ground
from tests.bench.report import Section, Table, median
from tests.properties.histories import history
from tests.properties.test_convergence import hph
from tests.service.community import START, Community

TITLE = "Single steps inside the program"
HISTORIES = 60
SAMPLE = Path(__file__).parents[2] / "samples" / "adt" / "06-A03-discharged.hl7"
HOW = """\
Each step is repeated within one process; the figures are the medians of the repeats, for one step.

- **a fall, from the stored state**: the rules alone, for the random history with the most entries whose patient
  is at home; **folding anew** reads that patient's whole log from its beginning, as after a message that came
  late.
- **read an ADT A03**: bytes to log entries, with hl7apy.
- **store a message**: the raw bytes into the inbox; a hundred that arrive together share one commit."""


@dataclass(frozen=True, slots=True)
class Step:
    """The median of CPU and wall seconds for one step."""

    name: str
    cpu: float
    wall: float

    def row(self) -> tuple[str, ...]:
        """As a line of a table."""
        return self.name, f"{self.cpu * 1e3:.3f}", f"{self.wall * 1e3:.3f}"


def measured(ground: Ground, kinds: Sequence[str], repeats: int) -> Section:
    """Measure the steps."""
    short, anew = _folding(repeats)
    steps, storing = [short, anew, _reading(repeats)], []
    for kind in kinds:
        each, together = _storing(ground, kind, repeats)
        steps += [each, together]
        storing.append(f"group commit, {kind}: {each.wall / together.wall:.1f} times as many messages a second")
    table = Table(("step", "CPU ms", "wall ms"), [step.row() for step in steps])
    notes = (f"short way against folding anew: {anew.cpu / short.cpu:.1f} times less CPU", *storing)
    for line in (*(" ".join(f"{each:>9}" for each in reversed(row)) for row in table.rows), *notes):
        print(f"  {line}", flush=True)
    return Section(TITLE, HOW, (table,), notes)


def _step(name: str, repeats: int, times: int, work: Callable[[], object], each: int = 1) -> Step:
    """Run *work*, which does *each* steps, `times` times, *repeats* over."""
    cpu, wall = [], []
    for _ in range(repeats):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        for _ in range(times):
            work()
        cpu.append((time.process_time() - cpu_before) / times / each)
        wall.append((time.perf_counter() - wall_before) / times / each)
    return Step(name, median(cpu), median(wall))


def _folding(repeats: int) -> tuple[Step, Step]:
    entries, episodes = _longest_running()
    rules, now = [hph()] * len(episodes), max(entry.recorded_at for entry in entries) + timedelta(days=5)
    fall = Happened(id="f", name="fall_reported", cause="fall/f", occurred_at=now, recorded_at=now)
    assert extended(rules, episodes, [fall], now) is not None
    short = _step("a fall, from the stored state", repeats, 50, lambda: extended(rules, episodes, [fall], now))
    log = [*entries, fall]
    anew = _step(f"a fall, folding {len(log)} entries anew", repeats, 20, lambda: fold(lambda _: hph(), log, now))
    return short, anew


def _longest_running() -> tuple[list[Entry], tuple[Episode, ...]]:
    """The random history with most entries whose patient is still in the pathway."""
    found = []
    for seed in range(HISTORIES):
        entries = history(seed)
        until = max(entry.recorded_at for entry in entries) + timedelta(days=4)
        episodes = fold(lambda ordinal: hph(), entries, until).episodes
        if episodes and episodes[-1].finished_at is None and episodes[-1].phase == "at_home":
            found.append((len(entries), seed, entries, episodes))
    return max(found, key=lambda each: each[:2])[2:]


def _reading(repeats: int) -> Step:
    raw = SAMPLE.read_bytes()
    return _step("read an ADT A03", repeats, 50, lambda: read(raw, SenderSettings()))


def _storing(ground: Ground, kind: str, repeats: int) -> tuple[Step, Step]:
    community, number = Community(ground.fresh(kind)), iter(range(1_000_000))

    def stored(count: int) -> None:
        batch = [f'{{"id": "B{next(number)}", "patient": "9", "entries": []}}'.encode() for _ in range(count)]
        store(community.engine.context, [Incoming(raw, "plain", "bench") for raw in batch], START)

    each = _step(f"store a message, one commit each, {kind}", repeats, 50, partial(stored, 1))
    together = _step(f"store a message, 100 in one commit, {kind}", repeats, 5, partial(stored, 100), each=100)
    community.close()
    return each, together
