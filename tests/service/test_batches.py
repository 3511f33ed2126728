"""Many messages in one commit: each ends as it would have alone, and what fails takes nobody along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event

from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.service import applying
from pathway_engine.service.context import Context
from pathway_engine.service.one_message import TRIES
from pathway_engine.service.receiving import Incoming, apply_these, apply_waiting, store
from pathway_engine.storage.records import Records
from tests.service.community import START, Community

STORY = ("admitted", "discharge_ready", "discharged", "fall_reported")
LATER = START + timedelta(hours=1)


def story(patient: str, district: str = "01") -> list[dict[str, object]]:
    """One patient's four messages, ten minutes apart."""
    told: list[dict[str, object]] = []
    for number, name in enumerate(STORY):
        at = (START + timedelta(minutes=10 * number)).isoformat()
        entry = {
            "id": f"{name}-{patient}", "name": name, "cause": f"{name}/{patient}", "at": at, "recorded": at,
            "stay": f"S{patient}", "facts": {"destination": "home", "receives_services": True},
        }  # fmt: skip
        message = {"id": f"{name}-{patient}", "patient": patient, "district": district, "stay": f"S{patient}"}
        told.append({**message, "entries": [entry]})
    return told


def incoming(told: dict[str, object]) -> Incoming:
    return Incoming(json.dumps(told).encode(), "plain", "test")


def interleaved(*stories: list[dict[str, object]]) -> list[dict[str, object]]:
    return [message for messages in zip(*stories, strict=True) for message in messages]


def ends(context: Context) -> dict[str, str | None]:
    with context.store.reading() as records:
        return {row.message_id: row.disposition for row in records.messages(limit=1000)}


def projection(context: Context) -> list[object]:
    """Everything that people see, without what chance or the clock of receiving decides."""
    with context.store.reading() as records:
        found = []
        for patient in records.patients_with_entries():
            told = records.log(patient)
            tasks = records.tasks_of_patient(patient)
            episodes = records.episodes(patient)
            found.append((
                sorted(row.entry.id for row in told),
                [(row.key, row.status, row.version, row.audience, row.body) for row in tasks],
                [(row.pathway, row.ordinal, row.phase, row.state, row.next_wake_at) for row in episodes],
            ))  # fmt: skip
        return sorted(found, key=str)


@pytest.fixture
def other(sqlite_url: str) -> Iterator[Community]:
    made = Community(f"{sqlite_url}-other")
    yield made
    made.close()


def test_a_batch_leaves_what_one_by_one_leaves(community: Community, other: Community) -> None:
    told = interleaved(*(story(str(patient), f"0{1 + patient % 2}") for patient in range(6)))
    context = community.engine.context
    store(context, [incoming(message) for message in told], LATER)
    assert apply_waiting(context, LATER) == 24
    for message in told:
        other.engine.receive(incoming(message), LATER)
    assert set(ends(context).values()) == {"applied"}
    assert projection(context) == projection(other.engine.context)


