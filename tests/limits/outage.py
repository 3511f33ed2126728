"""The database goes away and comes back: nothing acknowledged is lost, nothing false said, nobody restarts anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import httpx

from tests.limits.chaos import Network, network
from tests.limits.house import House, ends, house, message, waited
from tests.limits.postgres import Postgres, postgres

POSITIVE = frozenset({"AA", "CA"})
PAUSE_SECONDS = 0.05
"""How long a sender waits after an answer."""
QUICK_SECONDS = 10.0
"""What the health page may take on a busy machine; alone it takes 3 at most."""


@dataclass
class Findings:
    """What was seen; `wrong` is what breaks a promise."""

    wrong: list[str] = field(default_factory=list)
    seen: dict[str, object] = field(default_factory=dict)

    def expect(self, is_so: bool, otherwise: str) -> None:
        """Note *otherwise* unless *is_so*."""
        if not is_so:
            self.wrong.append(otherwise)


@dataclass
class Traffic:
    """Senders that never stop: each sends its next message when it has the answer to the last, and notes it."""

    house: House
    name: str
    senders: int = 3
    said: dict[str, str] = field(default_factory=dict)
    _stopped: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        for sender in range(self.senders):
            thread = Thread(target=self._send, args=(sender,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a sender got neither an answer nor a close"

    def acknowledged(self) -> set[str]:
        return {number for number, code in list(self.said.items()) if code in POSITIVE}

    def _send(self, own: int) -> None:
        """Every other message wants to be answered as soon as it is stored."""
        sender, count = self.house.sender(), 0
        while not self._stopped.is_set():
            count += 1
            number = f"{self.name}{own}N{count}"
            raw = message(number, "AL", "NE") if count % 2 else message(number)
            self.said[number] = sender.ask(raw)
            self._stopped.wait(PAUSE_SECONDS)
        sender.close()


Break = Callable[[Postgres, Network], Callable[[], None]]
"""Takes the database away, and returns what brings it back."""


def stopped(database: Postgres, _between: Network) -> Callable[[], None]:
    """Stop PostgreSQL as a power cut does."""
    database.stop()
    return database.start


def silent(_database: Postgres, between: Network) -> Callable[[], None]:
    """Let the network carry nothing, and close nothing."""
    between.silence()
    return between.mend


def frozen(database: Postgres, _between: Network) -> Callable[[], None]:
    """Let the processes that serve the program stand still."""
    pids = database.freeze()
    return lambda: database.thaw(pids)


def cut(_database: Postgres, between: Network) -> Callable[[], None]:
    """Reset every connection; new ones are carried."""
    between.cut()
    return lambda: None


BREAKS: dict[str, Break] = {"stopped": stopped, "silent": silent, "frozen": frozen, "cut": cut}
IS_GONE = frozenset({"stopped", "silent"})
"""While these last, nothing can be stored; the others are over with the next connection."""


@dataclass
class Scene:
    """A running program, its database, and the network between them."""

    house: House
    database: Postgres
    between: Network


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """The program on a PostgreSQL of its own; a statement may take one second."""
    with (
        postgres() as database,
        network(database.socket) as between,
        house(folder, database_url=database.url_by(between.port), database_seconds="1") as running,
    ):
        yield Scene(running, database, between)


def outage(on: Scene, kind: str, name: str = "") -> Findings:
    """Take the database away under traffic, look, bring it back, and count; *name* begins the messages' ids."""
    found = Findings()
    traffic = Traffic(on.house, name or kind)
    with closing(on.house.visitor()) as nurse:
        traffic.start()
        found.expect(waited(lambda: len(traffic.acknowledged()) >= 20), "no message was acknowledged before the fault")
        mend = BREAKS[kind](on.database, on.between)
        try:
            if kind in IS_GONE:
                _look(on, nurse, traffic, found)
        finally:
            mend()
        _recovers(on, nurse, traffic, found)
        traffic.stop()
    _adds_up(on, traffic, found)
    return found


def _look(on: Scene, nurse: httpx.Client, traffic: Traffic, found: Findings) -> None:
    """While the database is gone: errors, and soon; never an acknowledgement."""
    refused = waited(lambda: any(code in {"AE", "CE"} for code in list(traffic.said.values())))
    found.expect(refused, "no message was answered with an error")
    before = traffic.acknowledged()
    status, seconds = on.house.health()
    found.expect(status == 503, f"/health is {status}")
    found.expect(seconds < QUICK_SECONDS, f"/health took {seconds:.1f} s")
    found.seen["health seconds"] = round(seconds, 2)
    shown, told = nurse.get("/"), nurse.get("/api/worklist")
    found.expect(shown.status_code == told.status_code == 503, f"pages are {shown.status_code}, {told.status_code}")
    found.expect(all("Retry-After" in each.headers for each in (shown, told)), "no Retry-After")
    found.expect('lang="nb"' in shown.text and 'lang="en"' in shown.text, "the page speaks one language only")
    found.expect(traffic.acknowledged() == before, "acknowledged without a database")


def _recovers(on: Scene, nurse: httpx.Client, traffic: Traffic, found: Findings) -> None:
    before = len(traffic.acknowledged())
    found.expect(waited(lambda: len(traffic.acknowledged()) > before + 6), "no message is taken after the fault")
    found.expect(waited(lambda: on.house.health()[0] == 200), "/health stays red")
    found.expect(waited(lambda: nurse.get("/").status_code == 200), "the worklist does not come back")
    found.expect(on.house.lives(), "the program has ended")


def _adds_up(on: Scene, traffic: Traffic, found: Findings) -> None:
    """Every acknowledged message is applied, and whatever was stored reaches an end by itself."""
    rows: dict[str, str] = {}

    def all_ended() -> bool:
        rows.update(ends(on.database.url))
        return "" not in set(rows.values())

    found.expect(waited(all_ended), "messages still wait")
    lost = [number for number in traffic.acknowledged() if rows.get(number) != "applied"]
    found.expect(not lost, f"acknowledged and not applied: {len(lost)}")
    found.seen["acknowledged"] = len(traffic.acknowledged())
    found.seen["refused or lost"] = len(traffic.said) - len(traffic.acknowledged())


def slowed(on: Scene, seconds: float, messages: int) -> Findings:
    """A slow network to the database makes slow answers, and right ones."""
    found = Findings()
    on.between.slow_down(seconds)
    sender = on.house.sender()
    with suppress(OSError):
        codes = {sender.ask(message(f"SLOW{number}")) for number in range(messages)}
        found.expect(codes == {"AA"}, f"answers {sorted(codes)}")
    sender.close()
    on.between.mend()
    return found
