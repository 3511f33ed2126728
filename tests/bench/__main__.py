"""Measure the main road in one run and print CPU time and ratios; medians of repeats."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.hl7v2.reading import SenderSettings, read
from pathway_engine.domain.episode import Episode
from pathway_engine.domain.events import Entry, Happened
from pathway_engine.domain.extending import extended
from pathway_engine.domain.timeline import fold
from pathway_engine.service.receiving import Incoming, apply_waiting, store
from tests.properties.histories import history
from tests.properties.test_convergence import hph
from tests.service.community import START, Community

REPEATS = 5
SAMPLE = Path(__file__).parents[2] / "samples" / "adt" / "06-A03-discharged.hl7"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: how often, and the median of CPU and wall seconds for one of it."""

    name: str
    cpu: float
    wall: float

    def line(self) -> str:
        return f"{self.name:58} {self.cpu * 1e3:9.3f} ms CPU {self.wall * 1e3:9.3f} ms wall"


def measured(name: str, times: int, work: Callable[[], object]) -> Figure:
    """Run *work* `times` times, `REPEATS` over; return the medians for one run."""
    cpu, wall = [], []
    for _ in range(REPEATS):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        for _ in range(times):
            work()
        cpu.append((time.process_time() - cpu_before) / times)
        wall.append((time.perf_counter() - wall_before) / times)
    return Figure(name, statistics.median(cpu), statistics.median(wall))


def folding() -> tuple[Figure, Figure]:
    """A fall of a patient some weeks at home: going on from the state, or folding the whole log anew."""
    entries, episodes = _longest_running()
    rules, now = [hph()] * len(episodes), max(entry.recorded_at for entry in entries) + timedelta(days=5)
    fall = Happened(id="f", name="fall_reported", cause="fall/f", occurred_at=now, recorded_at=now)
    assert extended(rules, episodes, [fall], now) is not None
    short = measured("a fall, from the stored state", 50, lambda: extended(rules, episodes, [fall], now))
    log = [*entries, fall]
    anew = measured(f"the same, folding {len(log)} entries anew", 20, lambda: fold(lambda _: hph(), log, now))
    return short, anew


def _longest_running() -> tuple[list[Entry], tuple[Episode, ...]]:
    """The random history with most entries whose patient is still in the pathway."""
    found = []
    for seed in range(200):
        entries = history(seed)
        until = max(entry.recorded_at for entry in entries) + timedelta(days=4)
        episodes = fold(lambda ordinal: hph(), entries, until).episodes
        if episodes and episodes[-1].finished_at is None and episodes[-1].phase == "at_home":
            found.append((len(entries), seed, entries, episodes))
    return max(found, key=lambda each: each[:2])[2:]


def reading() -> Figure:
    """One ADT message from bytes to log entries."""
    raw = SAMPLE.read_bytes()
    return measured("read an ADT A03", 50, lambda: read(raw, SenderSettings()))


def storing(community: Community) -> tuple[Figure, Figure]:
    """A hundred messages into the inbox: one commit each, and one commit for all."""
    number = iter(range(1_000_000))

    def message() -> Incoming:
        return Incoming(f'{{"id": "B{next(number)}", "patient": "9", "entries": []}}'.encode(), "plain", "bench")

    context = community.engine.context
    each = measured("store a message, one commit each", 50, lambda: store(context, [message()], START))
    batch = measured(
        "store 100 messages in one commit", 5, lambda: store(context, [message() for _ in range(100)], START)
    )
    return each, Figure("store a message, 100 in one commit", batch.cpu / 100, batch.wall / 100)


def applying(community: Community) -> Figure:
    """A patient comes home in three messages: everything committed, with tasks, wake-up and audit."""
    patients = iter(range(1_000_000))

    def stay() -> None:
        number = next(patients)
        for name in ("admitted", "discharge_ready", "discharged"):
            entry = {
                "id": f"{name}{number}", "name": name, "cause": f"{name}/S{number}", "at": START.isoformat(),
                "recorded": START.isoformat(), "stay": f"S{number}", "facts": {"destination": "home"},
            }  # fmt: skip
            community.send(patient=f"P{number}", district="01", stay=f"S{number}", entries=[entry])

    whole = measured("apply a stay of three messages", 15, stay)
    return Figure("receive and apply a message (state, tasks, audit)", whole.cpu / 3, whole.wall / 3)


def listing(community: Community) -> Figure:
    """The nurse's list, whatever it holds by now."""
    kari = community.who("kari")
    lines = len(community.engine.worklist(kari, START))
    return measured(f"a worklist of {lines} lines", 5, lambda: community.engine.worklist(kari, START))


def main() -> None:
    """Print every figure and the ratios that are claimed."""
    with tempfile.TemporaryDirectory() as folder:
        community = Community(f"sqlite:///{folder}/bench.sqlite")
        short, anew = folding()
        parse = reading()
        applied = applying(community)
        listed = listing(community)
        each, batched = storing(community)
        while apply_waiting(community.engine.context, START, 1000):
            pass
        community.close()
    for figure in (short, anew, parse, each, batched, applied, listed):
        print(figure.line())
    print()
    print(f"short way against folding anew          {anew.cpu / short.cpu:6.1f} times less CPU")
    print(f"group commit against one commit each    {each.wall / batched.wall:6.1f} times as many a second")
    print(
        f"messages applied a second, one process  {1 / (applied.wall + parse.wall):6.0f} with the parse (SQLite, FULL)"
    )


if __name__ == "__main__":
    main()
