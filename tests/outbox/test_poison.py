"""A bad message is nobody else's trouble: the others are applied as if it were not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from pathway_engine.channels.hl7v2 import Wanted
from pathway_engine.domain.directory import Sender
from pathway_engine.domain.events import Reading
from pathway_engine.service import one_message
from pathway_engine.service.channel import Answer, Verdict
from pathway_engine.service.one_message import TRIES
from pathway_engine.service.receiving import Incoming, apply_waiting, store
from pathway_engine.service.running_again import run_again
from pathway_engine.workers.inbox_writer import InboxWriter
from tests.service.community import Community, PlainChannel

BATCH = 20


class PoisonChannel(PlainChannel):
    """The plain channel with every way in which a message spoils its own applying."""

    def read(self, raw: bytes, sender: Sender) -> Reading:
        match json.loads(raw).get("poison"):
            case "deep":
                raise RecursionError
            case "memory":
                raise MemoryError
            case "value" | "assert":
                raise AssertionError("07834100376 stands here")
            case _:
                return super().read(raw, sender)

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        if b'"answer"' in raw and answer.verdict is not Verdict.STORED:
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "")
        return super().answer(raw, answer, now, number)


@dataclass
class Mail:
    """Messages of many patients, with or without bad ones among them."""

    community: Community

    def store_all(self, messages: list[dict[str, Any]]) -> None:
        incoming = [Incoming(json.dumps(told).encode(), str(told.get("channel", "plain")), "test") for told in messages]
        for begin in range(0, len(incoming), BATCH):
            store(self.community.engine.context, incoming[begin : begin + BATCH], self.community.now)

    def apply_all(self, hours: int = 3) -> None:
        """As the heartbeat does, until every try has been had."""
        end = self.community.now + timedelta(hours=hours)
        while self.community.now < end:
            while apply_waiting(self.community.engine.context, self.community.now, BATCH):
                pass
            self.community.now += timedelta(minutes=1)

    def log(self) -> list[str]:
        """The ids of all log entries of all patients, in the order in which they were applied."""
        with self.community.engine.context.store.reading() as records:
            rows = {row.seq: row.entry.id for who in records.patients_with_entries() for row in records.log(who)}
        return [rows[seq] for seq in sorted(rows)]

    def counts(self) -> dict[str, int]:
        with self.community.engine.context.store.reading() as records:
            return {name: count for name, count in records.disposition_counts().items() if count}


@pytest.fixture
def mail(database_url: str) -> Iterator[Mail]:
    community = Community(database_url, pathways=())
    for name in ("plain", "gone"):
        channel = PoisonChannel()
        channel.name = name
        community.engine.context.channels[name] = channel  # type: ignore[index]
    yield Mail(community)
    community.close()


def good(mail: Mail, number: int) -> dict[str, Any]:
    at = mail.community.now.isoformat()
    entry = {"id": f"E{number}", "name": "fall_reported", "cause": f"fall/{number}", "at": at, "recorded": at}
    return {"id": f"M{number}", "patient": f"P{number % 40}", "entries": [entry]}


def bad(number: int, poison: str) -> dict[str, Any]:
    told: dict[str, Any] = {"id": f"BAD{number}", "patient": f"B{number}", "entries": [], "poison": poison}
    match poison:
        case "nul":
            told |= {"poison": False, "district": "0\x001"}
        case "gone":
            told |= {"poison": False, "channel": "gone"}
        case "surrogate":
            told |= {"poison": False, "district": "\ud800"}
        case _:
            pass
    return told


POISONS = ("zero", "deep", "memory", "assert", "answer", "gone", "nul", "surrogate")


def test_one_in_a_hundred_bad_ones_changes_nothing_for_the_others(database_url: str, mail: Mail) -> None:
    """Mutants: retry forever at the head of the queue; swallow the error."""
    messages = [good(mail, number) for number in range(200)]
    mixed = list(messages)
    for place, poison in zip((180, 140, 100, 60, 20, 0, 0, 0), POISONS, strict=True):
        mixed.insert(place, bad(place, poison) | {"id": f"BAD-{poison}", "patient": f"B-{poison}"})
    mail.store_all(mixed)
    del mail.community.engine.context.channels["gone"]  # type: ignore[attr-defined]
    mail.apply_all()
    assert mail.log() == [f"E{number}" for number in range(200)]
    takes_nul = database_url.startswith("sqlite")
    assert mail.counts() == {"applied": 200 + takes_nul, "dead": len(POISONS) - takes_nul}


@pytest.mark.parametrize("poison", POISONS)
def test_whatever_is_wrong_the_next_patient_is_applied_in_the_same_sweep(mail: Mail, poison: str) -> None:
    mail.store_all([bad(1, poison), bad(2, poison), good(mail, 3)])
    mail.community.engine.context.channels.pop("gone", None)  # type: ignore[attr-defined]
    mail.community.engine.wake_due(mail.community.now)
    assert mail.log() == ["E3"]


def test_five_tries_each_later_than_the_last_then_a_notice(mail: Mail) -> None:
    """Mutant: dead without a task."""
    mail.store_all([bad(1, "zero")])
    tried: list[timedelta] = []
    began = mail.community.now
    for second in range(120):
        mail.community.now = began + timedelta(seconds=second)
        if apply_waiting(mail.community.engine.context, mail.community.now):
            tried.append(timedelta(seconds=second))
    waits = [after - before for before, after in pairwise(tried)]
    assert len(tried) == TRIES == 5
    assert waits == sorted(waits) and len(set(waits)) == 4
    assert mail.counts() == {"dead": 1}
    health = mail.community.engine.health(mail.community.now)
    assert (health["notices"], health["notices_on_no_list"]) == (1, 1)


def test_a_dead_letter_of_a_known_place_is_on_its_message_responsibles_list(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its content can be read; it is applying that fails."""
    mail.store_all([good(mail, 1)])
    mail.apply_all(hours=1)
    with monkeypatch.context() as broken:
        broken.setattr(one_message, "apply", _fails)
        mail.store_all([good(mail, 41)])
        mail.apply_all(hours=1)
    (notice,) = mail.community.engine.worklist(mail.community.who("mia"), mail.community.now)
    assert (notice.step, notice.patient_name) == ("DEAD_LETTER", "Astrid F.")
    assert mail.community.engine.worklist(mail.community.who("kari"), mail.community.now) == []
    with mail.community.engine.context.store.reading() as records:
        (row,) = records.messages(dispositions=["dead"])
    assert run_again(mail.community.engine.context, row.id, "mia", mail.community.now).disposition == "applied"
    assert mail.community.engine.worklist(mail.community.who("mia"), mail.community.now) == []
    assert mail.log() == ["E1", "E41"]


