"""A stay of the demonstration that is told by Norwegian messages, and the answer that goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from adapters.norwegian import codes
from adapters.norwegian.dialogue import Dialogue
from adapters.norwegian.head import Head, Party
from adapters.norwegian.messages import message_of, read_message, read_receipt, write_message
from adapters.norwegian.outgoing import Told, payload_of
from adapters.norwegian.people import Address, Ident, Organisation, Person
from adapters.norwegian.receipts import receipts_in
from adapters.norwegian.values import Moment
from pathway_engine.channels.families import NORWEGIAN
from pathway_engine.channels.norwegian_writer import NorwegianWriter
from pathway_engine.demonstration.stories import REFERRED, Patient
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.codec import decode_json

STORY = (
    ("LOG_INNLAGT", timedelta(days=3)), ("HELSEOPPL_SOKNAD/1", timedelta(days=2, hours=20)),
    ("LOG_UTSKRIVNINGSKLAR", timedelta(hours=3)),
)  # fmt: skip
CONTACT = "Medisin 2, Fjordby sykehus, 73 00 00 00"
CONTENT: dict[str, FactValue] = {
    "contact": CONTACT, "clinician": "Marit Solbakken", "clinician_hpr": "9144889", "status": "Stabil",
    "course": "Opptrening, så hjem", "needs": "Hjemmesykepleie to ganger daglig",
}  # fmt: skip
ANSWERS: dict[str, FactValue] = {"can_receive": "now", "offer": "home", "contact": "Tildelingskontoret, 73 00 00 01"}


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the story: its type, and whether it was receipted as taken, or what it answers in words."""

    message: str
    told: str


def story(engine: Engine, now: datetime) -> list[Said]:
    """Let the hospital tell the stay, the allocation office answer, and return what went in and out."""
    said = [_received(engine, message, now - ago, now) for message, ago in STORY]
    _answer(engine, now)
    return [*said, *_going_out(engine)]


def _received(engine: Engine, message: str, at: datetime, now: datetime) -> Said:
    found = engine.receive(Incoming(written(message, at, now, person_of(REFERRED)), NORWEGIAN, "demo"), now)
    receipts = [read_receipt(each).receipt for each in receipts_in(found.answer or b"")]
    taken = bool(receipts) and all(each.status is not None and each.status.value == "1" for each in receipts)
    return Said(message, "kvittert: OK" if taken else f"ikke tatt imot: {found.reason}")


def _answer(engine: Engine, now: datetime) -> None:
    who = engine.principal("silje", "allocation_office")
    assert who is not None
    name = f"{REFERRED.given} {REFERRED.family[:1]}."
    task = next(each for each in engine.worklist(who, now) if (each.step, each.patient_name) == ("ANSWER", name))
    engine.act(
        who, task.id, Act.COMPLETE, version=task.version, key=f"demo-{task.id}", now=now, answers=ANSWERS
    )  # fmt: skip


def _going_out(engine: Engine) -> list[Said]:
    """The answer as it would leave: the demonstration has nobody to send it to."""
    with engine.context.store.reading() as records:
        rows = [row for row in records.outgoing() if decode_json(row.body).get("decided")]
    newest = [row for row in rows if row.message.startswith("DIALOG_HELSEFAGLIG")][-1:]
    return [Said(row.message, _sentence(NorwegianWriter().write(row, engine.context))) for row in newest]


def _sentence(raw: bytes) -> str:
    payload = read_message(raw).payload
    body = payload.notes[0].body if isinstance(payload, Dialogue) and payload.notes else None
    return body.plain.replace("\n", " ") if body else ""


# -- what the hospital writes


def written(message: str, at: datetime, now: datetime, patient: Person, key: str = "demo") -> bytes:
    """The hospital's message about *patient*; *key* sets its id apart from those of other stories."""
    expected = (now + timedelta(days=1)).date()
    times = {"admitted": now - STORY[0][1], "discharge_ready": at}
    told = Told(
        message, "N", "1.6", at, _organisation("Medisin 2, Fjordby sykehus", "8100002"),
        {**CONTENT, "expected_discharge": expected}, times,
    )  # fmt: skip
    kind = message.partition("/")[0]
    head = Head(
        kind=codes.MESSAGE_TYPE.simple(kind), generated_at=Moment.of(at.replace(microsecond=0)),
        id=str(uuid5(NAMESPACE_URL, f"{key}/{message}")), ack=codes.ACKNOWLEDGEMENT.simple("J"),
        sender=_party("Fjordby sykehus", "8100001", "Medisin 2, Fjordby sykehus", "8100002"),
        receiver=_party("Fjordby kommune", "8200001", "Tildelingskontoret, Fjordby", "8200002"),
        patient=patient,
    )  # fmt: skip
    return write_message(message_of(head, payload_of(told), "1.6"))


def _party(name: str, her_id: str, unit: str, unit_her_id: str) -> Party:
    number = Ident(her_id, codes.ORGANISATION_ID.coded("HER"))
    return Party(organisation=Organisation(name, idents=(number,), unit=_organisation(unit, unit_her_id)))


def _organisation(name: str, her_id: str) -> Organisation:
    return Organisation(name, idents=(Ident(her_id, codes.ORGANISATION_ID.coded("HER")),))


def person_of(patient: Patient) -> Person:
    """The patient with his or her made-up number."""
    number = Ident(make_synthetic(patient.birth_date, patient.number), codes.PERSON_ID.coded("FNR"))
    return Person(
        family_name=patient.family, given_name=patient.given, birth_date=Moment.of(patient.birth_date),
        sex=codes.SEX.simple("2" if patient.gender == "F" else "1"), idents=(number,),
        address=Address(street=patient.street, postal_code=patient.postal_code, city=patient.city),
    )  # fmt: skip
