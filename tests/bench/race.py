"""Part `hph`: the same job done in several ways in turn, each in a process of its own, on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.databases import POSTGRESQL, Ground
from tests.bench.job.steps import OPERATIONS
from tests.bench.report import Section, Table, median, rate, spread, verdict
from tests.bench.shares import shares
from tests.bench.spiff_environment import REPOSITORY, python_path

TITLE = "The HPH job, durable operations a second for each process"
CONTENDERS: Mapping[str, str] = {
    "ours-single": "ours, each message stored and applied by itself",
    "ours-batched": "ours, messages stored and applied as they gather",
    "raw-each": "raw SQL, one operation a commit",
    "raw-pipeline": "raw SQL, one operation a commit, in one pipeline",
    "raw-many": "raw SQL, 100 operations a commit",
    "spiff": "SpiffWorkflow, one operation a commit",
    "textbook": "SQLModel and a new `transitions` machine, one operation a commit",
}
OURS = ("ours-single", "ours-batched")
WARM_UP = 3
HOW = """\
Eight operations for each patient, from `tests/bench/job/steps.py`: admitted (message), HPH6 completed (person),
discharge-ready (message), ANSWER completed (person), discharged home (message), HPH2 completed (person), fall
reported (message), GP report received (message). All patients take the first operation, then all the second,
and so on. Each way runs in a process of its own; the ways take turns, repeat by repeat, and a ratio is the
median of the ratios within each repeat.

- **ours**: the service of this program. A message is stored (one commit) and applied (one commit: state, tasks,
  lists, wake-up, outbox, audit). A person's act is one commit, in which
  the task is also read again for whoever acted. *As they gather*: up to 100 messages are stored in one commit,
  and `apply_waiting` applies what waits; people's acts stay one by one.
- **raw SQL**: the rows that ours leaves behind in all tables, of the same number and size, as prepared
  constants through `sqlite3` or `psycopg`. It reads nothing and decides nothing: no program can be faster with
  these rows.
- **SpiffWorkflow**: a BPMN process; its JSON in a row and a row of history, by the bare driver. The
  specification is kept outside the JSON, its best variant. No inbox, outbox, audit, task rows, lists by unit or
  clock.
- **SQLModel and transitions**: a session, and a machine built for each case that is loaded, with three tables
  of its own: case, task, history. No inbox, outbox, audit, lists by unit or clock.

Columns: *operations/s* is the median of the repeats, with the lowest and the highest; *CPU* is processor time
for each operation in the process itself, and in the database server; *ours ÷ this* is how many times as many
operations a second ours does: one by one, and as they gather. Below 1 the other is faster.

Targets: 0.40 of raw SQL on SQLite and 0.75 on PostgreSQL, 2.5 times SpiffWorkflow, 4 times the textbook way. The
last table under each database is the job once more under Python's profiler, by whose code was running; its own
cost makes Python's share larger than it is. A person's act waits for the disk once, as every way does, and that wait
with the rows that it writes bounds how far ahead of the others it can be: compare raw SQL with them."""


@dataclass(slots=True)
class Runner:
    """A contender's process on one database, and what each repeat took."""

    name: str
    process: subprocess.Popen[str]
    server_cpu: Callable[[], float]
    patients: int = 1
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)

    def turn(self, patients: int) -> None:
        """Do the job for that many new patients."""
        assert self.process.stdin is not None
        server_before = self.server_cpu()
        self.process.stdin.write(f"{self.patients} {patients}\n")
        self.process.stdin.flush()
        taken = json.loads(self.line())
        operations = patients * OPERATIONS
        self.patients += patients
        self.rates.append(operations / sum(taken["wall"]))
        self.cpu.append(sum(taken["cpu"]) / operations)
        self.server.append((self.server_cpu() - server_before) / operations)

    def line(self) -> str:
        """What the process says next; a process that ended has said on stderr why."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"{self.name} ended"
        return line

    def forget(self) -> None:
        """Leave out what was measured so far."""
        for values in (self.rates, self.cpu, self.server):
            values.clear()


def measured(ground: Ground, kinds: Sequence[str], repeats: int, patients: int, spiff: Path | None) -> Section:
    """Let the ways take turns on each database."""
    notes = [] if spiff else ["SpiffWorkflow is not installed from `tests/bench/requirements.lock`: not measured."]
    tables = []
    for kind in kinds:
        with _runners(ground, kind, spiff) as runners:
            _take_turns(runners, repeats, patients)
            tables.append(_table(kind, runners))
            notes += _verdicts(kind, runners)
        tables.append(shares(kind, ground.fresh(kind), patients))
    notes.append(f"{repeats} repeats of {patients} patients, after {WARM_UP} patients that do not count.")
    return Section(TITLE, HOW, tuple(tables), tuple(notes))


@contextmanager
def _runners(ground: Ground, kind: str, spiff: Path | None) -> Iterator[dict[str, Runner]]:
    with ExitStack() as stack:
        runners = {}
        for name in CONTENDERS:
            if (name == "spiff" and spiff is None) or (name == "raw-pipeline" and kind != POSTGRESQL):
                continue
            python = spiff if name == "spiff" and spiff else Path(sys.executable)
            process = stack.enter_context(_process(python, name, ground.fresh(kind)))
            runners[name] = Runner(name, process, lambda: ground.server_cpu(kind))
        for runner in runners.values():
            assert runner.line() == "ready\n"
        yield runners


@contextmanager
def _process(python: Path, name: str, url: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [str(python), "-m", "tests.bench.job.worker", name, url], cwd=REPOSITORY, env=python_path(python), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _take_turns(runners: Mapping[str, Runner], repeats: int, patients: int) -> None:
    for runner in runners.values():
        runner.turn(WARM_UP)
        runner.forget()
    order = list(runners.values())
    for _ in range(repeats):
        for runner in order:
            runner.turn(patients)
        order = order[1:] + order[:1]  # nobody always comes after the same one


def _table(kind: str, runners: Mapping[str, Runner]) -> Table:
    table = Table((kind, "operations/s", "CPU ms, own", "CPU ms, server", "ours ÷ this", "ours gathered ÷ this"))
    for name, runner in runners.items():
        ratios = (f"{_ratio(runners[ours], runner):.2f}" for ours in OURS)
        cpu, server = (f"{median(values) * 1e3:.2f}" for values in (runner.cpu, runner.server))
        table.rows.append((CONTENDERS[name], spread(runner.rates), cpu, server, *ratios))
        print(f"  {kind:10} {name:13} {rate(median(runner.rates)):>7}/s {cpu} ms CPU, server {server}", flush=True)
    return table


def _verdicts(kind: str, runners: Mapping[str, Runner]) -> Iterator[str]:
    wanted = {"raw-each": 0.75 if kind == POSTGRESQL else 0.40, "spiff": 2.5, "textbook": 4.0}
    for name, least in wanted.items():
        if name in runners:
            ratio = _ratio(runners["ours-batched"], runners[name])
            what = CONTENDERS[name].partition(",")[0]
            yield f"{kind}: ours, gathered, does {ratio:.2f} times {what}; at least {least}: {verdict(ratio >= least)}"


def _ratio(ours: Runner, other: Runner) -> float:
    return median([mine / theirs for mine, theirs in zip(ours.rates, other.rates, strict=True)])
