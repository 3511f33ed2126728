"""Which payloads are read and written: their element and namespace, by version."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.norwegian.bound_writing import Dialect
from adapters.norwegian.dialogue import Dialogue
from adapters.norwegian.logistics import Logistics
from adapters.norwegian.namespaces import APPREC, DIALOGUE, FK1, KITH, MSGHEAD, PLO, PO, SHARED
from adapters.norwegian.reports import (
    Absence,
    AdmissionReport,
    DischargeReport,
    HealthInformation,
    MedicalInformation,
    ServicesGranted,
    ToDoctor,
)

OPAQUE = frozenset(
    {
        f"{KITH}/epj/EPJEkstrakt/2008-02-20",
        f"{KITH}/epj/EPJTilleggsinfo/2008-02-20",
        SHARED["epj1"],
        SHARED["epj2"],
        SHARED["epj3"],
    }
)
"""Namespaces of payloads that are kept whole and not looked into: the record extract."""
HEAD = Dialect("1.2", {"mh": MSGHEAD}, bare="mh")
RECEIPTS = {version: Dialect(version, {"ar": uri}, bare="ar") for version, uri in APPREC.items()}


@dataclass(frozen=True, slots=True)
class PayloadFormat:
    """A payload's element in one version: `standard` is plo or dialogue."""

    root: str
    kind: type
    standard: str
    key: str
    dialect: Dialect

    @property
    def version(self) -> str:
        """The version of the standard."""
        return self.dialect.version

    @property
    def namespace(self) -> str:
        """The namespace of the payload's outermost element."""
        return self.dialect.namespaces[self.key]


def _plo(root: str, kind: type, *, shared: dict[str, str] = SHARED, **folders: str) -> list[PayloadFormat]:
    """The formats of *kind*; its namespace is named like its element, save where *folders* says otherwise."""
    return [_plo_of(root, kind, version, folders.get(f"v{version[2]}", root), shared) for version in PLO]


def _plo_of(root: str, kind: type, version: str, folder: str, shared: dict[str, str]) -> PayloadFormat:
    dated = PLO[version]
    spaces = {**shared, "payload": f"{KITH}/po/{folder}/{dated}", "po": PO[version]}
    return PayloadFormat(root, kind, "plo", "payload", Dialect(version, spaces, bare="po"))


def _dialogue() -> list[PayloadFormat]:
    return [
        PayloadFormat("Dialogmelding", Dialogue, "dialogue", "dia", Dialect(version, {"dia": uri, "fk1": FK1}, "dia"))
        for version, uri in DIALOGUE.items()
    ]


FORMATS = [
    *_plo("Pasientlogistikk", Logistics, shared={"fk1": FK1}),
    *_plo("HelseopplysningerVedSoknad", HealthInformation),
    *_plo("Innleggelsesrapport", AdmissionReport),
    *_plo("TverrfagligEpikrise", DischargeReport),
    *_plo("Konsultasjon", ToDoctor, v6="HelseopplysningerTilLege"),
    *_plo("OverforingMedisinskeOpplysninger", MedicalInformation, v6="MedisinskeOpplysninger"),
    *_plo("OrienteringOmTjenestetilbud", ServicesGranted),
    _plo_of("MeldingFravar", Absence, "1.5", "MeldingFravar", {"fk1": FK1}),
    *_dialogue(),
]
BY_ELEMENT = {(each.root, each.namespace): each for each in FORMATS}
BY_KIND = {(each.kind, each.version): each for each in FORMATS}
ROOTS = {each.root for each in FORMATS}
