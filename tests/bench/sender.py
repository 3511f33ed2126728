"""A light sender over MLLP: frames made beforehand, some connections, one loop, and when each answer came."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.transports.mllp import END, START

CONNECTIONS = 16
SAMPLES = Path(__file__).parents[2] / "samples" / "adt"
STAY = ("01-A01-admitted.hl7", "03-A16-discharge-ready.hl7", "06-A03-discharged.hl7")
"""The messages of one stay, in order."""
SIDE_BY_SIDE = 64
"""Patients whose messages go out in turn, so that no patient's messages overtake each other."""
HANG_SECONDS = 60.0
FIRST_BIRTH_DATE = date(1930, 1, 1)


@dataclass(frozen=True, slots=True)
class Sent:
    """How long the whole took, and how long each message waited for its answer; in seconds.

    Of messages that were to be sent at fixed instants, the wait counts from that instant.
    """

    seconds: float
    waits: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds


def frames(count: int, first: int = 0, application: str = "EPJ") -> list[bytes]:
    """Make *count* messages: stays of patients numbered from *first*, each of three messages."""
    templates = [(SAMPLES / name).read_bytes() for name in STAY]
    made: list[bytes] = []
    patient = first
    while len(made) < count:
        group = range(patient, patient + SIDE_BY_SIDE)
        made += [_frame(template, number, application) for template in templates for number in group]
        patient += SIDE_BY_SIDE
    return made[:count]


def _frame(template: bytes, patient: int, application: str) -> bytes:
    born = FIRST_BIRTH_DATE + timedelta(days=patient % 9000)
    number = make_synthetic(born, patient // 9000)
    told = {
        b"07834100376": number.encode(), b"19410307": f"{born:%Y%m%d}".encode(), b"F100234": b"F%07d" % patient,
        b"900123": b"8%07d" % patient, b"|FS0": b"|B%07d-0" % patient, b"|EPJ|": f"|{application}|".encode(),
    }  # fmt: skip
    for old, new in told.items():
        assert old in template, old
        template = template.replace(old, new)
    return START + template + END


@dataclass(slots=True, eq=False)
class _Wire:
    socket: socket.socket
    begun: float = 0.0
    answer: bytearray = field(default_factory=bytearray)


def sent(port: int, messages: Sequence[bytes], a_second: float | None = None, connections: int = CONNECTIONS) -> Sent:
    """Send every message and wait for its answer, which must be AA.

    Without *a_second* each connection sends its next message when the last is answered. With it, messages have
    fixed instants, that many a second; one that finds every connection busy goes out late and counts as late.
    """
    wires = [_Wire(socket.create_connection(("127.0.0.1", port))) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(wire.socket, selectors.EVENT_READ, wire)
        try:
            return _exchanged(selector, wires, messages, a_second)
        finally:
            for wire in wires:
                wire.socket.close()


def _exchanged(
    selector: selectors.BaseSelector, wires: Sequence[_Wire], messages: Sequence[bytes], a_second: float | None
) -> Sent:
    idle, waits, following = deque(wires), list[float](), 0
    begun = now = time.perf_counter()
    while len(waits) < len(messages):
        while idle and following < len(messages) and now >= (due := _due(begun, following, a_second)):
            wire = idle.popleft()
            wire.begun = now if a_second is None else due
            wire.socket.sendall(messages[following])
            following += 1
        for key, _ in selector.select(_patience(idle, begun, following, len(messages), a_second)):
            if _is_answered(key.data):
                waits.append(time.perf_counter() - key.data.begun)
                idle.append(key.data)
        now = time.perf_counter()
    return Sent(time.perf_counter() - begun, waits)


def _due(begun: float, number: int, a_second: float | None) -> float:
    return begun if a_second is None else begun + number / a_second


def _patience(idle: Sequence[_Wire], begun: float, following: int, count: int, a_second: float | None) -> float:
    """How long to wait for answers before the next message is to go out."""
    if not idle or following >= count:
        return HANG_SECONDS
    return max(0.0, _due(begun, following, a_second) - time.perf_counter())


def _is_answered(wire: _Wire) -> bool:
    received = wire.socket.recv(1 << 16)
    assert received, "the program hung up"
    wire.answer += received
    if not wire.answer.endswith(END):
        return False
    assert b"\rMSA|AA|" in wire.answer, bytes(wire.answer)
    wire.answer.clear()
    return True
