"""A hospital and a municipality run against each other: both end with the same story of the stay."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.norwegian.dialogue import Dialogue
from adapters.norwegian.messages import read, write_message
from adapters.norwegian.outgoing_dialogue import SENTENCES
from adapters.norwegian.schemas import Schemas
from pathway_engine.channels.norwegian_writer import NorwegianWriter
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.stay_folding import stays_told
from pathway_engine.language.ukp_rules import load_ukp_rules
from pathway_engine.service.accounts import Asked, accounts
from pathway_engine.service.outward import Lacking
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.transports.drop_folder import IN
from tests.adapters.norwegian import letters
from tests.norwegian.sides import NURSE, OFFICE, WARD, Side, World
from tests.norwegian.test_schema_rule import LENIENT, STRICT

PHONE = "Medisin 2, 73 00 00 00"
NOTICE: dict[str, FactValue] = {
    "status": "Stabil, går med rullator", "course": "Opptrening", "expected_discharge": date(2026, 11, 19),
    "needs": "Hjemmesykepleie to ganger daglig", "phone": PHONE,
}  # fmt: skip
REPORT: dict[str, FactValue] = {
    "problem": "Fall", "summary": "Bedre", "plan": "Kontroll om to uker", "phone": PHONE,
}  # fmt: skip
ADMISSION: dict[str, FactValue] = {
    "reason": "Fall på badet", "observations": "Svimmel i to dager", "habitual": "Går med rullator",
    "services": "Hjemmesykepleie", "medication_list": "yes", "critical": "Penicillin", "next_of_kin": "yes",
    "contact": "Sone øst, 73 00 00 01",
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.at(tmp_path, (f"sqlite:///{tmp_path}/hospital.db", f"sqlite:///{tmp_path}/town.db"))
    yield world
    world.close()


def ready(world: World) -> None:
    """The doctor judges the patient ready; the ward updates the municipality and tells it."""
    hospital = world.hospital
    hospital.told("discharge_ready")
    world.passes(minutes=10)
    hospital.completes(WARD, "UPDATE", changed="Ny rullator", **NOTICE)
    hospital.completes(
        WARD, "READY", clinician="Marit Solbakken", clinician_hpr="9144889", phone=PHONE, told_ready="yes"
    )
    world.pumps()


def admitted(world: World) -> None:
    """The patient, who has services, is admitted; each side tells the other what it should."""
    hospital, town = world.hospital, world.town
    hospital.told("admitted", receives_services=True)
    world.pumps()
    world.passes(hours=1)
    town.completes(NURSE, "HPH6", **ADMISSION)
    hospital.completes(WARD, "NEED", needs_services="yes", **NOTICE)
    world.pumps()


def answered(world: World, **answer: FactValue) -> None:
    """The allocation office answers, and somebody on the ward reads the answer."""
    world.passes(minutes=20)
    world.town.completes(OFFICE, "ANSWER", contact="Tildeling, 73 00 00 02", **answer)
    world.pumps()
    world.passes(minutes=5)
    world.hospital.completes(WARD, "CONFIRM", **{key: each for key, each in answer.items() if key != "offer"})


def whole_stay(world: World) -> None:
    """Early notice, ready, answered, withdrawn, ready again, discharged with its report."""
    hospital = world.hospital
    admitted(world)
    world.passes(days=2)
    ready(world)
    world.passes(hours=1)
    answered(world, can_receive="from_date", offer_ready_on=date(2026, 11, 20))
    world.passes(hours=3)
    hospital.told("discharge_ready_withdrawn")
    world.pumps()
    world.passes(days=1)
    ready(world)
    answered(world, can_receive="now", offer="home")
    world.passes(hours=4)
    hospital.told("discharged", destination="home")
    hospital.completes(WARD, "REPORT", **REPORT)
    world.pumps()


def assert_same_story(world: World) -> None:
    """Both sides hold that the same happened, to the minute, and nothing of it is stuck."""
    told = ("admitted", "discharge_ready_withdrawn", "discharged", "died")
    stories = [
        [(each.name, f"{each.occurred_at:%Y-%m-%dT%H:%M}") for each in side.story() if each.name in told]
        for side in (world.hospital, world.town)
    ]
    assert stories[0] == stories[1]
    for side in (world.hospital, world.town):
        assert side.quarantined() == []
        assert {status for _, status in side.states()} <= {"acknowledged", "late", "withdrawn"}


def test_a_whole_stay_is_the_same_story_on_both_sides(world: World) -> None:
    whole_stay(world)
    assert [message for message, _ in world.hospital.states()] == [
        "LOG_INNLAGT", "HELSEOPPL_SOKNAD/1", "HELSEOPPL_SOKNAD/2", "LOG_UTSKRIVNINGSKLAR", "LOG_AVMELDING",
        "HELSEOPPL_SOKNAD/2", "LOG_UTSKRIVNINGSKLAR", "LOG_UTSKREVET", "UTSKRIVNINGSRAPPORT",
    ]  # fmt: skip
    assert [message for message, _ in world.town.states()] == [
        "INNLEGGELSESRAPPORT", "DIALOG_HELSEFAGLIG/7", "DIALOG_HELSEFAGLIG/7",
    ]  # fmt: skip
    assert_same_story(world)
    assert (world.town.phase("hph"), world.hospital.phase("ward_stay")) == ("at_home", "departed")
    assert world.town.phase("ward_stay") == "none"


def test_a_whole_stay_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """Both sides in one database, each a tenant of its own."""
    world = World.at(tmp_path, (postgres_url, postgres_url))
    whole_stay(world)
    world.passes(minutes=5)
    world.hospital.voids("discharged/VN1")
    world.pumps()
    assert ("LOG_UTSKREVET", "C") in messages_of(world.hospital)
    assert_same_story(world)
    assert (world.town.phase("hph"), world.hospital.phase("ward_stay")) == ("discharge_ready", "ready")
    world.close()


def test_what_lacks_an_address_tells_a_person_what_lacks(tmp_path: Path) -> None:
    """Mutant: any fault is the same fault."""
    world = World.at(tmp_path, (f"sqlite:///{tmp_path}/h.db", f"sqlite:///{tmp_path}/t.db"))
    hospital = world.hospital
    hospital.known = replace(hospital.known, partners={})
    hospital.restart()
    hospital.told("admitted", receives_services=True)
    hospital.sends()
    (row,) = hospital.outbox()
    assert (row.status, row.reason, hospital.notices()) == ("dead", "Lacks:route:partner", ["UNDELIVERED"])
    world.close()


def test_a_request_is_answered_with_the_request_repeated(world: World) -> None:
    town = world.town
    town.drop.part(IN).joinpath("request.xml").write_bytes(letters.raw(letters.request(sender=letters.HOSPITALS)))
    town.takes()
    town.completes(OFFICE, "REQUEST", answer="Hjemmesykepleie to ganger daglig", contact="73 00 00 02")
    world.pumps()
    (row,) = town.outbox()
    message = read(NorwegianWriter().write(row, town.engine.context)).message
    assert isinstance(message.payload, Dialogue) and message.payload.notes[0].request == letters.QUESTION
    assert message.head.conversation is not None and message.head.conversation.first == letters.uuid(1)
    assert (row.status, world.hospital.names()) == ("acknowledged", ["answer_received"])


def test_a_fault_that_the_receiver_tells_of_asks_a_person(world: World) -> None:
    hospital = world.hospital
    told = letters.note("DIALOG_AVVIK", "1", "8117", "1.0", roles=(), sender=letters.TOWNS, receiver=letters.HOSPITALS,
                        conversation=letters.follows(letters.uuid(3)))  # fmt: skip
    hospital.drop.part(IN).joinpath("fault.xml").write_bytes(letters.raw(told))
    hospital.takes()
    assert "FAULT" in hospital.list_of(WARD)


def test_what_is_written_is_read_with_nothing_changed_and_is_the_same_every_time(world: World) -> None:
    whole_stay(world)
    for side in (world.hospital, world.town):
        for row in side.outbox():
            raw = NorwegianWriter().write(row, side.engine.context)
            assert raw == NorwegianWriter().write(row, side.engine.context)
            found = read(raw)
            assert found.notes == () and write_message(found.message) == raw, row.message


def test_what_the_official_schemas_would_refuse_does_not_go_out(world: World) -> None:
    """Mutant: the schemas that are at hand are not asked."""
    admitted(world)
    row = world.hospital.outbox()[0]
    strict, lenient = (Schemas({"MsgHead-v1_2.xsd": each}) for each in (STRICT, LENIENT))
    with pytest.raises(Lacking, match="schema"):
        NorwegianWriter(strict).write(row, world.hospital.engine.context)
    assert NorwegianWriter(lenient).write(row, world.hospital.engine.context)


def test_the_answer_is_a_fixed_sentence_that_refers_to_what_it_answers(world: World) -> None:
    """Mutant: no reference."""
    admitted(world)
    ready(world)
    answered(world, can_receive="from_date", offer_ready_on=date(2026, 11, 20))
    asked = next(row for row in world.hospital.outbox() if row.message == "LOG_UTSKRIVNINGSKLAR")
    row = world.town.outbox()[-1]
    message = read(NorwegianWriter().write(row, world.town.engine.context)).message
    assert isinstance(message.payload, Dialogue)
    (note,) = message.payload.notes
    assert note.topic is not None and (note.topic.value, note.topic.system[-4:]) == ("7", "7322")
    assert note.body is not None and note.body.plain.splitlines()[0] == SENTENCES["from_date"].format(day="20.11.2026")
    assert message.head.conversation is not None and message.head.conversation.parent == asked.message_id


def test_a_partner_that_has_only_the_old_version_gets_a_note(tmp_path: Path) -> None:
    world = World.at(tmp_path, (f"sqlite:///{tmp_path}/h.db", f"sqlite:///{tmp_path}/t.db"), dialogs=("1.0",))
    admitted(world)
    ready(world)
    answered(world, can_receive="cannot")
    row = world.town.outbox()[-1]
    message = read(NorwegianWriter().write(row, world.town.engine.context)).message
    assert (message.head.type, message.version, row.status) == ("DIALOG_NOTAT", "1.0", "acknowledged")
    world.close()


def test_a_lost_receipt_is_asked_for_after_96_hours_and_counts_when_it_is_found(world: World) -> None:
    hospital = world.hospital
    hospital.told("admitted", receives_services=True)
    world.pumps(receipts=False)
    assert hospital.states() == [("LOG_INNLAGT", "sent")] and world.town.names() == ["admitted"]
    world.passes(hours=97)
    hospital.sends()
    assert hospital.states() == [("LOG_INNLAGT", "timed_out")] and hospital.notices() == ["UNDELIVERED"]
    world.finds(world.lost[0])
    assert hospital.states() == [("LOG_INNLAGT", "late")] and hospital.notices() == []


def messages_of(side: Side) -> list[tuple[str, str]]:
    """What went out, with its status of 7309."""
    found = []
    for row in side.outbox():
        payload = read(NorwegianWriter().write(row, side.engine.context)).message.payload
        found.append((row.message, str(getattr(payload, "status", ""))))
    return found


def test_an_admission_that_was_not_is_cancelled_in_the_same_chain(world: World) -> None:
    """Mutant: the chain is forgotten."""
    hospital, town = world.hospital, world.town
    hospital.told("admitted", receives_services=True)
    world.pumps()
    world.passes(hours=1)
    hospital.voids("admitted/VN1")
    world.pumps()
    assert messages_of(hospital) == [("LOG_INNLAGT", "N"), ("LOG_INNLAGT", "C")]
    assert town.names() == [] and town.list_of(NURSE) == {}
    first, second = hospital.outbox()
    message = read(NorwegianWriter().write(second, hospital.engine.context)).message
    assert message.head.conversation is not None
    assert (message.head.conversation.first, message.head.conversation.parent) == (first.message_id, first.message_id)
    assert_same_story(world)


def test_what_still_waits_is_withdrawn_and_never_seen(world: World) -> None:
    world.hospital.told("admitted", receives_services=True)
    world.passes(minutes=1)
    world.hospital.voids("admitted/VN1")
    world.pumps()
    assert world.hospital.states() == [("LOG_INNLAGT", "withdrawn")]
    assert world.town.story() == []


def test_a_discharge_at_another_time_is_cancelled_and_told_anew(world: World) -> None:
    whole_stay(world)
    hospital, town = world.hospital, world.town
    world.passes(minutes=30)
    at = world.clock[0]
    hospital.told("discharged", destination="short_term")
    world.pumps()
    assert messages_of(hospital)[-3:] == [
        ("LOG_UTSKREVET", "C"),
        ("LOG_UTSKREVET", "N"),
        ("UTSKRIVNINGSRAPPORT", "M"),
    ] or messages_of(hospital)[-3:] == [("UTSKRIVNINGSRAPPORT", "M"), ("LOG_UTSKREVET", "C"), ("LOG_UTSKREVET", "N")]
    assert next(each.occurred_at for each in town.story() if each.name == "discharged") == at
    assert town.phase("hph") == "short_term_stay"
    assert_same_story(world)


def test_an_answer_that_cannot_be_taken_back_asks_a_person(world: World) -> None:
    admitted(world)
    ready(world)
    answered(world, can_receive="now")
    world.passes(minutes=30)
    world.hospital.voids("latest:discharge_ready/VN1")
    world.pumps()
    assert messages_of(world.hospital)[-1] == ("LOG_UTSKRIVNINGSKLAR", "C")
    assert world.town.notices() == ["UNCORRECTED"]


def test_a_readmission_begins_a_new_stay_on_both_sides(world: World) -> None:
    whole_stay(world)
    world.passes(days=2)
    world.hospital.told("admitted", stay="VN2", receives_services=True)
    world.pumps()
    assert messages_of(world.hospital)[-1] == ("LOG_INNLAGT", "N")
    assert (world.town.phase("hph"), world.hospital.phase("ward_stay")) == ("in_hospital", "on_ward")
    assert "HPH6" in world.town.list_of(NURSE)
    assert_same_story(world)


def test_an_answer_counts_from_the_hospitals_receipt(world: World) -> None:
    """Mutant: from when it was written."""
    admitted(world)
    ready(world)
    world.passes(minutes=20)
    town = world.town
    town.completes(OFFICE, "ANSWER", can_receive="now", contact="73 00 00 02")
    written = world.clock[0]
    world.passes(hours=5)
    world.pumps()
    with town.engine.context.store.reading() as records:
        entries = [row.entry for row in records.log("patient-1")]
    (stay,) = stays_told(entries, {"hph:ANSWER": "DIALOG_HELSEFAGLIG/7"})
    assert [each.at for each in stay.answers] == [written + timedelta(hours=5)]


def test_both_sides_count_the_same_days_of_waiting(world: World) -> None:
    """The municipality's account and the facts that the hospital has of the same stay: the same days."""
    admitted(world)
    world.passes(days=1)
    ready(world)
    answered(world, can_receive="cannot")
    world.passes(days=3)
    world.hospital.told("discharged", destination="home")
    world.hospital.completes(WARD, "REPORT", **REPORT)
    world.pumps()
    found = [
        accounts(side.engine.context, load_ukp_rules(), Asked(), actor="test", now=world.clock[0])
        for side in (world.hospital, world.town)
    ]
    days = [[day.day.isoformat() for stay in side for day in stay.account.payable] for side in found]
    reasons = [[[each.code for each in stay.account.reasons] for stay in side] for side in found]
    assert (days[0], reasons[0]) == (days[1], reasons[1])
    assert days[1] == ["2026-11-17", "2026-11-18", "2026-11-19"]


