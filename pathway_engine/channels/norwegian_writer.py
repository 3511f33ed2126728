"""Norwegian messages written: from a decision in the outbox to bytes, addressed by the directory.

The same row gives the same bytes. What lacks is said in a `Lacking`, and a person is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.norwegian import codes
from adapters.norwegian.dialogue import Dialogue, Request
from adapters.norwegian.head import ConversationRef, Head, Party
from adapters.norwegian.letters import opened
from adapters.norwegian.messages import her_ids, message_of, write_message
from adapters.norwegian.outgoing import WRITERS, ContentLacks, Told, payload_of
from adapters.norwegian.outgoing_dialogue import dialogue_of
from adapters.norwegian.people import Address, Ident, Organisation, Person, TeleCom
from adapters.norwegian.refusal import CannotWrite
from adapters.norwegian.schemas import Schemas
from adapters.norwegian.values import Code, Moment
from pathway_engine.channels.families import NORWEGIAN
from pathway_engine.domain import routing
from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.directory import Organisation as Known
from pathway_engine.domain.events import Happened, Identifier
from pathway_engine.domain.identifier_systems import TYPES
from pathway_engine.domain.message_slots import KINDS
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.routing import CASE_WORK, NURSING, Lack, NoRoute, Route, Side
from pathway_engine.domain.settlement import settle
from pathway_engine.domain.tasks import Place
from pathway_engine.service.decisions import Decided, decode_decided
from pathway_engine.service.outward import Lacking, Surroundings
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, OutgoingRow, PatientRow

TOLD_BY = {
    "LOG_INNLAGT": "admitted",
    "LOG_UTSKRIVNINGSKLAR": "discharge_ready",
    "DIALOG_FORESPORSEL": "request_received",
}
"""The event that a message tells, where a message of ours answers it."""
GENDERS = {"unknown": "0", "male": "1", "female": "2", "other": "9"}
ANSWER, NOTE = "DIALOG_HELSEFAGLIG/7", "DIALOG_NOTAT"
FAULT = "DIALOG_AVVIK"
HOSPITAL = "hospital"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a decision before it is addressed: `told_by` is the message that it replies to or follows."""

    row: OutgoingRow
    decided: Decided
    patient: PatientRow
    identifiers: tuple[Identifier, ...]
    told_by: InboxRow | None

    @property
    def answered(self) -> InboxRow | None:
        """The Norwegian message that is answered; other families have no conversation to refer to."""
        return self.told_by if self.told_by is not None and self.told_by.channel == NORWEGIAN else None

    @property
    def place(self) -> Place:
        """Where the patient belongs: as the task knew, else as the patient is known."""
        place = self.decided.task.place
        return place if place.municipality else replace(place, municipality=self.patient.municipality)


class NorwegianWriter:
    """Writes every message of `domain/message_slots.py` as MsgHead in UTF-8; held against *schemas*, if any."""

    suffix = "xml"

    def __init__(self, schemas: Schemas | None = None) -> None:
        self._schemas = schemas

    def write(self, row: OutgoingRow, around: Surroundings) -> bytes:
        """Return the message. Raises Lacking when the directory or the decision has too little for it."""
        with around.store.reading() as records:
            known = _known(records, row)
        directory = around.directory
        route = _route(directory, known)
        sender = _sender(directory, known)
        told = Told(
            row.message, known.decided.status, route.version, row.at, _organisation(sender.service),
            known.decided.content, known.decided.times,
        )  # fmt: skip
        try:
            payload = _payload(told, known, from_hospital=sender.organisation.kind == HOSPITAL)
            raw = write_message(message_of(_head(known, route, sender), payload, route.version))
        except ContentLacks as lacks:
            raise _lacking("content", lacks.slot) from None
        except CannotWrite:
            raise _lacking("content", "form") from None
        if self._schemas is not None and self._schemas.faults(raw):
            raise _lacking("content", "schema")
        return raw


def _lacking(what: str, which: str) -> Lacking:
    said = Text(f"Meldingen mangler {which}.", f"The message lacks {which}.")
    return Lacking(f"{what}:{which}", said)


def _no_route(found: NoRoute) -> Lacking:
    return Lacking(f"route:{found.lack}", found.said)


# -- what is known


def _known(records: Records, row: OutgoingRow) -> _Known:
    patient = records.patient(row.patient_id)
    assert patient is not None, row.id
    survivor = records.patient(patient.survivor_id) if patient.survivor_id else patient
    decided = decode_decided(row.body, row.message)
    return _Known(
        row, decided, survivor or patient, tuple(records.identifiers_of_person(row.patient_id)),
        _told_us(records, (survivor or patient).id, row.message, decided),
    )  # fmt: skip


def _told_us(records: Records, patient_id: str, message: str, decided: Decided) -> InboxRow | None:
    """The newest message that told what this one answers or follows: of the same stay, or else the same cause."""
    kind, task = KINDS.get(message), decided.task
    names = {TOLD_BY[each] for each in (kind.answers if kind else ())}
    rows = records.log(patient_id)
    told = [each for each in settle(row.entry for row in rows) if isinstance(each, Happened)]
    same_stay = [each for each in told if each.name in names and task.stay and each.stay == task.stay]
    fitting = same_stay or [each for each in told if each.cause == task.cause]
    came_with = {row.entry.id: row.inbox_id for row in rows}
    number = came_with.get(fitting[-1].id) if fitting else None
    return records.message(number) if number is not None else None