def test_what_fails_in_a_batch_takes_nobody_along(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: the fault of one message is the fault of its batch."""
    told = interleaved(story("1"), story("2"), story("3"))
    told[4] = {**told[4], "poison": True}
    told[5] = {**told[5], "bad": True}
    context, apply = community.engine.context, applying.apply

    def breaking(context: Context, records: Records, patient: str, entries: list[Any], **how: Any) -> int:
        if any(entry.id == "discharged-2" for entry in entries):
            raise ZeroDivisionError
        return apply(context, records, patient, entries, **how)

    monkeypatch.setattr("pathway_engine.service.one_message.apply", breaking)
    store(context, [incoming(message) for message in told], LATER)
    assert apply_waiting(context, LATER) == 12
    found = ends(context)
    assert {id: end for id, end in found.items() if end != "applied"} == {
        "discharge_ready-2": None, "discharge_ready-3": "rejected", "discharged-2": None,
    }  # fmt: skip
    with context.store.reading() as records:
        assert sorted(row.attempts for row in records.messages(dispositions=["waiting"])) == [1, 1]


def test_many_faults_end_in_trying_one_by_one(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    told = interleaved(*(story(str(patient)) for patient in range(8)))
    context, apply = community.engine.context, applying.apply

    def breaking(context: Context, records: Records, patient: str, entries: list[Any], **how: Any) -> int:
        if any(entry.name == "discharged" for entry in entries):
            raise ZeroDivisionError
        return apply(context, records, patient, entries, **how)

    monkeypatch.setattr("pathway_engine.service.one_message.apply", breaking)
    store(context, [incoming(message) for message in told], LATER)
    assert apply_waiting(context, LATER) == 32
    waiting = {id for id, end in ends(context).items() if end is None}
    assert waiting == {f"discharged-{patient}" for patient in range(8)}


def test_what_the_database_cannot_hold_is_set_aside_and_blocks_nobody(community: Community) -> None:
    """PostgreSQL's text holds no NUL. Mutant: every refusal of the database counts as its being down."""
    if community.engine.context.store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite holds a NUL in text")
    told = interleaved(story("1"), story("2"))
    told[2] = {**told[2], "stay": "S\x00"}
    context = community.engine.context
    store(context, [incoming(message) for message in told], LATER)
    assert apply_waiting(context, LATER) == 8
    assert [id for id, end in ends(context).items() if end is None] == ["discharge_ready-1"]
    for day in range(TRIES):
        apply_waiting(context, LATER + timedelta(days=day))
    assert ends(context)["discharge_ready-1"] == "dead"


def test_a_batch_is_one_commit(community: Community) -> None:
    context = community.engine.context
    store(context, [incoming(message) for message in interleaved(story("1"), story("2"))], LATER)
    commits: list[int] = []
    event.listen(context.store.engine, "commit", lambda _connection: commits.append(1))
    with context.store.reading() as records:
        ids = [row.id for row in records.messages_to_try(LATER, 100)]
    before = len(commits)
    rows = apply_these(context, ids, LATER)
    assert len(commits) - before == 2  # one that reads, one that writes
    assert all(row.answer is not None and row.disposition == "applied" for row in rows.values())


def test_who_is_asked_for_a_message_in_other_hands_waits_for_them(community: Community) -> None:
    """Mutant: a message that somebody else applies is answered as not applied."""
    context = community.engine.context
    (kept,) = store(context, [incoming(story("1")[0])], LATER)
    if context.store.engine.dialect.name != "postgresql":
        pytest.skip("on SQLite one writes at a time")
    found: list[str | None] = []
    asking = Thread(
        target=lambda: found.append(apply_these(context, [kept.inbox_id], LATER)[kept.inbox_id].disposition)
    )
    with context.store.transaction() as records:
        records.lock_message(kept.inbox_id)
        asking.start()
        asking.join(timeout=0.5)
        assert not found
        records.dispose(kept.inbox_id, disposition="kept", at=LATER)
    asking.join(timeout=30)
    assert found == ["kept"]


def test_who_comes_second_to_a_new_patient_applies_it_all_the_same(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: what the database refuses because somebody was first counts as a fault of the message."""
    context, apply = community.engine.context, applying.apply

    def applied_after_writing(context: Context, records: Any, *rest: Any, **how: Any) -> int:
        records.flush()  # as any question does that was not read ahead
        return apply(context, records, *rest, **how)

    monkeypatch.setattr("pathway_engine.service.one_message.apply", applied_after_writing)
    if context.store.engine.dialect.name != "postgresql":
        pytest.skip("on SQLite one writes at a time")
    kept = store(context, [incoming(message) for message in interleaved(story("1"), story("2"))], LATER)
    second = Thread(target=lambda: apply_these(context, [each.inbox_id for each in kept], LATER))
    with context.store.transaction() as records:
        records.add_patient("first", Demographics(), [Identifier(system="local:FJORD", value="1")], LATER)
        records.flush()
        second.start()
        second.join(timeout=1)
        assert second.is_alive()
    second.join(timeout=30)
    with context.store.reading() as found:
        rows = [found.message(each.inbox_id) for each in kept]
    assert {(row.disposition, row.attempts) for row in rows} == {("applied", 0)}
    assert [row.patient_id == "first" for row in rows] == [True, False] * 4


def test_until_the_lease_ends_the_heartbeat_leaves_a_message_alone(community: Community) -> None:
    context = community.engine.context
    store(context, [replace(incoming(story("1")[0]), held_until=LATER + timedelta(seconds=10))], LATER)
    assert apply_waiting(context, LATER + timedelta(seconds=9)) == 0
    assert apply_waiting(context, LATER + timedelta(seconds=10)) == 1
