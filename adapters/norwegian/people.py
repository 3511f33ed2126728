"""Persons, health personnel and organisations, which MsgHead, PLO and the dialogue messages write alike.

The order and the namespaces are those of MsgHead 1.2 and of felleskomponent1; a dialogue message
has its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, Order, day, many, part, text, url
from adapters.norwegian.values import Code, Moment

COMMON: Namespaces = {"": "fk1", "mh": "mh"}
COMMON_OR_DIALOGUE: Namespaces = {"": "fk1", "mh": "mh", "dia": "dia"}


@dataclass(frozen=True, slots=True)
class Ident:
    """An identifier and its kind: code system 8116 for persons, 9051 for organisations."""

    xmlns: ClassVar[Namespaces] = COMMON
    id: str = text("Id", required=True, shown=False)
    kind: Code | None = part("TypeId", required=True)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address."""

    xmlns: ClassVar[Namespaces] = COMMON
    kind: Code | None = part("Type")
    street: str = text("StreetAdr")
    postal_code: str = text("PostalCode")
    city: str = text("City")
    postbox: str = text("Postbox")
    county: Code | None = part("County")
    country: Code | None = part("Country")


@dataclass(frozen=True, slots=True)
class TeleCom:
    """A telephone number or other electronic address, as a URL: ``tel:+4773555555``."""

    xmlns: ClassVar[Namespaces] = COMMON
    kind: Code | None = part("TypeTelecom")
    address: str = url("TeleAddress", required=True)


@dataclass(frozen=True, slots=True)
class Person:
    """A person: the patient, or a person around the patient."""

    xmlns: ClassVar[Namespaces] = COMMON_OR_DIALOGUE
    order: ClassVar[Order] = {"dia": ("GivenName", "MiddleName", "FamilyName")}
    family_name: str = text("FamilyName")
    middle_name: str = text("MiddleName")
    given_name: str = text("GivenName")
    birth_date: Moment | None = day("DateOfBirth")
    sex: Code | None = part("Sex")
    nationality: Code | None = part("Nationality")
    idents: tuple[Ident, ...] = many("Ident")
    address: Address | None = part("Address")
    telecoms: tuple[TeleCom, ...] = many("TeleCom")


@dataclass(frozen=True, slots=True)
class HealthcareProfessional:
    """A person in the role of health personnel."""

    xmlns: ClassVar[Namespaces] = COMMON_OR_DIALOGUE
    kind: Code | None = part("TypeHealthcareProfessional")
    role_to_patient: Code | None = part("RoleToPatient")
    family_name: str = text("FamilyName")
    middle_name: str = text("MiddleName")
    given_name: str = text("GivenName")
    birth_date: Moment | None = day("DateOfBirth")
    sex: Code | None = part("Sex")
    nationality: Code | None = part("Nationality")
    idents: tuple[Ident, ...] = many("Ident", required=True, optional_in="dia")
    address: Address | None = part("Address")
    telecoms: tuple[TeleCom, ...] = many("TeleCom")


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation, in it a service (`unit`) or a health professional (`professional`)."""

    xmlns: ClassVar[Namespaces] = COMMON
    order: ClassVar[Order] = {"fk1": ("TypeOrganisation", "OrganisationName")}
    name: str = text("OrganisationName", required=True)
    kind: Code | None = part("TypeOrganisation")
    idents: tuple[Ident, ...] = many("Ident", required=True)
    address: Address | None = part("Address")
    telecoms: tuple[TeleCom, ...] = many("TeleCom")
    unit: Organisation | None = part("Organisation")
    professional: HealthcareProfessional | None = part("HealthcareProfessional", within="mh")
