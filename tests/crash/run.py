"""One run: messages in, kills at random, then quiet until nothing waits, then the comparison."""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from pathway_engine import clock
from tests.cli.programs import environment
from tests.crash.blaster import CONNECTIONS, Blaster, keep_connected
from tests.crash.comparison import Findings, compared, reference
from tests.crash.databases import NotHeld, Postgresql, Sqlite
from tests.crash.programs import REPOSITORY, Program
from tests.crash.stories import SENDERS, Stories

LIFE_SECONDS = (0.25, 0.9)
HELD_SECONDS = (0.05, 0.25)
SILENCE_SECONDS = 240.0
AT_ONCE, HELD = "at once", "while a commit was held"
OF_THE_DATABASE, OF_BOTH = "of the database", "of the database and the program"
DECK = (AT_ONCE,) * 3 + (HELD,) * 2
POSTGRESQL_DECK = (*DECK * 2, OF_THE_DATABASE, OF_BOTH)
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Plan:
    """What a run must reach before it becomes quiet, and what it kills.

    `acknowledge` is when the hospital is answered: ``stored``, ``applied`` or ``both`` (half of the patients each).
    `programs` are the parts of each program that runs, `helpers` the workers that help to drain at the end,
    `deck` the kinds of kills, which come in shuffled rounds. No new patient comes after `most` messages.
    `life` is how many seconds pass from readiness to a kill. `connections` send side by side.
    """

    acknowledge: str = "stored"
    kills: int = 8
    acknowledged: int = 300
    programs: tuple[tuple[str, ...], ...] = (("mllp", "worker"),)
    helpers: int = 0
    deck: tuple[str, ...] = DECK
    most: int = 10**8
    life: tuple[float, float] = LIFE_SECONDS
    connections: int = CONNECTIONS
    seed: int = 1

    @property
    def senders(self) -> tuple[str, ...]:
        """Who sends."""
        names = ("applied", "stored") if self.acknowledge == "both" else (self.acknowledge,)
        return tuple(SENDERS[name] for name in names)


@dataclass
class Report:
    """What was measured and found; times in seconds."""

    findings: Findings
    kills: Counter[str]
    acknowledged: int
    sent: int
    counts: Counter[str]
    blasting_seconds: float
    draining_seconds: float
    waiting_at_the_end: int
    first_answers: list[float]
    ready: list[float]

    @property
    def sound(self) -> bool:
        """Whether nothing was violated."""
        return not self.findings.wrong

    @property
    def up_seconds(self) -> float:
        """How long something was ready to answer; with several programs, no less than this."""
        return max(self.blasting_seconds - sum(self.ready), 1e-3)

    def lines(self) -> list[str]:
        """The figures, then the violations."""
        kills = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        wrong = self.findings.wrong
        return [
            f"kills                            {self.kills.total()} ({kills})",
            f"sent                             {self.sent} ({counts})",
            f"acknowledged                     {self.acknowledged}",
            f"lost                             {wrong['acknowledged messages lost'] + wrong['effects lost']}",
            f"doubled                          {wrong['messages doubled'] + wrong['effects doubled']}",
            f"acknowledged a second            {self.acknowledged / self.up_seconds:.0f} while up, "
            f"{self.acknowledged / self.blasting_seconds:.0f} with the restarts",
            f"ready after                      {_spread(self.ready)}",
            f"first acknowledgement after      {_spread(self.first_answers)}",
            f"left to apply, and applied in    {self.waiting_at_the_end}, {self.draining_seconds:.1f} s",
            *(f"{name:32} {count}" for name, count in self.findings.figures.items()),
            *(f"VIOLATION: {line}" for line in self.findings.lines()),
            "sound" if self.sound else "NOT SOUND",
        ]


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "-"
    return f"median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s, of {len(seconds)} starts"


class Silence(AssertionError):
    """Nothing was acknowledged, or applied, for far too long."""


def run(plan: Plan, database: Sqlite | Postgresql, folder: Path) -> Report:
    """Run *plan* on a fresh database; *folder* keeps the programs' logs."""
    return asyncio.run(_Run(plan, database, folder).whole())


