"""What a message says when it is decided: slots from items, facts and texts, and the times of this stay."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pathway_engine.domain.conditions import parse_condition
from pathway_engine.domain.definition import Announcement, Checklist, ChecklistItem, Sends, Source, Text
from pathway_engine.domain.episode import Anchor, Episode, Outgoing, Rules
from pathway_engine.domain.events import FactValue, Happened
from pathway_engine.domain.message_content import announced, with_message
from pathway_engine.domain.message_slots import KINDS
from pathway_engine.language.folder import load_shipped

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
PATHWAY = load_shipped("hph")
RULES = Rules.of(PATHWAY, lambda municipality: pytest.fail("no calendar is asked for"))
CHECKLIST = Checklist(
    "c", Text("s", "c"),
    (
        ChecklistItem("offer", Text("", ""), "choice", choices={"home": Text("Tjenester hjemme", "Services at home")}),
        ChecklistItem("told", Text("", ""), "yes_no"),
        ChecklistItem("day", Text("", ""), "date"),
        ChecklistItem("kilos", Text("", ""), "number"),
    ),
)  # fmt: skip


def episode(**facts: FactValue) -> Episode:
    return Episode(
        pathway="hph", definition="d", ordinal=0, phase="in_hospital", opened_at=NOON, opened_by="x", entered_at=NOON,
        entered_by="x", facts=facts,
    )  # fmt: skip


def content(message: str, slot: str, source: Source, answers: dict[str, FactValue], **facts: FactValue) -> object:
    sends = Sends(message, content={slot: source})
    outgoing = Outgoing("key", message, "task", NOON)
    (found,) = with_message(RULES, episode(**facts), sends, outgoing, answers, CHECKLIST).outgoing
    return found.content.get(slot)


@pytest.mark.parametrize(
    ("source", "answers", "facts", "said"),
    [
        (Source("offer"), {"offer": "home"}, {}, "Tjenester hjemme"),
        (Source("told"), {"told": "yes"}, {}, "Ja"),
        (Source("told"), {"told": "not_applicable"}, {}, None),
        (Source("kilos"), {"kilos": 71.5}, {}, "71.5"),
        (Source("destination"), {}, {"destination": "nursing_home"}, "sykehjem"),
        (Source("receives_services"), {}, {"receives_services": False}, "Nei"),
        (Source(text=Text("Alltid", "Always")), {}, {}, "Alltid"),
        (Source("offer"), {}, {"offer": "a fact of that name"}, None),
        (Source("nowhere"), {}, {}, None),
    ],
)
def test_a_text_says_an_answer_or_a_fact_in_words(
    source: Source, answers: dict[str, FactValue], facts: dict[str, FactValue], said: str | None
) -> None:
    assert content("INNLEGGELSESRAPPORT", "reason", source, answers, **facts) == said


def test_a_flag_a_day_and_a_code_stay_what_they_are() -> None:
    assert content("INNLEGGELSESRAPPORT", "next_of_kin", Source("told"), {"told": "no"}) is False
    day = date(2026, 11, 20)
    assert content("DIALOG_HELSEFAGLIG/7", "offer_ready_on", Source("day"), {"day": day}) == day
    assert content("LOG_UTSKREVET", "destination", Source("destination"), {}, destination="abroad") == "abroad"


@pytest.mark.parametrize(("known", "sent"), [(True, 1), (False, 0), (None, 0)])
def test_a_message_goes_out_only_when_its_condition_is_true(known: bool | None, sent: int) -> None:
    condition = parse_condition("receives_services", PATHWAY.facts)
    rule = Announcement(
        id="R", owner="nurse", lines=(1, 1), when_event=("admitted",),
        sends=Sends("LOG_INNLAGT", "event", {}, condition),
    )  # fmt: skip
    event = Happened(id="1", name="admitted", cause="admitted/VN1", occurred_at=NOON, recorded_at=NOON, stay="VN1")
    before = episode() if known is None else episode(receives_services=known)
    after = announced(RULES, before, rule, event)
    assert [each.key for each in after.outgoing] == ["hph:R:admitted/VN1/LOG_INNLAGT"][:sent]
    assert announced(RULES, after, rule, event) == after


def test_times_are_those_of_the_stay_that_is_told_of() -> None:
    admitted, before = Anchor(NOON, "b"), Anchor(NOON - timedelta(days=9), "a")
    anchors = {"admitted": admitted, "discharge_ready": before, "discharge_ready_withdrawn": admitted}
    sends = Sends("LOG_AVMELDING", content={})
    outgoing = Outgoing("k", "LOG_AVMELDING", "", NOON)
    (found,) = with_message(RULES, replace(episode(), anchors=anchors), sends, outgoing, {}, None).outgoing
    assert found.times == {"admitted": NOON, "discharge_ready_withdrawn": NOON}


def test_without_declared_content_nothing_is_kept_but_the_task() -> None:
    outgoing = Outgoing("k", "INNLEGGELSESRAPPORT", "t", NOON)
    after = with_message(RULES, episode(), Sends("INNLEGGELSESRAPPORT"), outgoing, {"reason": "x"}, None)
    assert [(each.content, each.times) for each in after.outgoing] == [({}, {})]


def test_every_message_and_slot_is_on_the_page_of_slots() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "message-slots.md").read_text("utf-8")
    parts = page.split("## `")[1:]
    told = {part.split("`")[0]: set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for part in parts}
    assert told == {name: set(kind.slots) for name, kind in KINDS.items()}
