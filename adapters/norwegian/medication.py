"""The patient's medicines, and what was given on the day of a transfer (epj3, 2008-02-20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, attr, choice, flag, many, number, part, stamp, text
from adapters.norwegian.people import HealthcareProfessional
from adapters.norwegian.values import Code, Moment, Quantity


@dataclass(frozen=True, slots=True)
class Prescription:
    """Forskrivningsinfo: which medicine, how much, from when to when."""

    xmlns: ClassVar[Namespaces] = "epj3"
    area_of_use: str = text("BruksomradeTekst")
    dosage: str = text("DosVeiledEnkel")
    number: str = text("Nr")
    name: str = text("Navn", required=True)
    generic_name: str = text("GeneriskNavn")
    atc: Code | None = part("Atc")
    form: Code | None = part("Legemiddelform")
    strength: Quantity | None = part("Styrke")
    use: Code | None = part("Bruk")
    starts_at: Moment | None = stamp("DoseringStarttidspunkt")
    ends_at: Moment | None = stamp("DoseringSluttidspunkt")
    not_with_others: bool | None = flag("SkalIkkeTasSammenMedAnnetLegemiddel")


@dataclass(frozen=True, slots=True)
class SimplePrescription:
    """ForenkletForskrivning: `status` 2 is discontinued."""

    xmlns: ClassVar[Namespaces] = "epj3"
    status: Code | None = part("StatusTilForskrivningen")
    multidose: Code | None = part("InngaarIMultidose")
    prescription_id: str = text("ReseptId")
    remark: str = text("Merknad")
    prescriber: HealthcareProfessional | None = part("Forskriver")
    prescription: Prescription | None = part("Forskrivningsinfo", required=True)


@dataclass(frozen=True, slots=True)
class Medication:
    """Legemiddelinfo: a medicine of the patient."""

    xmlns: ClassVar[Namespaces] = "epj3"
    base_type: str = attr("basiskomponenttype", ns="m1", default="EPJ dokument")
    component_type: str = attr("komponenttype", ns="m1", default="2.16.578.1.12.4.1.6.13.10301.0")
    category: str = attr("informasjonskategori", ns="m1")
    component_id: str = attr("komponentID", required=True)
    more_ref: str = attr("referanseViktigTilleggsinfo")
    simple: SimplePrescription | None = part("ForenkletForskrivning", required=True)


@dataclass(frozen=True, slots=True)
class AdministeredAmount:
    """How much was given."""

    xmlns: ClassVar[Namespaces] = "epj3"
    amount: str = text("Kvantum")


@dataclass(frozen=True, slots=True)
class HandedOut:
    """How many single doses were handed out."""

    xmlns: ClassVar[Namespaces] = "epj3"
    single_doses: int | None = number("AntEnkeltdoser", required=True)


@dataclass(frozen=True, slots=True)
class Administered:
    """AdmAvHelsepersonell: given by health personnel."""

    xmlns: ClassVar[Namespaces] = "epj3"
    single_dose: Quantity | None = part("AdmEnkeltdose")
    starts_at: Moment | None = stamp("AdmStart", required=True)
    ends_at: Moment | None = stamp("AdmSlutt")
    by: HealthcareProfessional | None = part("AdministrertAv")
    status: Code | None = part("AdmStatus")
    amount: AdministeredAmount | None = part("AdministrertLegemiddel")
    prescription: Prescription | None = part("Forskrivningsinfo")


@dataclass(frozen=True, slots=True)
class SelfAdministered:
    """Egenadministrering: handed out, to be taken by the patient."""

    xmlns: ClassVar[Namespaces] = "epj3"
    single_dose: Quantity | None = part("AdmEnkeltdose")
    starts_at: Moment | None = stamp("AdmStart", required=True)
    ends_at: Moment | None = stamp("AdmSlutt")
    by: HealthcareProfessional | None = part("AdministrertAv")
    handed_out: tuple[HandedOut, ...] = many("UtlevertLegemiddel", required=True)
    prescription: Prescription | None = part("Forskrivningsinfo")


@dataclass(frozen=True, slots=True)
class GivenAtTransfer:
    """LegemidlerAdministrertVedOverforing: what was given or handed out on the day of the transfer."""

    xmlns: ClassVar[Namespaces] = "epj3"
    base_type: str = attr("basiskomponenttype", ns="m1", default="EPJ dokument")
    component_type: str = attr("komponenttype", ns="m1", default="2.16.578.1.12.4.1.6.13.10302.0")
    category: str = attr("informasjonskategori", ns="m1")
    component_id: str = attr("komponentID", required=True)
    more_ref: str = attr("referanseViktigTilleggsinfo")
    given: tuple[Administered | SelfAdministered, ...] = choice(
        ("AdmAvHelsepersonell", Administered), ("Egenadministrering", SelfAdministered), required=True
    )