class _Run:
    def __init__(self, plan: Plan, database: Sqlite | Postgresql, folder: Path) -> None:
        self._plan, self._database, self._folder = plan, database, folder
        self._chance = random.Random(plan.seed)
        self._begun_at = clock.now().replace(second=0, microsecond=0)
        self._blaster = Blaster(Stories(self._begun_at, plan.senders), plan.seed, plan.most)
        settings = {"database_url": database.url, "mllp_port": "0", "web_port": "0", "secret_key": "made-up-" * 5,
                    "mllp_max_connections_per_peer": str(plan.connections)}  # fmt: skip
        self._programs = [Program(parts, folder, settings) for parts in plan.programs]
        self._helpers = [Program(("worker",), folder, settings) for _ in range(plan.helpers)]
        self._kills: Counter[str] = Counter()
        self._cards: list[str] = []
        self._settings = settings

    async def whole(self) -> Report:
        """Blast, drain, compare."""
        directory = self._prepared()
        lines = [asyncio.create_task(keep_connected(self._blaster, self._port)) for _ in range(self._plan.connections)]
        try:
            began = time.perf_counter()
            await self._blast()
            blasted = time.perf_counter()
            waiting = await asyncio.to_thread(self._waiting)
            await self._drain()
            drained = time.perf_counter()
            await asyncio.gather(*(program.end(signal.SIGTERM) for program in self._everything))
        finally:
            for line in lines:
                line.cancel()
            for program in self._everything:
                program.kill_now()
        findings = await asyncio.to_thread(self._compared, directory)
        ledger = self._blaster.ledger
        return Report(
            findings=findings, kills=self._kills, acknowledged=len(ledger.acknowledged), sent=len(ledger.sent),
            counts=ledger.counts, blasting_seconds=blasted - began, draining_seconds=drained - blasted,
            waiting_at_the_end=waiting, first_answers=ledger.first_answers,
            ready=[seconds for program in self._programs for seconds in program.ready_seconds],
        )  # fmt: skip

    @property
    def _everything(self) -> list[Program]:
        return [*self._programs, *self._helpers]

    @property
    def _listener(self) -> Program:
        return next(program for program in self._programs if "mllp" in program.parts)

    def _port(self) -> int | None:
        return self._listener.port

    # -- before

    def _prepared(self) -> Path:
        """Make the tables and put the directory in force; return its file."""
        directory = self._folder / "community.yaml"
        directory.write_text(_directory(), "utf-8")
        for words in (("db", "upgrade"), ("directory", "import", str(directory))):
            subprocess.run(
                [sys.executable, "-m", "pathway_engine.cli", *words], cwd=self._folder, check=True, capture_output=True,
                env={**environment(**self._settings), "PYTHONPATH": str(REPOSITORY)},
            )  # fmt: skip
        return directory

    # -- kills

    async def _blast(self) -> None:
        for program in self._programs:
            await self._started(program)
        while self._kills.total() < self._plan.kills or self._acknowledged < self._plan.acknowledged:
            await self._life()
        self._blaster.goes_on = False
        while not self._blaster.finished.is_set():
            self._fail_when_silent()
            await asyncio.sleep(0.05)

    @property
    def _acknowledged(self) -> int:
        return len(self._blaster.ledger.acknowledged)

    async def _life(self) -> None:
        """Let the programs run a little, then kill one of them, or the database, and start it again."""
        await asyncio.sleep(self._chance.uniform(*self._plan.life))
        self._fail_when_silent()
        program, kind = self._chance.choice(self._programs), self._next_kind()
        self._kills[kind] += 1
        if kind == AT_ONCE:
            await program.end()
        elif kind == HELD:
            await self._kill_held(program)
        else:
            await self._kill_database(program if kind == OF_BOTH else None)
        if not program.runs:
            await self._started(program)

    def _next_kind(self) -> str:
        if not self._cards:
            self._cards = self._chance.sample(self._plan.deck, len(self._plan.deck))
        return self._cards.pop()

    async def _kill_held(self, program: Program) -> None:
        """Kill while a transaction waits: before its first statement, in its middle or before its last."""
        held = self._database.held(self._chance)
        try:
            await asyncio.to_thread(held.__enter__)
        except NotHeld:
            self._kills[HELD] -= 1
            self._kills[AT_ONCE] += 1
            await program.end()
            return
        await asyncio.sleep(self._chance.uniform(*HELD_SECONDS))
        await program.end()
        await asyncio.to_thread(held.__exit__, None, None, None)

    async def _kill_database(self, program: Program | None) -> None:
        """Let the database's server crash; the program lives on, or dies with it."""
        await asyncio.to_thread(self._database.crash)
        if program is not None:
            await program.end()
        await asyncio.sleep(self._chance.uniform(*HELD_SECONDS))
        await asyncio.to_thread(self._database.start)

    async def _started(self, program: Program) -> None:
        await program.start()
        if program is self._listener:
            self._blaster.started_at = program.started_at

    def _fail_when_silent(self) -> None:
        if not self._blaster.idle and time.perf_counter() - self._blaster.answered_at > SILENCE_SECONDS:
            raise Silence(f"nothing was acknowledged for {SILENCE_SECONDS:.0f} s")

    # -- after

    async def _drain(self) -> None:
        """Let the programs live until nothing waits to be applied."""
        for program in self._helpers:
            await program.start()
        before, since = -1, time.perf_counter()
        while (waiting := await asyncio.to_thread(self._waiting)) > 0:
            if waiting != before:
                before, since = waiting, time.perf_counter()
            if time.perf_counter() - since > SILENCE_SECONDS:
                raise Silence(f"{waiting} messages wait, and none was applied for {SILENCE_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)

    def _waiting(self) -> int:
        with _connected(self._database.url) as engine, engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM inbox WHERE disposition IS NULL")).scalar_one())

    def _compared(self, directory: Path) -> Findings:
        now, blaster = clock.now(), self._blaster
        ideal = reference(blaster.stories, self._folder, directory, now)
        return compared(blaster.stories, blaster.ledger, blaster.completed, self._database.url, ideal, now)


def _directory() -> str:
    """The demonstration's community, with a second sender that is answered once its message is stored."""
    made_up = (resources("pathway_engine.demonstration") / "directory.yaml").read_text("utf-8")
    first = "senders:\n"
    second = (
        f"  - {{id: fjordsyk_kurve, application: {SENDERS['stored']}, facility: FJORDSYK, organisation: fjordsyk, "
        "charset: UTF-8, time_zone: Europe/Oslo, acknowledge: stored}\n"
    )
    assert made_up.count(first) == 1
    return made_up.replace(first, first + second)


@contextmanager
def _connected(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
