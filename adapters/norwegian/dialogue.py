"""Dialogmelding 1.0 and 1.1: a request, an answer, a note, a deviation, a clinical dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, OneOf, day, many, part, rich, text
from adapters.norwegian.people import HealthcareProfessional, Organisation, Person
from adapters.norwegian.values import Code, Moment, RichText


@dataclass(frozen=True, slots=True)
class RelatedUnit:
    """The unit that a role belongs to (1.1)."""

    xmlns: ClassVar[Namespaces] = "dia"
    one_of: ClassVar[OneOf] = OneOf(("professional", "person"), required=False)
    organisation: Organisation | None = part("Kontaktenhet", required=True)
    remark: str = text("Merknad")
    professional: HealthcareProfessional | None = part("HealthcareProfessional")
    person: Person | None = part("Person")


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody's role: the author, or the contact at the receiver (24)."""

    xmlns: ClassVar[Namespaces] = "dia"
    one_of: ClassVar[OneOf] = OneOf(("professional", "person"), required="1.0")
    kind: Code | None = part("RolleNotat")
    role_to_patient: Code | None = part("RoleToPatient")
    unit: RelatedUnit | None = part("TilknyttetEnhet", since="1.1")
    professional: HealthcareProfessional | None = part("HealthcareProfessional")
    person: Person | None = part("Person")


@dataclass(frozen=True, slots=True)
class Request:
    """Foresporsel: `kind` is of code system 9152 (from PLO), 9153 (from a GP) or 9154 (from a hospital)."""

    xmlns: ClassVar[Namespaces] = "dia"
    kind: Code | None = part("TypeForesp", required=True)
    subject: str = text("EmneSporsmal", since="1.1")
    question: RichText | None = rich("Sporsmal", plain_until="1.1")
    purpose: Code | None = part("Formål")
    reason: str = text("Begrunnelse")
    urgency: Code | None = part("Hastegrad")
    starts_on: Moment | None = day("FraDato")
    ends_on: Moment | None = day("TilDato")
    record_kinds: tuple[Code, ...] = many("TypeJournalinfo", single_until="1.1")
    coded_information: Code | None = part("KodetOpplysning", since="1.1")
    document_id: str = text("DokIdForesp")
    roles: tuple[Role, ...] = many("RollerRelatertNotat")


@dataclass(frozen=True, slots=True)
class Note:
    """Notat: `topic` is of code system 9069 (answer), 8117 (deviation) or 7322 (clinical dialogue)."""

    xmlns: ClassVar[Namespaces] = "dia"
    topic: Code | None = part("TemaKodet", required=True)
    subject: str = text("Tema")
    body: RichText | None = rich("TekstNotatInnhold")
    remark: str = text("Merknad")
    document_id: str = text("DokIdNotat")
    dated: Moment | None = day("DatoNotat")
    request: Request | None = part("Foresporsel")
    roles: tuple[Role, ...] = many("RollerRelatertNotat")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Dialogmelding: requests or notes, never both."""

    xmlns: ClassVar[Namespaces] = "dia"
    one_of: ClassVar[OneOf] = OneOf(("requests", "notes"), required=False)
    case_kind: Code | None = part("SakstypeKodet")
    case: str = text("Sakstype")
    requests: tuple[Request, ...] = many("Foresporsel")
    notes: tuple[Note, ...] = many("Notat")
