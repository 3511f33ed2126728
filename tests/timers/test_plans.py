"""What is asked every second is answered by an index that holds only what waits."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pathway_engine.storage.store import Store
from tests.timers.plans import OF_MESSAGES, OF_PEOPLE, QUESTIONS, filled, plan, statements, statements_of

SIZE = 20_000
INDEX = {
    "due episodes": "ix_episode_wake",
    "next wake-up": "ix_episode_wake",
    "parked, to be tried": "ix_episode_parked",
    "parked, counted": "ix_episode_parked",
    "parked, in full": "ix_episode_parked",
    "waiting messages": "ix_inbox_waiting",
    "unsettled messages": "ix_inbox",
    "unsettled outgoing": "ix_outbox",
    "open notices": "ix_notice_open",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A database of each kind in which very much waits and nothing is due."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans')}/pathway.sqlite"
    else:
        url = request.getfixturevalue("postgres_url_of_module")
    made = filled(url, SIZE)
    yield made
    made.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_asked_every_second_is_answered_by_its_index(store: Store, question: str) -> None:
    asked = statements(store, question)
    assert asked
    for each in asked:
        found = plan(store, each)
        assert INDEX[question] in found, found
        assert "Seq Scan" not in found and "SCAN inbox\n" not in f"{found}\n", found
        assert "tenant" in found


def test_a_share_of_what_is_due_is_taken_without_sorting_all_of_it(store: Store) -> None:
    """A whole day's deadlines end at the same instant."""
    (asked,) = statements(store, "due episodes")
    found = plan(store, asked)
    assert "Sort" not in found and "TEMP B-TREE" not in found, found
    assert "Limit" in found or "LIMIT" in asked.statement


@pytest.mark.parametrize("question", OF_MESSAGES)
def test_pairs_are_found_by_both_their_columns(store: Store, question: str) -> None:
    """Not by the tenant alone: then a message would cost as much more as there are more patients."""
    asks, columns = OF_MESSAGES[question]
    (asked,) = statements_of(store, asks)
    found = plan(store, asked)
    assert "Seq Scan" not in found and "(tenant=?)" not in found, found
    used = re.findall(r"USING [^(]*\(([^)]*)\)|Index Cond\": \"([^\"]*)\"", found)
    assert any(all(column in "".join(each) for column in columns) for each in used), found


@pytest.mark.parametrize("question", OF_PEOPLE)
def test_what_a_person_asks_of_messages_reads_none_of_those_that_were_applied(store: Store, question: str) -> None:
    asks, way = OF_PEOPLE[question]
    asked, *_ = statements_of(store, asks)
    found = plan(store, asked)
    assert way in found, found
    assert "Seq Scan" not in found and "(tenant=?)" not in found and "SCAN inbox" not in found, found


def test_an_id_is_the_bound_of_what_is_looked_through(store: Store) -> None:
    """On PostgreSQL too, where a text's order is a language's unless it is said to be the bytes'."""
    asked, _ = statements_of(store, lambda records: records.messages_named("M7"))
    found = plan(store, asked)
    if store.engine.dialect.name == "sqlite":
        assert "message_id>? AND message_id<?" in found
    else:
        conditions = re.findall(r'"Index Cond": "([^"]*)"', found)
        assert any("message_id)::text >=" in each and "message_id)::text <" in each for each in conditions), found
