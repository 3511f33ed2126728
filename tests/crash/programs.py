"""The real program as processes, started, heard when ready, and killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.programs import environment

REPOSITORY = Path(__file__).parents[2]
READY_SECONDS = 180.0


class DoesNotStart(AssertionError):
    """The program ended, or said nothing in time, before it was ready."""


@dataclass
class Program:
    """`pathway serve` with some parts, over one database; what it logs goes to a file."""

    parts: tuple[str, ...]
    folder: Path
    settings: dict[str, str]
    port: int | None = None
    started_at: float = 0.0
    ready_seconds: list[float] = field(default_factory=list)
    _running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises DoesNotStart."""
        self.started_at = time.perf_counter()
        with (self.folder / f"{'-'.join(self.parts)}.log").open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "pathway_engine.cli", "serve", *self.parts, cwd=self.folder,
                env={**environment(**self.settings), "PYTHONPATH": str(REPOSITORY)}, stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        try:
            async with asyncio.timeout(READY_SECONDS):
                self.port = await self._port_when_ready()
        except TimeoutError:
            raise DoesNotStart(f"{self.parts} was not ready in time") from None
        self.ready_seconds.append(time.perf_counter() - self.started_at)

    async def _port_when_ready(self) -> int | None:
        assert self._running is not None and self._running.stdout is not None
        port = None
        while (line := await self._running.stdout.readline()) != b"ready\n":
            if not line:
                raise DoesNotStart(f"{self.parts} ended before it was ready; see its log in {self.folder}")
            if line.startswith(b"mllp "):
                port = int(line.rpartition(b":")[2])
        return port

    async def end(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal, which it need not survive, and wait until it is gone."""
        if self._running is None:
            return
        self.port = None
        if self._running.returncode is None:
            self._running.send_signal(number)
        await self._running.wait()
        self._running = None

    @property
    def runs(self) -> bool:
        """Whether it was started and not ended since."""
        return self._running is not None

    def kill_now(self) -> None:
        """Kill it without waiting: for when the run itself breaks off."""
        if self._running is not None and self._running.returncode is None:
            os.kill(self._running.pid, signal.SIGKILL)
