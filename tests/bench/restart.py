"""Part `restart`: killed under load with a large database, how soon does the program acknowledge again?"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.databases import Ground
from tests.bench.large_database import Large, Size
from tests.bench.report import Section, Table, median, ms, verdict
from tests.bench.sender import frames, sent
from tests.bench.server import STORED, TOGETHER, serving

TITLE = "From a start after `kill -9` to the first acknowledgement"
TARGET_SECONDS = 2.0
BEFORE_THE_KILL = 60
AT_ONCE = 2000
HOW = f"""\
`pathway serve {" ".join(TOGETHER[0])}` runs on the large database and is killed with SIGKILL while messages come in
and others wait to be applied. Then it is started again on the same database: the time counts from the start of
the process until a new message has been acknowledged, which is after it has been written to disk. It has the
disk's cache warm, as a restarted program has.

Target: {TARGET_SECONDS:.0f} s."""


def measured(ground: Ground, databases: Mapping[str, Large], size: Size, repeats: int) -> Section:
    """Kill and start in each database."""
    table = Table(("database", "log entries", "median ms", "longest ms", "listens after, ms", "target"))
    for kind, large in databases.items():
        messages = frames((BEFORE_THE_KILL + AT_ONCE) * repeats + 64, application=STORED)
        whole, listening = [], []
        for repeat in range(repeats):
            first = (BEFORE_THE_KILL + AT_ONCE) * repeat
            share = messages[first : first + BEFORE_THE_KILL + AT_ONCE]
            _killed(ground.folder, large.url, share)
            listens, acknowledged = _started_again(ground.folder, large.url, messages[-1 - repeat])
            listening.append(listens)
            whole.append(acknowledged)
        reached = max(whole) <= TARGET_SECONDS
        shown = (f"{size.entries:,}", ms(median(whole)), ms(max(whole)), ms(median(listening)), verdict(reached))
        table.rows.append((kind, *shown))
        print("  " + " ".join(f"{each:>10}" for each in table.rows[-1]), flush=True)
    return Section(TITLE, HOW, (table,), (f"{repeats} kills on each database.",))


def _killed(folder: Path, url: str, messages: list[bytes]) -> None:
    with serving(folder, url, TOGETHER) as service:
        port = service.port
        sent(port, messages[:BEFORE_THE_KILL])
        flood = threading.Thread(target=_flood, args=(port, messages[BEFORE_THE_KILL:]))
        flood.start()
        sent(port, messages[:BEFORE_THE_KILL])  # again, as senders do; answered while the flood comes in
        service.programs[0].end(signal.SIGKILL)
        flood.join()


def _flood(port: int, messages: list[bytes]) -> None:
    """Write everything at once and read no answer; the program dies meanwhile."""
    try:
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.sendall(b"".join(messages))
    except OSError:
        return


def _started_again(folder: Path, url: str, message: bytes) -> tuple[float, float]:
    begun = time.perf_counter()
    with serving(folder, url, TOGETHER) as service:
        listens = time.perf_counter() - begun
        sent(service.port, [message], connections=1)
        return listens, time.perf_counter() - begun