def _fails(*args: object, **kwargs: object) -> None:
    raise ZeroDivisionError


def test_a_dead_letter_that_dies_again_is_a_new_notice(mail: Mail) -> None:
    mail.store_all([bad(1, "zero")])
    for _ in range(2):
        mail.apply_all(hours=1)
        assert mail.community.engine.health(mail.community.now)["notices"] == 1
        with mail.community.engine.context.store.reading() as records:
            (row,) = records.messages(dispositions=["dead"])
        run_again(mail.community.engine.context, row.id, "mia", mail.community.now)
        assert mail.community.engine.health(mail.community.now)["notices"] == 0
    with mail.community.engine.context.store.reading() as records:
        assert [row.action for row in records.audit()] == ["run-again", "run-again"]


def test_one_that_cannot_be_stored_does_not_keep_its_batch_from_being_stored(mail: Mail) -> None:
    """A NUL in a message id is taken by SQLite and refused by PostgreSQL."""
    now = mail.community.now
    writer = InboxWriter(mail.community.engine.context, lambda: now, lambda incoming: Wanted(True, True))
    told = [good(mail, 1), bad(2, "zero") | {"id": "X\x00Y"}, good(mail, 3)]
    waiting = [writer.take(Incoming(json.dumps(each).encode(), "plain", "test")) for each in told]
    writer.start()
    answers = [each.result(timeout=60) for each in waiting]
    writer.stop()
    assert [each[-1] for each in answers[::2]] == [b"accepted", b"accepted"]
    assert answers[1][-1].startswith(b"error")
    assert mail.log() == ["E1", "E3"]
