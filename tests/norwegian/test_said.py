"""Whoever must answer a message, or say what it means, reads what its sender wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.norwegian.values import RichText
from pathway_engine.service.telling import tell
from pathway_engine.service.views import Principal
from tests.adapters.norwegian import letters
from tests.norwegian.town import Town

QUESTION = "Kan hun klare trappene hjemme?"


@pytest.fixture
def town(sqlite_url: str) -> Iterator[Town]:
    made = Town(sqlite_url, pathways=("hph", "dialogue"))
    yield made
    made.close()


def test_the_task_of_a_request_shows_the_question(town: Town) -> None:
    asked = replace(letters.QUESTION, question=RichText.of(QUESTION))
    assert town.receive(letters.request(asked)).disposition == "applied"
    (unit,) = [
        each for each in town.known.organisations.values()
        if each.municipality == "5001" and "message_responsible" in each.roles
    ]  # fmt: skip
    who = Principal(person="x", name="X", role="message_responsible", seats=((unit.id, "message_responsible"),))
    (task,) = [each for each in town.engine.worklist(who, town.now) if each.step == "REQUEST"]
    assert QUESTION in town.engine.task(who, task.id, town.now).said
    with town.engine.context.store.reading() as records:
        number = records.messages(limit=1)[0].id
    (told,) = tell(town.engine.context, f"in/{number}", "operator", town.now)
    assert any(QUESTION in line.nb for line in told.said)
