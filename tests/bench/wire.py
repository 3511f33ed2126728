"""Part `mllp`: messages over the wire to the running program, which acknowledges and applies them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.bench.databases import Ground
from tests.bench.report import Section, Table, ms, percentile, rate, verdict
from tests.bench.sender import CONNECTIONS, Sent, frames, sent
from tests.bench.server import APART, APPLIED, STORED, Service, drained, serving

TITLE = "MLLP, messages a second over loopback"
STORED_A_SECOND, P99_SECONDS, APPLIED_A_SECOND = 700.0, 0.050, 200.0
KEPT_UP = 0.98
PATIENCE_SECONDS = 40.0
WARM_UP = 2 * CONNECTIONS
HOW = f"""\
`pathway serve mllp` and `pathway serve worker` run, each a process of its own; a light sender with frames made
beforehand holds {CONNECTIONS} connections. The messages are whole stays (A01, A16, A03) of patients that nobody
knows yet, with synthetic identity numbers.

- **stored, as fast as answered**: the sender's directory entry says `acknowledge: stored`; each connection
  sends its next message when the last is answered. The program applies what it has stored at the same time.
  *Applied/s* is how many it had applied for each second from the first message until nothing waited.
- **stored, 700 a second**: messages have fixed instants, and the wait counts from the instant at which a
  message was to go out, so a pause of the program is charged to every message that it delayed.
- **applied, as fast as answered**: the answer comes after the message has been read and has had its effect, and
  both are on disk.

Targets: {STORED_A_SECOND:.0f} stored acknowledgements a second with 99 of 100 within {ms(P99_SECONDS)} ms, and
{APPLIED_A_SECOND:.0f} messages applied a second, reading included."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages each run sends."""

    stored: int
    scheduled: int
    applied: int


def measured(ground: Ground, kinds: Sequence[str], counts: Counts) -> Section:
    """Send to the program on each database."""
    tables = tuple(_measured_on(ground, kind, counts) for kind in kinds)
    return Section(TITLE, HOW, tables, ())


def _measured_on(ground: Ground, kind: str, counts: Counts) -> Table:
    table = Table((kind, "messages", "answered/s", "p50 ms", "p99 ms", "longest ms", "applied/s", "CPU ms", "target"))
    url = ground.fresh(kind)
    upgrade(url)
    store = Store(url)
    total = WARM_UP + counts.stored + counts.scheduled
    stored, applied = frames(total, application=STORED), frames(counts.applied, first=total, application=APPLIED)
    with serving(ground.folder, url, APART) as service:
        sent(service.port, stored[:WARM_UP])
        drained(store, PATIENCE_SECONDS)
        burst, rest = stored[WARM_UP : WARM_UP + counts.stored], stored[WARM_UP + counts.stored :]
        _add(table, "stored, as fast as answered", service, store, burst, None)
        _add(table, "stored, 700 a second", service, store, rest, STORED_A_SECOND)
        _add(table, "applied, as fast as answered", service, store, applied, None)
    store.close()
    return table


def _add(
    table: Table, name: str, service: Service, store: Store, messages: list[bytes], a_second: float | None
) -> None:
    cpu_before, begun = service.cpu_seconds(), time.perf_counter()
    answered = sent(service.port, messages, a_second)
    left, at = drained(store, PATIENCE_SECONDS)
    applied = (len(messages) - left) / (at - begun)
    cpu = (service.cpu_seconds() - cpu_before) / len(messages)
    waits = [percentile(answered.waits, share) for share in (0.5, 0.99, 1.0)]
    reached = _reached(name, answered, applied)
    shown = (str(len(messages)), rate(answered.rate), *map(ms, waits), rate(applied), f"{cpu * 1e3:.2f}")
    table.rows.append((name, *shown, verdict(reached)))
    print(f"  {table.columns[0]:10} {name:28} {' '.join(f'{each:>8}' for each in shown)}", flush=True)


def _reached(name: str, answered: Sent, applied: float) -> bool:
    """Whether the run's own target was reached: applied a second, or answers a second in time."""
    if name.startswith("applied"):
        return answered.rate >= APPLIED_A_SECOND
    in_time = percentile(answered.waits, 0.99) <= P99_SECONDS
    return in_time and answered.rate >= KEPT_UP * STORED_A_SECOND and applied >= APPLIED_A_SECOND
