"""A hospital's end of the wire: some connections, each sends the next message when the last is answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.crash.stories import END, PER_ROUND, Stories, numbers_of, place_of

CONNECTIONS = 16
ROUNDS_AT_ONCE = 6
OUT_OF_ORDER = 0.05
AT_ONCE_TWICE = 0.025
LATER_AGAIN = 0.025
PAUSE_SECONDS = 0.05
ACKNOWLEDGED = (b"AA", b"CA")


@dataclass
class Ledger:
    """What the hospital knows: it forgets nothing, whatever becomes of the program."""

    sent: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    first_answers: list[float] = field(default_factory=list)


class Blaster:
    """Sends stories until `goes_on` is False and everything begun is acknowledged; `finished` is then set."""

    def __init__(self, stories: Stories, seed: int, most: int) -> None:
        self.stories = stories
        self.ledger = Ledger()
        self.goes_on = True
        self._most = most
        self.finished = asyncio.Event()
        self.started_at: float | None = None
        """When the program that now runs was started; None once it has answered."""
        self.answered_at = time.perf_counter()
        self._chance = random.Random(seed)
        self._due: deque[int] = deque()
        self._rounds = 0
        self._in_flight = 0

    # -- what to send

    def next(self) -> int | None:
        """Take the next message; None when there is nothing more to send for now."""
        if not self._due and self.goes_on and self._rounds * PER_ROUND < self._most:
            self._due.extend(self._shuffled_rounds())
        if not self._due:
            self._look_whether_finished()
            return None
        number = self._due.popleft()
        self._in_flight += 1
        if number in self.ledger.sent:
            self.ledger.counts["sent again"] += 1
        else:
            self.ledger.sent.add(number)
            self._perhaps_twice(number)
        return number

    def _perhaps_twice(self, number: int) -> None:
        lot = self._chance.random()
        if lot < AT_ONCE_TWICE:
            self._due.appendleft(number)
        elif lot < AT_ONCE_TWICE + LATER_AGAIN:
            self._due.append(number)

    def _shuffled_rounds(self) -> list[int]:
        """The next patients' messages, all admissions first; some come much too early or late."""
        first = self._rounds * PER_ROUND
        self._rounds += ROUNDS_AT_ONCE
        order = {number: self._turn(number) for number in range(first, self._rounds * PER_ROUND)}
        return sorted(order, key=lambda number: order[number])

    def _turn(self, number: int) -> float:
        astray = self._chance.random() < OUT_OF_ORDER
        return 5 * self._chance.random() if astray else place_of(number)[1] + self._chance.random() / 2

    # -- what became of it

    def answered(self, number: int, code: bytes) -> None:
        """Note the answer to a message; whatever is not an acknowledgement is sent again."""
        self._in_flight -= 1
        self.answered_at = time.perf_counter()
        if code in ACKNOWLEDGED:
            self.ledger.acknowledged.add(number)
            if self.started_at is not None:
                self.ledger.first_answers.append(self.answered_at - self.started_at)
                self.started_at = None
        else:
            self.ledger.counts[f"answered {code.decode()}"] += 1
            self._due.append(number)

    def lost(self, number: int) -> None:
        """Note that a connection ended before a message was answered: it is sent again, and first."""
        self._in_flight -= 1
        self._due.appendleft(number)
        self.finished.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, so that no answer is to be expected."""
        return not self._in_flight and not self._due

    def _look_whether_finished(self) -> None:
        if not self.goes_on and self.idle:
            self.finished.set()

    @property
    def completed(self) -> list[int]:
        """The patients whose whole story was acknowledged."""
        told = self.ledger.acknowledged
        patients = range(place_of(self._rounds * PER_ROUND)[0])
        return [patient for patient in patients if told.issuperset(numbers_of(patient))]


class Line(asyncio.Protocol):
    """One connection: sends a message, waits for its answer, sends the next."""

    def __init__(self, blaster: Blaster) -> None:
        self._blaster = blaster
        self._number: int | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.send_next()

    def send_next(self) -> None:
        """Send the next message, or look again a little later."""
        if self._transport is None or self._transport.is_closing():
            return
        self._number = self._blaster.next()
        if self._number is None:
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.send_next)
        else:
            self._transport.write(self._blaster.stories.frame(self._number))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(END)) >= 0:
            answer, self._buffer = self._buffer[:end], self._buffer[end + len(END) :]
            self._take(answer)

    def _take(self, answer: bytes) -> None:
        code, _, rest = answer.partition(b"\rMSA|")[2].partition(b"|")
        number = int(rest[1:9]) if rest[1:9].isdigit() else None
        if number is None or number != self._number:
            self._blaster.ledger.counts["answers to nothing"] += 1
            return
        self._number = None
        self._blaster.answered(number, code)
        pause = 0.0 if code in ACKNOWLEDGED else PAUSE_SECONDS
        if pause:
            asyncio.get_running_loop().call_later(pause, self.send_next)
        else:
            self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number is not None:
            self._blaster.lost(self._number)
            self._number = None
        self._transport = None
        self._buffer = b""
        if not self.ended.done():
            self.ended.set_result(None)


async def keep_connected(blaster: Blaster, port_of: Callable[[], int | None]) -> None:
    """Hold one connection to whatever port the program listens on, and begin anew whenever it breaks."""
    loop = asyncio.get_running_loop()
    while True:
        port = port_of()
        if port is not None:
            with suppress(OSError):
                transport, line = await loop.create_connection(lambda: Line(blaster), "127.0.0.1", port)
                try:
                    await line.ended
                finally:
                    transport.abort()
        await asyncio.sleep(0.01)
