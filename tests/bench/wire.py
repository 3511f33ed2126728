"""Part `mllp`: messages over the wire to the running program, which acknowledges and applies them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.bench.databases import Ground
from tests.bench.report import Section, Table, ms, percentile, rate, verdict
from tests.bench.sender import CONNECTIONS, Sent, frames, sent
from tests.bench.server import APPLIED, LISTENER, STORED, WORKER, Service, drained, serving, waiting

TITLE = "MLLP, messages a second over loopback"
STORED_A_SECOND, P99_SECONDS, APPLIED_A_SECOND = 700.0, 0.050, 200.0
KEPT_UP = 0.98
PATIENCE_SECONDS = 60.0
WARM_UP = 2 * CONNECTIONS
HOW = f"""\
`pathway serve mllp` and `pathway serve worker`, each a process of its own; a light sender with frames made
beforehand holds {CONNECTIONS} connections. The messages are whole stays (A01, A16, A03) of patients that nobody
knows yet, with synthetic identity numbers.

- **stored, as fast as answered**: the sender's directory entry says `acknowledge: stored`; each connection
  sends its next message when the last is answered. Only the listener runs.
- **stored, 700 a second**: messages have fixed instants, and the wait counts from the instant at which a
  message was to go out, so a pause of the program is charged to every message that it delayed.
- **applied from the inbox**: a worker starts and applies what the runs before have stored, reading included;
  it counts from its first message to its last.
- **stored while a worker applies**: the first again, with the worker beside it. *Applied/s* is how many had been
  applied for each second from the first message until nothing waited. On SQLite both need the one write lock,
  and whoever commits when a thousand pages have gathered copies them into the database.
- **applied, as fast as answered**: the listener applies by itself, and answers when the message has been read
  and has had its effect, and both are on disk.

Targets: {STORED_A_SECOND:.0f} stored acknowledgements a second with 99 of 100 within {ms(P99_SECONDS)} ms, and
{APPLIED_A_SECOND:.0f} messages applied a second, reading included."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages each run sends."""

    stored: int
    scheduled: int
    applied: int


@dataclass(frozen=True, slots=True)
class Run:
    """What one run showed: answers, or how quickly an inbox was emptied, or both."""

    messages: int
    answered: Sent | None
    applied_a_second: float | None
    cpu_seconds: float
    is_reached: bool | None


def measured(ground: Ground, kinds: Sequence[str], counts: Counts) -> Section:
    """Send to the program on each database."""
    tables = tuple(_measured_on(ground, kind, counts) for kind in kinds)
    return Section(TITLE, HOW, tables, ())


def _measured_on(ground: Ground, kind: str, counts: Counts) -> Table:
    table = Table((kind, "messages", "answered/s", "p50 ms", "p99 ms", "longest ms", "applied/s", "CPU ms", "target"))
    url = ground.fresh(kind)
    upgrade(url)
    store = Store(url)
    for name, run in _runs(ground, url, store, counts):
        _add(table, name, run)
    store.close()
    return table


def _runs(ground: Ground, url: str, store: Store, counts: Counts) -> Iterator[tuple[str, Run]]:
    total = WARM_UP + 2 * counts.stored + counts.scheduled
    every = iter(frames(total, application=STORED))
    with serving(ground.folder, url, LISTENER) as listener:
        sent(listener.port, list(islice(every, WARM_UP)))
        quick = _stored(listener, list(islice(every, counts.stored)), None)
        yield "stored, as fast as answered", quick
        yield "stored, 700 a second", _stored(listener, list(islice(every, counts.scheduled)), STORED_A_SECOND)
        stored = waiting(store)
        with serving(ground.folder, url, WORKER) as worker:
            yield "applied from the inbox", _emptied(worker, store, stored)
            both = Service((*listener.programs, *worker.programs), listener.port)
            yield "stored while a worker applies", _both(both, store, list(every))
        told = frames(counts.applied, first=total, application=APPLIED)
        yield "applied, as fast as answered", _stored(listener, told, None)


def _stored(service: Service, messages: list[bytes], a_second: float | None) -> Run:
    cpu_before = service.cpu_seconds()
    answered = sent(service.port, messages, a_second)
    return Run(len(messages), answered, None, service.cpu_seconds() - cpu_before, _in_time(answered, a_second))


def _in_time(answered: Sent, a_second: float | None) -> bool | None:
    """Whether the target of stored messages was reached, where messages were to go out at fixed instants."""
    if a_second is None:
        return None
    return percentile(answered.waits, 0.99) <= P99_SECONDS and answered.rate >= KEPT_UP * a_second


def _emptied(worker: Service, store: Store, stored: int) -> Run:
    """From the first message that the worker applied, since its start is measured elsewhere."""
    begun, cpu_before = time.perf_counter(), 0.0
    while (first := waiting(store)) == stored:
        begun, cpu_before = time.perf_counter(), worker.cpu_seconds()
        time.sleep(0.01)
    left, at = drained(store, PATIENCE_SECONDS)
    rate_ = (stored - left) / (at - begun)
    reached = rate_ >= APPLIED_A_SECOND if first else None
    return Run(stored - left, None, rate_, worker.cpu_seconds() - cpu_before, reached)


def _both(service: Service, store: Store, messages: list[bytes]) -> Run:
    cpu_before, begun = service.cpu_seconds(), time.perf_counter()
    answered = sent(service.port, messages)
    left, at = drained(store, PATIENCE_SECONDS)
    applied = (len(messages) - left) / (at - begun)
    return Run(len(messages), answered, applied, service.cpu_seconds() - cpu_before, None)


def _add(table: Table, name: str, run: Run) -> None:
    waits = [percentile(run.answered.waits, share) for share in (0.5, 0.99, 1.0)] if run.answered else []
    told = (rate(run.answered.rate), *map(ms, waits)) if run.answered else ("", "", "", "")
    applied = "" if run.applied_a_second is None else rate(run.applied_a_second)
    shown = (str(run.messages), *told, applied, f"{run.cpu_seconds / run.messages * 1e3:.2f}")
    table.rows.append((name, *shown, "" if run.is_reached is None else verdict(run.is_reached)))
    print(f"  {table.columns[0]:10} {name:30} {' '.join(f'{each:>8}' for each in shown)}", flush=True)