# -- addressing


def _route(directory: Directory, known: _Known) -> Route:
    day = known.row.at.astimezone(OSLO).date()
    message = known.row.message.partition("/")[0]
    refused: NoRoute | None = None
    for to in _receivers(directory, known):
        for each in (message, NOTE) if known.row.message == ANSWER else (message,):
            found = routing.route(directory, each, known.place, day, to=to)
            if isinstance(found, Route):
                return found
            refused = refused if refused and refused.lack is not Lack.RECIPIENT else found
    assert refused is not None
    raise _no_route(refused)


def _receivers(directory: Directory, known: _Known) -> Iterator[str | None]:
    """Whom it may go to, best first: as the pathway says, who is answered, the hospital of the stay, by place."""
    named = str(known.decided.content.get("to", "")).strip()
    if named:
        yield named
        return
    side = routing.ADDRESSEES[known.row.message.partition("/")[0]].side
    if known.told_by is not None and side is not Side.MUNICIPALITY:
        yield from _who_wrote(directory, known.told_by, top_first=side is Side.HOSPITAL)
    yield None


def _who_wrote(directory: Directory, row: InboxRow, *, top_first: bool) -> Iterator[str]:
    if row.channel == NORWEGIAN:
        numbers = her_ids(opened(row.raw).envelope.sender)
        yield from (numbers if top_first else reversed(numbers))
    application, _, facility = row.sender.partition("|")
    sender = directory.sender(application, facility)
    if sender is not None:
        yield sender.organisation


def _sender(directory: Directory, known: _Known) -> routing.Address:
    """The unit whose task it was, else what it is part of, else a service of ours that has an address."""
    unit = directory.organisations.get(known.decided.task.unit or "") or directory.unit_for(
        known.decided.task.owner, known.place
    )
    service = CASE_WORK if known.decided.task.owner == "allocation_office" else NURSING
    own = [each for each in directory.organisations.values() if each.parent and each.her_id]
    own.sort(key=lambda each: (service not in each.services, each.id))
    addresses = directory.own_addresses()
    for each in ([unit] if unit and unit.parent else []) + own:
        found = routing.address_of(directory, each.id)
        if isinstance(found, routing.Address) and found.her_ids[1] in addresses:
            return found
    nb, en = "Ingen av våre tjenester har HER-id; legg inn her_id.", "No service of ours has a HER-id; add its her_id."
    raise _no_route(NoRoute(Lack.HER_ID, Text(nb, en)))


def _party(address: routing.Address) -> Party:
    top = _organisation(address.organisation)
    return Party(organisation=replace(top, unit=_organisation(address.service)))


def _organisation(found: Known) -> Organisation:
    number = Ident(found.her_id or "", codes.ORGANISATION_ID.coded("HER"))
    return Organisation(found.name, idents=(number,))


# -- the head


def _head(known: _Known, route: Route, sender: routing.Address) -> Head:
    return Head(
        kind=codes.MESSAGE_TYPE.simple(route.message), generated_at=Moment.of(known.row.at.replace(microsecond=0)),
        id=known.row.message_id, ack=codes.ACKNOWLEDGEMENT.simple("J"), conversation=_conversation(known),
        sender=_party(sender), receiver=_party(route.to), patient=_person(known),
    )  # fmt: skip


def _conversation(known: _Known) -> ConversationRef | None:
    """The chain that is corrected, else what is answered."""
    if known.decided.parent:
        return ConversationRef(parent=known.decided.parent, first=known.decided.first)
    kind = KINDS[known.row.message]
    if known.answered is None or not (kind.answers or known.row.message == FAULT):
        return None
    answered = opened(known.answered.raw).envelope.id.strip()
    found = opened(known.answered.raw).found
    reference = found.message.head.conversation if found else None
    return ConversationRef(parent=answered, first=reference.first.strip() if reference else answered)


def _person(known: _Known) -> Person:
    patient = known.patient
    idents = tuple(
        Ident(each.value, Code(kind.code, kind.name, kind.code_system))
        for each in known.identifiers
        if (kind := TYPES.get(each.system)) is not None
    )
    if not idents and not (patient.birth_date and patient.family):
        raise _lacking("patient", "identifier")
    address = Address(street=patient.address or "", postal_code=patient.postal_code or "", city=patient.city or "")
    return Person(
        family_name=patient.family or "", given_name=patient.given or "", idents=idents,
        birth_date=Moment.of(patient.birth_date) if patient.birth_date else None,
        sex=codes.SEX.simple(GENDERS.get(patient.gender or "unknown", "0")),
        address=address if address != Address() else None,
        telecoms=(TeleCom(address=f"tel:{patient.phone}"),) if patient.phone else (),
    )  # fmt: skip


# -- the content


def _payload(told: Told, known: _Known, *, from_hospital: bool) -> object:
    if told.message in WRITERS:
        return payload_of(told)
    return dialogue_of(told, _asked(known), from_hospital=from_hospital)


def _asked(known: _Known) -> Request | None:
    """The request that is answered, which an answer in version 1.0 repeats."""
    found = opened(known.answered.raw).found if known.answered else None
    payload = found.message.payload if found else None
    return payload.requests[0] if isinstance(payload, Dialogue) and payload.requests else None
