"""A receiver that remembers everything it was sent, and the ways in which a connection to it goes wrong."""

from __future__ import annotations

import json
import random
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pathway_engine.service.outward import Letter, Refused, Sent, Surroundings
from pathway_engine.storage.rows import OutgoingRow


class PlainTold:
    """Writes what the receiver needs to check: the id and whose message it is."""

    suffix = "json"

    def write(self, row: OutgoingRow, around: Surroundings) -> bytes:
        if row.message == "UNWRITABLE":
            raise ZeroDivisionError
        return json.dumps({"id": row.message_id, "patient": row.patient_id, "key": row.key}).encode()


@dataclass
class Receiver:
    """What arrived, in order, resent ones too; the receiver itself takes each id once."""

    arrived: list[Mapping[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    on_arrival: Callable[[str], None] = lambda message_id: None

    def take(self, raw: bytes) -> None:
        told = json.loads(raw)
        with self.lock:
            self.arrived.append(told)
        self.on_arrival(told["id"])

    @property
    def keys(self) -> list[str]:
        """The decisions that arrived, each once, in the order in which they were first seen."""
        return list(dict.fromkeys(told["key"] for told in self.arrived))

    @property
    def resent(self) -> int:
        return len(self.arrived) - len({told["id"] for told in self.arrived})

    def violations(self, decided: Mapping[str, Sequence[str]], given_up: Sequence[str] = ()) -> list[str]:
        """What breaks the promise: lost, never decided, under two ids, or overtaken."""
        seen, ids = self.keys, {(told["key"], told["id"]) for told in self.arrived}
        every = [key for keys in decided.values() for key in keys]
        wrong = [f"lost {key}" for key in every if key not in set(seen) | set(given_up)]
        wrong += [f"never decided {key}" for key in seen if key not in set(every)]
        wrong += [f"two ids {key}" for key in seen if sum(key == other for other, _ in ids) > 1]
        first = {key: place for place, key in enumerate(seen)}
        for keys in decided.values():
            places = [first[key] for key in keys if key in first]
            wrong += [f"overtaken {keys}"] if places != sorted(places) else []
        return wrong


Happens = Callable[[Letter, int], str]
"""What happens to a letter at its n-th try: a word of `Wire`."""


def all_is_well(letter: Letter, attempt: int) -> str:
    return "ok"


class Crash(BaseException):
    """The program dies here."""


@dataclass
class Wire:
    """A transport in memory. `happens` says: ok, ok-final, down, no-answer, nonsense, refuse, dies, dies-after."""

    receiver: Receiver
    happens: Happens = all_is_well
    tries: dict[str, int] = field(default_factory=dict)

    def send(self, letter: Letter) -> Sent | Refused:
        attempt = self.tries[letter.message_id] = self.tries.get(letter.message_id, 0) + 1
        word = self.happens(letter, attempt)
        if word == "down":
            raise ConnectionRefusedError
        if word == "dies":
            raise Crash
        self.receiver.take(letter.raw)
        match word:
            case "refuse":
                return Refused("E21")
            case "no-answer":
                raise TimeoutError
            case "nonsense":
                return None  # type: ignore[return-value]
            case "dies-after":
                raise Crash
            case _:
                return Sent(awaits_receipt=word != "ok-final")


# -- over a real socket


class _Conversation(socketserver.StreamRequestHandler):
    server: SocketReceiver

    def handle(self) -> None:
        mood = self.server.mood()
        if mood == "hang up":
            return
        raw = self.rfile.readline()
        if not raw.endswith(b"\n"):
            return  # the sender died in the middle of a line
        if mood == "slow":
            time.sleep(0.05)
        if mood != "busy":
            self.server.receiver.take(raw)
        if mood == "half-close":
            self.request.shutdown(socket.SHUT_WR)
            return
        self.wfile.write(b"busy\n" if mood == "busy" else b"ok\n")


class SocketReceiver(socketserver.ThreadingTCPServer):
    """The receiver behind a socket of this machine; *moods* are drawn by lot for each connection."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, receiver: Receiver, moods: Sequence[str], seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.receiver = receiver
        self._moods, self._random = moods, random.Random(seed)

    def __enter__(self) -> SocketReceiver:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def mood(self) -> str:
        return self._random.choice(self._moods)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that was killed hangs up; that is the test, not a fault."""


@dataclass(frozen=True)
class SocketTransport:
    """One connection a message, one line each way; silence is no delivery."""

    port: int
    timeout_seconds: float = 20.0

    def send(self, letter: Letter) -> Sent | Refused:
        with socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout_seconds) as wire:
            wire.sendall(letter.raw + b"\n")
            answer = wire.makefile("rb").readline()
        if answer != b"ok\n":
            raise ConnectionError
        return Sent()
