"""The program as it runs at a customer's: pages, listener and heartbeat, looked at from outside."""

from __future__ import annotations

import re
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path
from time import monotonic, sleep

import httpx

from pathway_engine.storage.store import Store
from pathway_engine.transports.frames import END, START, Deframer
from tests.cli.programs import Program, ran, started
from tests.web.visitor import hidden_fields

SECRET = "not-a-real-secret-" * 3
SAMPLE = Path(__file__).parents[2] / "samples" / "adt" / "01-A01-admitted.hl7"
LOOK_SECONDS = 0.05
LONG_ENOUGH = 90.0
"""Seconds after which a test gives up; nothing here takes long on a machine at rest."""


def message(number: str, accept: str = "", application: str = "") -> bytes:
    """The admission of a patient of one's own, under a control id of its own, with MSH-15 and MSH-16."""
    own = number.encode()
    raw = re.sub(rb"\|[0-9]{11}\^[^|]*?~F100234\^", b"|P%s^" % own, SAMPLE.read_bytes())
    raw = raw.replace(b"|FS0001|", b"|%s|" % own).replace(b"|900123", b"|V%s" % own)
    return raw.replace(b"|P|2.5||||", b"|P|2.5|||%s|%s" % (accept.encode(), application.encode()))


@dataclass
class Sender:
    """A hospital's end of the wire, from *host*; a lost connection is opened anew for the next message."""

    port: int
    host: str = "127.0.0.1"
    seconds: float = LONG_ENOUGH
    answers: Counter[str] = field(default_factory=Counter)
    _wire: socket.socket | None = None
    _frames: Deframer = field(default_factory=lambda: Deframer(1 << 20))

    def ask(self, raw: bytes) -> str:
        """Send one message; return the code of its answer, or ``lost``."""
        try:
            code = self._asked(raw)
        except OSError:
            code = "lost"
        if code == "lost":
            self.close()
        self.answers[code] += 1
        return code

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
        self._wire, self._frames = None, Deframer(1 << 20)

    def _asked(self, raw: bytes) -> str:
        if self._wire is None:
            self._wire = socket.create_connection(("127.0.0.1", self.port), self.seconds, (self.host, 0))
        self._wire.sendall(START + raw + END)
        while (answer := self._frames.next()) is None:
            data = self._wire.recv(1 << 16)
            if not data:
                return "lost"
            self._frames.feed(data)
        return code_of(answer)


def code_of(answer: bytes) -> str:
    """MSA-1."""
    return answer.decode("utf-8", "replace").partition("\rMSA|")[2][:2]


@dataclass
class House:
    """A running `pathway serve` and its addresses."""

    program: Program
    folder: Path
    mllp: int
    web: str

    def sender(self, host: str = "127.0.0.1") -> Sender:
        return Sender(self.mllp, host)

    def visitor(self) -> httpx.Client:
        """A browser that is signed in as a nurse of the demonstration; close it."""
        client = httpx.Client(base_url=self.web, timeout=LONG_ENOUGH)
        shown = client.get("/sign-in").text
        client.post("/sign-in", data=hidden_fields(shown) | {"demo": "kari/home_care_nurse"})
        assert client.get("/").status_code == 200
        return client

    def health(self) -> tuple[int, float]:
        """The status of /health, and how many seconds it took."""
        began = monotonic()
        status = httpx.get(f"{self.web}/health", timeout=LONG_ENOUGH).status_code
        return status, monotonic() - began

    def memory(self) -> int:
        """How many bytes of memory the program holds now."""
        told = Path(f"/proc/{self.program.running.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("VmRSS"))

    def lives(self) -> bool:
        return self.program.running.poll() is None


@contextmanager
def house(folder: Path, **settings: str) -> Iterator[House]:
    """Start the program in *folder* with the demonstration's directory."""
    with as_file(resources("pathway_engine.demonstration") / "directory.yaml") as file:
        shutil.copy(file, folder / "community.yaml")
    given = {
        "directory": "community.yaml", "secret_key": SECRET, "mllp_port": "0", "web_port": "0",
        "demo_sign_in": "true", "log_level": "error", **settings,
    }  # fmt: skip
    upgraded = ran("db", "upgrade", folder=folder, **given)
    assert upgraded.returncode == 0, upgraded.stderr
    with started("serve", folder=folder, **given) as program:
        web = program.until("web ").rstrip("/")
        port = int(program.until("mllp").rpartition(":")[2])
        program.until("ready")
        yield House(program, folder, port, web)


def ends(url: str) -> dict[str, str]:
    """Where every message of the database ended, by its id; empty for one that waits."""
    store = Store(url)
    try:
        with store.reading() as records:
            return {row.message_id: row.disposition or "" for row in records.messages(limit=1_000_000)}
    finally:
        store.close()


def waited(condition: Callable[[], bool], seconds: float = LONG_ENOUGH) -> bool:
    """Call *condition* again and again until it is true; False when it never is."""
    until = monotonic() + seconds
    while monotonic() < until:
        if condition():
            return True
        sleep(LOOK_SECONDS)
    return False


def codes(sender: Sender, messages: Sequence[bytes]) -> list[str]:
    """The answers to *messages*, one after the other."""
    return [sender.ask(each) for each in messages]
