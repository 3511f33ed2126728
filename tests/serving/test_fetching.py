"""Threads that fetch: a fault of the other side ends nothing, a stop does, and a dead one is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from pathway_engine.metrics.watched import Watched
from pathway_engine.service.engine import Engine
from pathway_engine.serving.fetching import Fetcher, bring_answer, fetchers
from pathway_engine.serving.running import _Work
from pathway_engine.settings import read_settings
from tests.drop.house import message
from tests.message_service.fake import TOKEN, FakeService, running
from tests.service.community import START, Community


def test_a_turn_that_fails_is_followed_by_the_next() -> None:
    """Mutant: the thread ends with the database."""
    turns, enough = [], threading.Event()

    def turn(goes_on: Callable[[], bool]) -> int:
        turns.append(goes_on())
        if len(turns) == 3:
            enough.set()
        raise ZeroDivisionError

    fetcher = Fetcher("test", turn, 0.001)
    fetcher.start()
    lived = enough.wait(30) and fetcher.lives
    fetcher.stop()
    assert (lived, fetcher.lives, turns[:3]) == (True, False, [True] * 3)


class Beaten:
    """Notes the beats."""

    def __init__(self) -> None:
        self.beats: list[str] = []

    def beat(self, name: str, now: datetime) -> None:
        self.beats.append(name)


class Unkept:
    """No audit."""

    def beat(self, now: datetime) -> None:
        pass


def test_a_worker_whose_fetcher_has_died_is_silent() -> None:
    """Mutant: nobody notices that files are no longer taken."""
    beaten, fetcher = Beaten(), Fetcher("test", lambda goes_on: 0, 60)
    work = _Work(beaten, [fetcher], Unkept(), Watched(beaten, ("worker",)))  # type: ignore[arg-type]
    work.beat("worker", START)
    assert beaten.beats == []
    fetcher.start()
    work.beat("worker", START)
    assert beaten.beats == ["worker"]
    fetcher.stop()


@pytest.fixture
def engine(sqlite_url: str) -> Engine:
    return Community(sqlite_url, pathways=()).engine


def test_there_is_a_thread_for_each_way_that_is_set(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    assert fetchers(engine.context, read_settings(), lambda: START) == []
    settings = read_settings(
        drop_folder=tmp_path, message_service_url="https://example.test", message_service_token_file=tmp_path / "token",
        message_service_her_ids="1",
    )  # fmt: skip
    assert len(fetchers(engine.context, settings, lambda: START)) == 2
    engine.context.store.close()


@pytest.mark.parametrize("peer", ["drop:a", "message-service:b", "mllp:127.0.0.1"])
def test_an_answer_goes_the_way_that_its_message_came(sqlite_url: str, tmp_path: Path, peer: str) -> None:
    """Mutant: a message that is run again is never receipted."""
    from pathway_engine.service.receiving import Incoming

    community, fake = Community(sqlite_url, pathways=()), FakeService()
    (tmp_path / "token").write_text(TOKEN)
    received = community.engine.receive(Incoming(message(1), "plain", peer), START)
    with running(fake) as url:
        settings = read_settings(
            drop_folder=tmp_path, message_service_url=url, message_service_token_file=tmp_path / "token",
            message_service_her_ids="1",
        )  # fmt: skip
        went = bring_answer(community.engine.context, settings, received.inbox_id)
    community.close()
    found = [path.read_bytes() for path in tmp_path.glob("receipts/*")]
    assert (went, found, fake.posted) == {
        "drop": (True, [b"accepted"], []), "message-service": (True, [], [b"accepted"]), "mllp": (False, [], []),
    }[peer.partition(":")[0]]  # fmt: skip
