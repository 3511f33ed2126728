"""A program that does the job in one way, in a process of its own: a line in, a line of figures out.

python -m tests.bench.job.worker CONTENDER URL

Each line read is `first count`, the patients to do the job for; each line written is the seconds that it
took by the clock and on the processor, for each operation of the job.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from contextlib import nullcontext

from pathway_engine.serving.collecting import collecting_rarely
from tests.bench.job.steps import Contender


def contender(name: str, url: str) -> Contender:
    """Return the contender of that name over the empty database at *url*."""
    if name.startswith("ours"):
        from tests.bench.job.ours import Ours

        return Ours(url, batched=name == "ours-batched")
    if name.startswith("raw"):
        from tests.bench.job.raw import Raw

        return Raw(url, name.removeprefix("raw-"))
    if name == "textbook":
        from tests.bench.job.textbook import Textbook

        return Textbook(url)
    from tests.bench.job.spiff import Spiff

    return Spiff(url)


def measured(way: Contender, patients: range) -> dict[str, list[float]]:
    """Do the job for *patients* and return the seconds of each operation, for all patients together."""
    wall, cpu = [], []
    for work in way.rounds(patients):
        gc.collect()
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        work()
        wall.append(time.perf_counter() - wall_before)
        cpu.append(time.process_time() - cpu_before)
    return {"wall": wall, "cpu": cpu}


def main() -> None:
    """Prepare, say `ready`, and answer line by line until there are no more."""
    name, url = sys.argv[1:]
    way = contender(name, url)
    print("ready", flush=True)
    with collecting_rarely() if name.startswith("ours") else nullcontext():  # as the program serves
        for line in sys.stdin:
            first, count = (int(word) for word in line.split())
            print(json.dumps(measured(way, range(first, first + count))), flush=True)


if __name__ == "__main__":
    main()
