"""Many relays at once on one database: in threads of this program, or in programs that are killed."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pathway_engine.service.outward import Patience
from tests.outbox.house import UNSETTLED, House, engine_with
from tests.outbox.receiver import Receiver, SocketReceiver, SocketTransport
from tests.service.community import Community

REPOSITORY = Path(__file__).parents[2]
MOODS = ("ok", "ok", "ok", "ok", "ok", "ok", "slow", "half-close", "hang up", "busy")
QUICK = Patience(waits=(timedelta(milliseconds=50),) * 200, lease=timedelta(seconds=2))


@dataclass(frozen=True)
class Figures:
    """What a run did: messages decided, arrivals, resent ones, kills, and what broke the promise."""

    decided: int
    arrived: int
    resent: int
    kills: int
    seconds: float
    violations: tuple[str, ...]

    def line(self, name: str) -> str:
        return (
            f"{name:34} {self.decided:7} messages {self.arrived:7} arrivals {self.resent:6} resent "
            f"{self.kills:4} kills "
            f"{self.seconds:8.1f} s {len(self.violations):3} violations"
        )


def decide_all(house: House, messages: int, patients: int, seed: int) -> None:
    """Let transitions of random patients decide so many messages; every tenth transition is rolled back."""
    lot = random.Random(seed)
    while sum(map(len, house.decided.values())) < messages:
        patient = f"P{lot.randrange(patients):05}"
        if lot.random() < 0.1 and patient in house.decided:
            house.would_decide(patient)
        house.decides(patient, lot.choice((1, 1, 1, 2, 3)))


def are_settled(house: House) -> bool:
    counts = house.counts()
    return not any(counts.get(status) for status in UNSETTLED)


def judged(house: House, receiver: Receiver, began: float, kills: int = 0) -> Figures:
    """Hold what arrived against what was decided; a message may be given up, but then a notice says so."""
    rows = house.rows()
    dead = [key for key, row in rows.items() if row.status in ("dead", "timed_out")]
    with house.engine.context.store.reading() as records:
        open_notices, _ = records.notice_counts()
    wrong = receiver.violations(house.decided, dead)
    if open_notices != len(dead):
        wrong.append(f"{len(dead)} dead and {open_notices} notices")
    decided = sum(map(len, house.decided.values()))
    return Figures(decided, len(receiver.arrived), receiver.resent, kills, time.monotonic() - began, tuple(wrong))


def with_threads(url: str, relays: int, messages: int, patients: int, seed: int) -> Figures:
    """Several relays in threads, each with connections of its own, while transitions still decide messages."""
    house, receiver, began = House(url, patience=QUICK), Receiver(), time.monotonic()
    with SocketReceiver(receiver, MOODS, seed) as server, ExitStack() as stack:
        stop = threading.Event()
        communities = [Community(url, pathways=()) for _ in range(relays)]
        for community in communities:
            stack.callback(community.close)
        threads = [
            threading.Thread(target=_relay, args=(house, community, server.port, stop)) for community in communities
        ]
        for thread in threads:
            thread.start()
        decide_all(house, messages, patients, seed)
        _waits(house)
        stop.set()
        for thread in threads:
            thread.join()
        figures = judged(house, receiver, began)
    house.close()
    return figures


def _relay(house: House, community: Community, port: int, stop: threading.Event) -> None:
    from pathway_engine import clock

    engine = engine_with(community, SocketTransport(port), QUICK)
    while not stop.is_set():
        if not engine.send_next(clock.now):
            stop.wait(0.01)


def _waits(house: House) -> None:
    """Until everything is settled; a hang is the test's time limit."""
    while not are_settled(house):
        time.sleep(0.05)


def with_kills(url: str, relays: int, messages: int, patients: int, kills: int, seed: int) -> Figures:
    """Several relays as programs of their own, killed without warning again and again, with work at every kill."""
    house, receiver, began = House(url, patience=QUICK), Receiver(), time.monotonic()
    lot, running, killed = random.Random(seed), list[subprocess.Popen[str]](), 0
    with SocketReceiver(receiver, MOODS, seed) as server:
        try:
            while killed < kills or not are_settled(house):
                while len(running) < relays:
                    running.append(_started(url, server.port))
                if killed < kills:
                    decide_all(house, messages * (killed + 1) // kills, patients, lot.randrange(10**9))
                time.sleep(lot.uniform(0.02, 0.3))
                if killed < kills:
                    _end([running.pop(lot.randrange(relays))])
                    killed += 1
            figures = judged(house, receiver, began, killed)
        finally:
            _end(running)
    house.close()
    return figures


def _started(url: str, port: int) -> subprocess.Popen[str]:
    """A relay as a program, from the instant at which it begins to send."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.child", url, str(port)], cwd=REPOSITORY, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "sending\n"
    return child


def _end(running: Sequence[subprocess.Popen[str]]) -> None:
    for child in running:
        child.kill()
    for child in running:
        child.communicate()
