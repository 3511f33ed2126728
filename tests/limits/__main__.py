"""`python -m tests.limits`: what two hundred bad senders and a lost database cost the others; exit 1 when too much."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

from tests.limits.crowd import BAD, crowd
from tests.limits.giants import giant_form, giant_frame
from tests.limits.house import House, house, message, waited
from tests.limits.outage import BREAKS, outage, scene, slowed

GOOD = 10
LEAST_SHARE = 0.8
"""Of their throughput, what good senders keep among bad ones."""


@dataclass
class Work:
    """Good senders at work for a while: how many messages were acknowledged, and how often they had to come back."""

    house: House
    name: str
    answers: int = 0
    returns: int = 0
    served: set[int] = field(default_factory=set)
    _stopped: Event = field(default_factory=Event)

    def a_second(self, seconds: float) -> float:
        """Acknowledged messages a second, all senders together."""
        threads = [Thread(target=self._send, args=(each,), daemon=True) for each in range(GOOD)]
        for thread in threads:
            thread.start()
        assert waited(lambda: len(self.served) == GOOD), "a good sender was never answered"
        before, began = self.answers, perf_counter()
        self._stopped.wait(seconds)
        rate = (self.answers - before) / (perf_counter() - began)
        self._stopped.set()
        for thread in threads:
            thread.join()
        return rate

    def _send(self, own: int) -> None:
        sender, count = self.house.sender(), 0
        while not self._stopped.is_set():
            count += 1
            code = sender.ask(message(f"{self.name}S{own}N{count}"))
            if code == "AA":
                self.answers += 1
                self.served.add(own)
            else:
                self.returns += 1
        sender.close()


def throughput(seconds: float, rounds: int, is_same_address: bool) -> bool:
    """Measure with and without the bad, in turn, on one running program; print, and return whether it suffices."""
    with a_house() as on:
        rates: dict[bool, list[float]] = {False: [], True: []}
        returns = 0
        for number in range(2 * rounds):
            is_bad = number % 2 == 1
            with crowd(on.mllp, is_same_address) if is_bad else nullcontext():
                work = Work(on, f"R{number}")
                rates[is_bad].append(work.a_second(seconds))
                returns += work.returns * is_bad
    alone, among = (statistics.median(rates[is_bad]) for is_bad in (False, True))
    share = among / alone
    where = "the same address" if is_same_address else "ten other addresses"
    print(f"{GOOD} senders among {BAD} bad ones of {where}: {among:.0f} of {alone:.0f} messages a second, {share:.0%}")
    print(f"  alone {_rounded(rates[False])}, among them {_rounded(rates[True])}; sent away {returns} times")
    return share >= LEAST_SHARE


def _rounded(rates: list[float]) -> str:
    return " ".join(f"{rate:.0f}" for rate in rates)


def giants() -> bool:
    """A gibibyte without an end, as a message and as a form."""
    with a_house() as on:
        wrong = [*giant_frame(on), *giant_form(on)]
    print("a message and a form of a gibibyte:", ", ".join(wrong) or "refused early, for less than 16 MB")
    return not wrong


def outages(rounds: int) -> bool:
    """The database taken away in each way, several times, under traffic."""
    is_right = True
    with tempfile.TemporaryDirectory() as folder, scene(Path(folder)) as on:
        for number in range(rounds):
            for kind in BREAKS:
                found = outage(on, kind, f"{kind}{number}x")
                print(f"database {kind}: {', '.join(found.wrong) or 'nothing lost, nothing false'} {found.seen}")
                is_right &= not found.wrong
        slow = slowed(on, 0.05, 5)
        print(f"database 50 ms away: {', '.join(slow.wrong) or 'slow and right'}")
    return is_right and not slow.wrong


@contextmanager
def a_house() -> Iterator[House]:
    """The program on a database of its own."""
    with tempfile.TemporaryDirectory() as folder, house(Path(folder)) as on:
        yield on


def main() -> int:
    """Measure, print, and return 1 when a promise does not hold."""
    asked = argparse.ArgumentParser(prog="python -m tests.limits", description=__doc__)
    asked.add_argument("--seconds", type=float, default=8.0, help="a round of throughput (default: %(default)s)")
    asked.add_argument("--rounds", type=int, default=5, help="rounds of each kind (default: %(default)s)")
    asked.add_argument("--outages", type=int, default=2, help="how often each outage (default: %(default)s)")
    asked.add_argument("--only", choices=("throughput", "giants", "outages"))
    given = asked.parse_args()
    results = []
    if given.only in {None, "throughput"}:
        results += [throughput(given.seconds, given.rounds, is_same) for is_same in (False, True)]
    if given.only in {None, "giants"}:
        results.append(giants())
    if given.only in {None, "outages"}:
        results.append(outages(given.outages))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
