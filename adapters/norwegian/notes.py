"""Texts of the record: headed notes, critical information and allergies (epj1 and epj2, 2008-02-20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, attr, flag, many, part, text
from adapters.norwegian.values import Code


@dataclass(frozen=True, slots=True)
class JournalText:
    """A headed text: the heading is of code system 9141, 9142 or 9145."""

    xmlns: ClassVar[Namespaces] = "epj2"
    heading: Code | None = part("Overskriftskode")
    note: str = text("Notat", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class JournalNote:
    """GenereltJournalnotat: texts of one kind."""

    xmlns: ClassVar[Namespaces] = "epj2"
    base_type: str = attr("basiskomponenttype", ns="m1", default="EPJ dokument")
    component_type: str = attr("komponenttype", ns="m1", default="2.16.578.1.12.4.1.6.13.11009.0")
    category: str = attr("informasjonskategori", ns="m1")
    component_id: str = attr("komponentID", required=True)
    more_ref: str = attr("referanseViktigTilleggsinfo")
    texts: tuple[JournalText, ...] = many("Journaltekst", required=True)


@dataclass(frozen=True, slots=True)
class Allergy:
    """What the patient reacts to, and what it matters for."""

    xmlns: ClassVar[Namespaces] = "epj1"
    prescribing: bool | None = flag("HensynVedForskrivning")
    food: bool | None = flag("HensynMatDrikke")
    contact: bool | None = flag("Kontaktallergi")
    pollen_or_insects: bool | None = flag("PollenInnsektstikk")
    against: str = text("AllergiskMot", required=True)
    substance: Code | None = part("VirkestoffLegemiddel")
    other_substance: Code | None = part("KodeAnnetStoff")
    anaphylaxis: Code | None = part("AnafylaktiskeReaksjoner")


@dataclass(frozen=True, slots=True)
class AllergyNote:
    """Allerginotat: an allergy and the texts about it."""

    xmlns: ClassVar[Namespaces] = "epj1"
    base_type: str = attr("basiskomponenttype", ns="m1", default="EPJ dokument")
    component_type: str = attr("komponenttype", ns="m1", default="2.16.578.1.12.4.1.6.13.11036.1")
    category: str = attr("informasjonskategori", ns="m1")
    component_id: str = attr("komponentID", required=True)
    more_ref: str = attr("referanseViktigTilleggsinfo")
    texts: tuple[JournalText, ...] = many("Journaltekst", ns="epj2")
    allergy: Allergy | None = part("Allergi", required=True)


@dataclass(frozen=True, slots=True)
class CaveKeyword:
    """A keyword of critical information."""

    xmlns: ClassVar[Namespaces] = "epj1"
    keyword: str = text("CaveStikkord", required=True)
    text: JournalText | None = part("Journaltekst", ns="epj2")


@dataclass(frozen=True, slots=True)
class CaveHead:
    """SakshodeCave: the keywords."""

    xmlns: ClassVar[Namespaces] = "epj1"
    base_type: str = attr("basiskomponenttype", ns="m1", default="EPJ dokument")
    component_type: str = attr("komponenttype", ns="m1", default="2.16.578.1.12.4.1.6.13.10028.0")
    category: str = attr("informasjonskategori", ns="m1")
    component_id: str = attr("komponentID", required=True)
    more_ref: str = attr("referanseViktigTilleggsinfo")
    keywords: tuple[CaveKeyword, ...] = many("StikkordCave")


@dataclass(frozen=True, slots=True)
class Cave:
    """Critical information about the patient."""

    xmlns: ClassVar[Namespaces] = "epj1"
    base_type: str = attr("basiskomponenttype", ns="m1", default="EPJ sak")
    component_type: str = attr("komponenttype", ns="m1", default="2.16.578.1.12.4.1.6.14.50001.0")
    category: str = attr("informasjonskategori", ns="m1")
    component_id: str = attr("komponentID", required=True)
    more_ref: str = attr("referanseViktigTilleggsinfo")
    head: CaveHead | None = part("SakshodeCave", required=True)
    allergies: tuple[AllergyNote, ...] = many("Allerginotat")
