"""Resources that clients write over FHIR, as the service knows message families: envelope, content and answer."""

from __future__ import annotations

from datetime import datetime

from adapters.fhir.checks import read_resource
from adapters.fhir.encounters import ENCOUNTER, read_encounter
from adapters.fhir.envelope import FHIR, Envelope, opened
from adapters.fhir.outcome import FhirRefusal, refusal
from adapters.fhir.patients import PATIENT, read_patient
from pathway_engine.domain.directory import Sender
from pathway_engine.domain.errors import MessageError, UnreadableMessage
from pathway_engine.domain.events import Reading
from pathway_engine.service.channel import Answer, Header


class FhirChannel:
    """An Encounter or Patient as a message; the directory's sender ``fhir`` says that a client may write them.

    The answer to the client is the HTTP response, so none is kept.
    """

    name = FHIR

    def header(self, raw: bytes) -> Header:
        """Read the line about the writing; never raises."""
        try:
            envelope, _ = opened(raw)
        except MessageError as problem:
            return Header(application=FHIR, problem=problem)
        return Header(
            application=FHIR, facility=envelope.sender, message_id=envelope.message_id, message_type=envelope.type
        )

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read the content. Raises FhirRefusal."""
        envelope, body = opened(raw)
        if sender.facility != envelope.sender:
            raise UnreadableMessage("The message names another sender than its own.")
        try:
            return _read(envelope, body, sender)
        except FhirRefusal:
            raise
        except Exception as wrong:
            found = f"The resource could not be read ({type(wrong).__name__}); please report it."
            raise refusal(422, "exception", found) from None

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        """Write nothing: whoever wrote was answered over HTTP."""
        return None


def _read(envelope: Envelope, body: bytes, sender: Sender) -> Reading:
    resource = read_resource(body, envelope.type)
    if envelope.type == ENCOUNTER:
        return read_encounter(resource, envelope, sender.destinations)
    if envelope.type == PATIENT:
        return read_patient(resource, envelope)
    raise refusal(422, "not-supported", f"A message is one of {ENCOUNTER} and {PATIENT}.")
