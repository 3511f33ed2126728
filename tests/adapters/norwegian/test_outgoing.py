"""Every message that is written: all slots land in the document, it is valid, and it is read with nothing changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.norwegian import codes
from adapters.norwegian.head import Head
from adapters.norwegian.logistics import Logistics
from adapters.norwegian.messages import message_of, read, write_message
from adapters.norwegian.outgoing import PLACES, WRITERS, ContentLacks, Told, contact, payload_of
from adapters.norwegian.outgoing_dialogue import answer_sentence, dialogue_of
from adapters.norwegian.reading import Agreed
from adapters.norwegian.reading import read as understood
from adapters.norwegian.rules import RULES, Subject, findings
from adapters.norwegian.values import Moment
from pathway_engine.domain.message_slots import CODES, KINDS, Fits, MessageKind
from tests.adapters.norwegian import letters
from tests.adapters.norwegian.specimens import official_schemas

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
VERSIONS = {"plo": ("1.6", "1.5"), "dialog": ("1.1", "1.0")}
EVERY = [
    (name, version) for name in KINDS for version in VERSIONS["dialog" if name.startswith("DIALOG") else "plo"]
    if (name, version) not in {("DIALOG_HELSEFAGLIG/6", "1.0")}
]  # fmt: skip


def value_of(name: str, fits: Fits) -> Any:
    """A value that can be found again in the document."""
    match fits:
        case Fits.FLAG:
            return True
        case Fits.DATE:
            return date(2026, 11, 20)
        case Fits.TEXT:
            return f"Mitt {name} <&> 73 00 00 00"
        case _:
            return CODES[fits][0]


def told(name: str, version: str, *, only_required: bool = False, **changed: Any) -> Told:
    kind: MessageKind = KINDS[name]
    content = {
        slot: value_of(slot, each.fits) for slot, each in kind.slots.items() if each.required or not only_required
    }
    times = kind.needs if only_required else kind.times
    return Told(
        name, "N", version, AT, letters.organisation("Medisin 2", letters.WARD),
        {**content, **changed}, dict.fromkeys(times, AT),
    )  # fmt: skip


def written(message: Told) -> bytes:
    head: Head = letters.head(message.message.partition("/")[0])
    head = Head(
        kind=codes.MESSAGE_TYPE.simple(head.type), generated_at=Moment.of(AT), id=letters.uuid(7), sender=head.sender,
        receiver=head.receiver, patient=letters.PATIENT, conversation=letters.follows(letters.uuid(1)),
    )  # fmt: skip
    asked = letters.QUESTION if message.message == "DIALOG_SVAR" else None
    is_plo = message.message in WRITERS
    payload = payload_of(message) if is_plo else dialogue_of(message, asked, from_hospital=False)
    return write_message(message_of(head, payload, message.version))


@pytest.mark.parametrize(("name", "version"), EVERY)
@pytest.mark.parametrize("only_required", [False, True], ids=["all", "required"])
def test_a_message_is_read_again_with_nothing_changed_and_breaks_no_rule(
    name: str, version: str, only_required: bool
) -> None:
    raw = written(told(name, version, only_required=only_required))
    assert raw == written(told(name, version, only_required=only_required))
    found = read(raw)
    assert found.notes == () and write_message(found.message) == raw
    own = frozenset({letters.TOWN, letters.HOME_CARE})
    broken = findings(RULES, Subject(found.message, raw, own), {})
    assert [each.rule.id for each in broken if each.rejects] == []
    assert understood(raw, Agreed(), own).message_type == name.partition("/")[0]


@pytest.mark.parametrize(("name", "version"), EVERY)
@pytest.mark.parametrize("only_required", [False, True], ids=["all", "required"])
def test_a_message_is_valid_against_the_official_schemas(name: str, version: str, only_required: bool) -> None:
    assert official_schemas().faults(written(told(name, version, only_required=only_required))) == ()


@pytest.mark.parametrize(("name", "version"), EVERY)
def test_every_text_slot_stands_in_the_document(name: str, version: str) -> None:
    """Mutant: a slot that goes nowhere."""
    raw = written(told(name, version)).decode()
    elsewhere = ("to", "clinician")
    slots = [slot for slot, each in KINDS[name].slots.items() if each.fits is Fits.TEXT and slot not in elsewhere]
    assert [slot for slot in slots if f"Mitt {slot} " not in raw] == []


@pytest.mark.parametrize("name", KINDS)
def test_without_a_required_slot_nothing_is_written(name: str) -> None:
    """Mutant: sent all the same."""
    for slot in KINDS[name].required:
        with pytest.raises(ContentLacks) as lacks:
            version = next(version for each, version in EVERY if each == name)
            written(told(name, version, **dict[str, Any]({slot: ""})))
        assert lacks.value.slot == slot


def test_every_place_has_a_code_and_the_dead_have_left_dead() -> None:
    assert set(PLACES) == set(CODES[Fits.PLACE])
    dead = payload_of(told("LOG_UTSKREVET", "1.6", destination="dead"))
    assert isinstance(dead, Logistics) and dead.discharged is not None and dead.discharged.to is not None
    assert dead.discharged.to.outcome is not None and dead.discharged.to.outcome.value == "2"


@pytest.mark.parametrize(
    ("answer", "day", "sentence"),
    [
        ("now", None, "Kommunen kan ta imot pasienten nå."),
        ("from_date", date(2026, 11, 20), "Kommunen kan ta imot pasienten fra 20.11.2026."),
        ("from_date", None, "Kommunen kan ikke ta imot pasienten. Når tilbudet er klart, er ikke kjent."),
        ("cannot", None, "Kommunen kan ikke ta imot pasienten. Når tilbudet er klart, er ikke kjent."),
        ("cannot", date(2026, 11, 20), "Kommunen kan ikke ta imot pasienten nå. Tilbudet er ventet klart 20.11.2026."),
    ],
)
def test_an_answer_is_one_of_five_sentences(answer: str, day: date | None, sentence: str) -> None:
    message = told("DIALOG_HELSEFAGLIG/7", "1.1", can_receive=answer, offer_ready_on=day, offer="", contact="")
    assert answer_sentence(message) == sentence


@pytest.mark.parametrize(
    ("said", "number"),
    [("Sone øst, 73 00 00 00", "tel:73000000"), ("+47 73000000 eller 112", "tel:+4773000000"), ("ring oss", "")],
)
def test_a_telephone_number_is_found_in_what_was_written(said: str, number: str) -> None:
    found = contact(told("LOG_INNLAGT", "1.6", contact=said))
    assert "".join(each.address for each in found.telecoms) == number