STEPS = ("admitted", "need", "ready", "withdrawn", "ready again", "discharged", "report", "readmitted")


def happens(world: World, step: str) -> None:
    """One thing happens on the ward; whoever has a task in the town does it when it has come."""
    hospital, town = world.hospital, world.town
    match step:
        case "admitted" | "readmitted":
            hospital.told("admitted", stay="VN1" if step == "admitted" else "VN2", receives_services=True)
        case "need":
            hospital.completes(WARD, "NEED", needs_services="yes", **NOTICE)
        case "ready" | "ready again":
            hospital.told("discharge_ready")
            world.passes(minutes=10)
            hospital.completes(WARD, "UPDATE", changed="Ny rullator", **NOTICE)
            hospital.completes(
                WARD, "READY", clinician="Marit Solbakken", clinician_hpr="9144889", phone=PHONE, told_ready="yes"
            )
        case "withdrawn":
            hospital.told("discharge_ready_withdrawn")
        case "discharged":
            hospital.told("discharged", destination="home")
        case "report":
            hospital.completes(WARD, "REPORT", **REPORT)
        case _:
            raise AssertionError(step)
    if "HPH6" in town.list_of(NURSE):
        town.completes(NURSE, "HPH6", **ADMISSION)
    if "ANSWER" in town.list_of(OFFICE):
        town.completes(OFFICE, "ANSWER", can_receive="now", contact="73 00 00 02")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_messages_in_any_order_twice_and_over_restarts_come_to_the_same(world: World, seed: int) -> None:
    chance = random.Random(seed)
    for step in STEPS:
        world.passes(hours=5)
        happens(world, step)
        for _ in range(3):
            world.jumbles(chance)
    while world.transit:
        world.jumbles(chance)
    world.pumps()
    assert_same_story(world)
    assert world.town.phase("hph") == "in_hospital"
    assert (world.hospital.notices(), world.town.notices()) == ([], [])
    for side in (world.hospital, world.town):
        assert not rebuild(side.engine.context, world.clock[0], check=True).differing
