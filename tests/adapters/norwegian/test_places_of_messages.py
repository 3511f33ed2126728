"""A message that a pathway may send stands in every table that it needs; who adds one is told which is missing."""

from __future__ import annotations

from collections.abc import Container

import pytest

from adapters.norwegian.outgoing import WRITERS
from adapters.norwegian.outgoing_dialogue import NOTES
from adapters.norwegian.rules.types import TYPES
from pathway_engine.domain.message_slots import KINDS
from pathway_engine.domain.message_titles import TITLES
from pathway_engine.domain.routing import ADDRESSEES
from pathway_engine.language.vocabulary import MESSAGES

QUESTION = "DIALOG_FORESPORSEL"
"""It is written by who asks: by profession and answer, not by its name alone."""
OF_A_KIND: dict[str, Container[str]] = {
    "MESSAGES of language/vocabulary.py": MESSAGES,
    "TITLES of domain/message_titles.py": TITLES,
    "WRITERS of adapters/norwegian/outgoing.py or NOTES of outgoing_dialogue.py": {*WRITERS, *NOTES, QUESTION},
}
OF_A_TYPE: dict[str, Container[str]] = {
    "TYPES of adapters/norwegian/rules/types.py": TYPES,
    "ADDRESSEES of domain/routing.py": ADDRESSEES,
}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_message_that_goes_out_has_its_place_in_every_table(name: str) -> None:
    type = name.partition("/")[0]
    lacking = [table for table, known in OF_A_KIND.items() if name not in known]
    lacking += [table for table, known in OF_A_TYPE.items() if type not in known]
    assert lacking == [], f"write {name} into each of these"
