"""Applikasjonskvittering (AppRec) 1.0 and 1.1: the receipt that says taken, or rejected and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, OneOf, instant, many, part, text, urls
from adapters.norwegian.values import Code, Moment

MIG_VERSIONS = {"1.0": "1.0 2004-11-21", "1.1": "v1.1 2012-02-15"}


@dataclass(frozen=True, slots=True)
class AdditionalId:
    """One more identifier; `kind` is a CS, so it has no OID."""

    xmlns: ClassVar[Namespaces] = "ar"
    id: str = text("Id", required=True, shown=False)
    kind: Code | None = part("Type", required=True)


@dataclass(frozen=True, slots=True)
class ReceiptPerson:
    """A health professional in an institution."""

    xmlns: ClassVar[Namespaces] = "ar"
    name: str = text("Name")
    id: str = text("Id")
    id_kind: Code | None = part("TypeId")
    additional_ids: tuple[AdditionalId, ...] = many("AdditionalId")


@dataclass(frozen=True, slots=True)
class ReceiptUnit:
    """A department or service of an institution, or a health professional alone."""

    xmlns: ClassVar[Namespaces] = "ar"
    kind: Code | None = part("Type")
    name: str = text("Name")
    id: str = text("Id")
    id_kind: Code | None = part("TypeId")
    additional_ids: tuple[AdditionalId, ...] = many("AdditionalId")


@dataclass(frozen=True, slots=True)
class Institution:
    """An organisation as a receipt names it."""

    xmlns: ClassVar[Namespaces] = "ar"
    name: str = text("Name")
    id: str = text("Id")
    id_kind: Code | None = part("TypeId")
    units: tuple[ReceiptUnit, ...] = many("Dept")
    additional_ids: tuple[AdditionalId, ...] = many("AdditionalId")
    persons: tuple[ReceiptPerson, ...] = many("HCPerson")


@dataclass(frozen=True, slots=True)
class ReceiptAddress:
    """A postal address as a receipt writes it."""

    xmlns: ClassVar[Namespaces] = "ar"
    kind: Code | None = part("Type", required=True)
    street: str = text("StreetAdr")
    postal_code: str = text("PostalCode")
    city: str = text("City")
    county: Code | None = part("County")
    country: Code | None = part("Country")
    city_district: Code | None = part("CityDistr")
    telephones: tuple[str, ...] = urls("TeleAddress")


@dataclass(frozen=True, slots=True)
class CareProvider:
    """HCP: an institution, or a health professional."""

    xmlns: ClassVar[Namespaces] = "ar"
    one_of: ClassVar[OneOf] = OneOf(("institution", "professional"))
    institution: Institution | None = part("Inst")
    professional: ReceiptUnit | None = part("HCProf")
    speciality: Code | None = part("MedSpeciality")
    address: ReceiptAddress | None = part("Address")


@dataclass(frozen=True, slots=True)
class ReceiptParty:
    """The sender or the receiver of a receipt; the role says as what it got the message."""

    xmlns: ClassVar[Namespaces] = "ar"
    role: Code | None = part("Role")
    provider: CareProvider | None = part("HCP", required=True)


@dataclass(frozen=True, slots=True)
class OriginalMessage:
    """The message that the receipt is for: its type, its GenDate and its MsgId."""

    xmlns: ClassVar[Namespaces] = "ar"
    kind: Code | None = part("MsgType", required=True)
    issued_at: Moment | None = instant("IssueDate", required=True)
    id: str = text("Id", required=True)


@dataclass(frozen=True, slots=True)
class AppRec:
    """A receipt: `status` is of code system 8258, `errors` of 8221 (in the wild also others)."""

    xmlns: ClassVar[Namespaces] = "ar"
    kind: Code | None = part("MsgType", required=True)
    mig_version: str = text("MIGversion", required=True)
    software_name: str = text("SoftwareName")
    software_version: str = text("SoftwareVersion")
    generated_at: Moment | None = instant("GenDate", required=True)
    id: str = text("Id", required=True)
    sender: ReceiptParty | None = part("Sender", required=True)
    receiver: ReceiptParty | None = part("Receiver", required=True)
    status: Code | None = part("Status", required=True)
    errors: tuple[Code, ...] = many("Error")
    original: OriginalMessage | None = part("OriginalMsgId", required=True)
