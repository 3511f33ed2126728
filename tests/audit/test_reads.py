"""Whoever is shown a patient is in the audit, in the same transaction, with the ids that were shown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pathway_engine.domain.events import Act
from pathway_engine.service.insight import insight
from pathway_engine.service.insight_words import FAMILIES, KNOWN, words_of
from pathway_engine.storage.errors import DatabaseUnusable
from pathway_engine.storage.rows import AuditRow
from pathway_engine.storage.unit_of_work import UnitOfWork
from tests.service.community import Community

PROGRAM = Path(__file__).parents[2] / "pathway_engine"


@pytest.fixture
def community(database_url: str) -> Iterator[Community]:
    community = Community(database_url)
    community.tell("admitted", receives_services=True)
    community.passes(hours=5)
    community.tell("discharged", destination="home")
    community.send(patient="200", stay="VN2", district="01", entries=[])
    yield community
    community.close()


def newest(community: Community, count: int = 1) -> list[AuditRow]:
    with community.engine.context.store.reading() as records:
        return records.audit(limit=count)


def test_a_list_is_on_record_with_the_patients_shown(community: Community) -> None:
    """Mutant: the ids are left out."""
    shown = community.engine.worklist(community.who("kari"), community.now)
    (row,) = newest(community)
    assert (row.actor, row.role, row.action) == ("kari", "home_care_nurse", "list read")
    assert row.detail.split(" ") == sorted({view.patient_id for view in shown}) and row.patient_id is None


def test_a_list_that_shows_nobody_is_no_read(community: Community) -> None:
    (before,) = newest(community)
    assert community.engine.worklist(community.who("per"), community.now) == []
    assert newest(community) == [before]


def test_a_list_that_cannot_be_put_on_record_is_not_shown(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DatabaseUnusable

    monkeypatch.setattr(UnitOfWork, "write_audit", full)
    with pytest.raises(DatabaseUnusable):
        community.engine.worklist(community.who("kari"), community.now)


def test_the_patient_finds_lists_tasks_and_messages(community: Community) -> None:
    """Also what is on record of another's list is not told."""
    (task, *_) = community.engine.worklist(community.who("kari"), community.now)
    community.engine.task(community.who("kari"), task.id, community.now)
    told = insight(community.engine.context, task.patient_id, actor="anne", now=community.now)
    words = [line.what.nb for line in told.lines]
    assert "Så deg på en arbeidsliste" in words and "Åpnet en oppgave om deg" in words
    assert "Mottok melding (PLAIN) om deg" in words
    seen = next(line for line in told.lines if line.what.nb == "Åpnet en oppgave om deg")
    assert (seen.who, seen.organisation) == ("Kari Sykepleier", "Hjemmetjenesten øst, Fjordby")
    other = insight(community.engine.context, "patient-2", actor="anne", now=community.now)
    assert "Så deg på en arbeidsliste" not in [line.what.nb for line in other.lines]


def test_what_was_seen_under_a_merged_record_is_told_too(community: Community) -> None:
    (task, *_) = community.engine.worklist(community.who("kari"), community.now)
    community.send(patient="200", retires="100")
    survivor = insight(community.engine.context, task.patient_id, actor="anne", now=community.now)
    assert "Så deg på en arbeidsliste" in [line.what.nb for line in survivor.lines]


def codes() -> Iterator[str]:
    """Every action that the program writes, as far as its text says; what is filled in is `x`."""
    for path in PROGRAM.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            called = getattr(call.func, "attr", "")
            for given in call.keywords:
                if given.arg == "action" and called in ("write_audit", "write_list_read"):
                    yield re.sub(r"\{[^}]*\}", "x", ast.unparse(given.value).removeprefix("f").strip("'\""))


def test_every_action_has_words_in_both_languages() -> None:
    found = set(codes())
    assert len(found) > 12
    acts = {"task x": [f"task {act}" for act in Act]}
    told = {each for code in found for each in acts.get(code, [code])} - {"EXPIRED", "action", "purpose"}
    assert [each for each in told if each not in KNOWN and words_of(each).what.nb == each] == []
    every = [*KNOWN.values(), *FAMILIES.values()]
    assert all(words.what.nb and words.what.en and words.why.nb and words.why.en for words in every)
