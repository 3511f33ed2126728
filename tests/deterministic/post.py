"""The post between senders and the service: it loses, delays, doubles and mixes up letters, and sends again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pathway_engine.service import receiving
from pathway_engine.service.receiving import Incoming, Received
from tests.deterministic.chance import minutes, stream
from tests.deterministic.letters import JOURNAL_CHANNEL, Letter, is_promise
from tests.deterministic.service import Service

RETRIES = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One journey of a letter: how it fares."""

    letter: Letter
    number: int = 0
    arrives: bool = True
    answer_arrives: bool = True
    goes_in_a_batch: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """How letters fare, drawn for each attempt by itself."""

    seed: int
    faults: tuple[str, ...]

    def first_attempts(self, letter: Letter) -> list[tuple[datetime, Attempt]]:
        """When the letter is tried first, and when by chance a second time; a doubled one may come weeks later."""
        chance = stream(self.seed, "post", letter.id)
        late = minutes(chance, 0, 0.05)
        if "delay" in self.faults and chance.random() < 0.15:
            late = chance.choice((minutes(chance, 0.1, 6), minutes(chance, 6, 100), minutes(chance, 100, 720)))
        found = [(letter.sent_at + late, self.attempt(letter, 0))]
        if "duplicate" in self.faults and chance.random() < 0.08:
            again = chance.choice((minutes(chance, 0, 1), minutes(chance, 24, 900)))
            found.append((letter.sent_at + late + again, Attempt(letter, 100)))
        if "id-reused" in self.faults and chance.random() < 0.02:
            found.append((letter.sent_at + late + minutes(chance, 0, 30), Attempt(reused(letter), 200)))
        return found

    def attempt(self, letter: Letter, number: int) -> Attempt:
        """How the *number*-th attempt fares: later ones do better."""
        chance = stream(self.seed, "post", letter.id, number)
        luck = [chance.random() for _ in range(3)]
        return Attempt(
            letter, number,
            arrives=not ("drop" in self.faults and luck[0] < 0.12 / (number + 1)),
            answer_arrives=not ("lost-answer" in self.faults and luck[1] < 0.08 / (number + 1)),
            goes_in_a_batch="batch" in self.faults and luck[2] < 0.3,
        )  # fmt: skip


def reused(letter: Letter) -> Letter:
    """Another letter under the same id: it must be refused, and change nothing."""
    if letter.channel == JOURNAL_CHANNEL:
        raw = letter.raw.replace(b'"name": "', b'"name": "wrong_', 1)
    else:
        raw = letter.raw.replace("Prøve".encode(), b"Another", 1)
    return replace(letter, raw=raw, tells=(), fate="rejected")


def received_at_once(service: Service, letter: Letter) -> Received:
    """Store and apply a letter, as a sender is served that waits for the effect."""
    return service.engine.receive(_incoming(letter), service.now)


def stored_together(service: Service, letters: Sequence[Letter]) -> list[Received]:
    """Store letters in one commit, as those that arrive during another commit are; they are applied later."""
    return receiving.store(service.engine.context, [_incoming(letter) for letter in letters], service.now)


def applied_later(service: Service, received: Received) -> Received:
    """Apply a stored letter."""
    return receiving.apply_stored(service.engine.context, received, service.now)


def _incoming(letter: Letter) -> Incoming:
    return Incoming(letter.raw, letter.channel, "simulation")


def answer_when_stored(service: Service, received: Received) -> bytes | None:
    """What a sender that waits only for safety is answered."""
    return receiving.stored_answer(service.engine.context, received, service.now)


def promises(letter: Letter, answer: bytes | None) -> bool:
    """Does the sender know now that the letter is safe?"""
    return is_promise(letter.channel, answer)
