"""Every message ends in exactly one disposition, and what was answered is on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pathway_engine.domain.directory import Directories
from pathway_engine.domain.events import Identifier
from pathway_engine.service import one_message
from pathway_engine.service.one_message import TRIES
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.receiving import Incoming, apply_waiting, store
from pathway_engine.service.running_again import run_again
from pathway_engine.storage.errors import DatabaseUnusable
from tests.service.community import Community, PlainChannel


def counts(community: Community) -> dict[str, int]:
    with community.engine.context.store.reading() as records:
        return {name: count for name, count in records.disposition_counts().items() if count}


def test_the_same_message_again_gets_the_same_answer_and_no_second_effect(community: Community) -> None:
    """Mutant: no deduplication."""
    community.brought_home()
    entry = {"id": "F", "name": "fall_reported", "cause": "fall/1", "at": community.now.isoformat()}
    entry["recorded"] = community.now.isoformat()
    first = community.send(id="SAME", entries=[entry])
    before = community.engine.worklist(community.who("kari"), community.now)
    again = community.send(id="SAME", entries=[entry])
    assert (again.outcome, again.answer) == ("duplicate", first.answer)
    assert community.engine.worklist(community.who("kari"), community.now) == before
    assert counts(community) == {"applied": 4, "duplicate": 1}


def test_the_same_id_with_other_content_is_refused_and_kept_in_sight(community: Community) -> None:
    """Mutant: deduplication by message id alone."""
    community.send(id="SAME", entries=[])
    other = community.send(id="SAME", entries=[], municipality="5002")
    assert (other.outcome, other.disposition) == ("conflict", "rejected")
    assert b"error" in (other.answer or b"") and "new id" in other.reason
    assert community.send(id="SAME", entries=[], municipality="5002").answer == other.answer


def test_a_late_letter_does_not_bring_an_old_address_back(community: Community) -> None:
    """Found by simulation, seed 7. Mutant: the last message to arrive has the last word on an address."""
    yesterday, today = community.now - timedelta(days=1), community.now
    community.send(municipality="5001", district="02", written=today.isoformat())
    community.send(municipality="5001", district="01", written=yesterday.isoformat())
    with community.engine.context.store.reading() as records:
        (row,) = records.find_patients([Identifier(system="local:FJORD", value="100")])
    assert (row.district, row.updated_at) == ("02", today)


def test_a_poison_message_blocks_nobody_and_ends_in_the_dead_letter_list(community: Community) -> None:
    """Mutant: retry forever at the head of the queue; mutant: swallow the error."""
    poison = community.send(id="P", poison=True, entries=[])
    assert poison.disposition is None and b"error" in (poison.answer or b"")
    assert community.tell("admitted", receives_services=True).disposition == "applied"
    for _ in range(TRIES):
        community.passes(hours=1)
    assert counts(community) == {"applied": 1, "dead": 1}


def test_a_dead_letter_can_be_run_again_after_a_fix(community: Community) -> None:
    poison = community.send(id="P", poison=True, entries=[])
    for _ in range(TRIES):
        community.passes(hours=1)
    plain = PlainChannel()
    mended = PlainChannel()
    mended.read = lambda raw, sender: plain.read(raw.replace(b"poison", b"mended"), sender)  # type: ignore[method-assign]
    community.engine.context.channels["plain"] = mended  # type: ignore[index]
    assert run_again(community.engine.context, poison.inbox_id, "mia", community.now).disposition == "applied"


def test_bad_content_gets_an_error_that_says_what_would_be_right(community: Community) -> None:
    refused = community.send(bad=True, entries=[])
    assert refused.disposition == "rejected" and "would be right" in refused.reason


def test_what_cannot_be_read_at_all_is_kept_and_answered(community: Community) -> None:
    refused = community.engine.receive(Incoming(b"\x00garbage", "plain", "test"), community.now)
    assert refused.disposition == "rejected" and refused.answer
    assert counts(community) == {"rejected": 1}


def test_an_unknown_sender_waits_in_the_queue_until_the_directory_knows_it(community: Community) -> None:
    waiting = community.send(**{"from": "ELSEWHERE"}, entries=[])
    assert waiting.disposition == "unplaced" and "directory" in waiting.reason
    context = community.engine.context
    known = context.directory.senders[("EPJ", "FJORD")]
    context.directory.senders[("EPJ", "ELSEWHERE")] = known  # type: ignore[index]
    assert run_again(context, waiting.inbox_id, "mia", community.now).disposition == "applied"
    assert Directories(context.directories.imports) == context.directories


def test_what_was_stored_before_a_crash_is_applied_after_it(community: Community) -> None:
    """Mutant: the effect in memory only, between the two commits."""
    now = community.now
    entry = {"id": "A", "name": "discharge_ready", "cause": "r/1", "at": now.isoformat(), "recorded": now.isoformat()}
    raw = json.dumps({"id": "M", "patient": "100", "district": "01", "entries": [entry]}).encode()
    store(community.engine.context, [Incoming(raw, "plain", "test")], now)
    community.restart()
    assert apply_waiting(community.engine.context, community.now) == 1
    assert "HPH1" in community.list_of("kari")
    assert apply_waiting(community.engine.context, community.now) == 0


def test_a_failure_while_applying_leaves_nothing_behind(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """All or nothing: log, episode, tasks, audit and disposition. Mutant: a second transaction for the effect."""

    def fails(*args: object, **kwargs: object) -> None:
        raise DatabaseUnusable

    with monkeypatch.context() as broken:
        broken.setattr(one_message, "_settle", fails)
        with pytest.raises(DatabaseUnusable):
            community.tell("discharge_ready")
    with community.engine.context.store.reading() as records:
        assert records.patients_with_entries() == []
        assert records.disposition_counts()["waiting"] == 1
    community.passes(seconds=1)
    assert "HPH1" in community.list_of("kari")


def test_identifiers_of_two_different_patients_wait_for_a_person(community: Community) -> None:
    community.send(patient="100", entries=[])
    community.send(patient="200", entries=[])
    context = community.engine.context
    plain, both = PlainChannel(), PlainChannel()
    identifiers = tuple(Identifier(system="local:FJORD", value=number) for number in ("100", "200"))
    both.read = lambda raw, sender: replace(plain.read(raw, sender), identifiers=identifiers)  # type: ignore[method-assign]
    context.channels["plain"] = both  # type: ignore[index]
    assert community.send(entries=[]).disposition == "unplaced"


def test_a_batch_is_stored_in_one_commit_and_counts_add_up(community: Community) -> None:
    raws = [json.dumps({"id": f"B{n % 7}", "patient": str(n % 7), "entries": []}).encode() for n in range(10)]
    stored = store(community.engine.context, [Incoming(raw, "plain", "test") for raw in raws], community.now)
    assert [each.outcome for each in stored].count("duplicate") == 3
    while apply_waiting(community.engine.context, community.now + timedelta(hours=1)):
        pass
    assert counts(community) == {"applied": 7, "duplicate": 3}


def test_a_stay_that_is_anothers_waits_for_a_person(community: Community) -> None:
    """Mutant: a visit number typed on the wrong patient sends two people's events into one life."""
    community.send(patient="100", stay="VN1", entries=[])
    wrong = community.send(patient="200", stay="VN1", entries=[])
    assert wrong.disposition == "unplaced" and "another patient" in wrong.reason


def test_a_sender_whose_clock_runs_ahead_is_believed_now_and_not_when_our_clock_agrees(community: Community) -> None:
    """Mutant: an event of the future lies beyond the fold, and no wake-up comes for it."""
    at = (community.now + timedelta(minutes=2)).isoformat()
    entry = {"id": "A", "name": "discharge_ready", "cause": "r/1", "at": at, "recorded": at, "stay": "VN1"}
    assert community.send(entries=[entry], stay="VN1", district="01").disposition == "applied"
    assert "HPH1" in community.list_of("kari")
    community.tell("discharged", destination="home")
    assert "HPH2" in community.list_of("kari")
    assert rebuild(community.engine.context, community.now, check=True).differing == ()
