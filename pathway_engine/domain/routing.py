"""Where a message of the health sector goes: to which organisation, which service of it, and in which version.

What the standards say of each message type stands here with its source; what is agreed with a partner stands
in the directory and goes before it. Service types are written as code system and code, e.g. ``8663/KD0501``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import Directory, Organisation, Partner
from pathway_engine.domain.tasks import Place

NURSING = "8663/KP02"
CASE_WORK = "8663/KD0501"
SOMATIC_ADMISSION = "8668/1"


class Side(StrEnum):
    """Who receives a type of message; `ANYBODY` is named by whoever sends it."""

    MUNICIPALITY = "municipality"
    HOSPITAL = "hospital"
    DOCTOR = "doctor"
    ANYBODY = "anybody"


class Standard(StrEnum):
    """A family of message types that are versioned together."""

    PLO = "plo"
    DIALOG = "dialog"
    DISCHARGE_LETTER = "epikrise"


VERSIONS = {Standard.PLO: "1.6", Standard.DIALOG: "1.0", Standard.DISCHARGE_LETTER: "1.2"}
"""The version that is written to a partner of whom the directory says nothing else."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """What the standard says of a message type: who receives it, which service, where that is written.

    `version` is the only one that has this type. `verified` is False where the source leaves the service open.
    """

    side: Side
    standard: Standard
    service: str | None
    source: str
    version: str | None = None
    verified: bool = True


def _plo(side: Side, service: str | None, source: str, *, verified: bool = True) -> Addressee:
    return Addressee(side, Standard.PLO, service, source, verified=verified)


def _dialog(source: str, version: str = "1.0") -> Addressee:
    return Addressee(Side.ANYBODY, Standard.DIALOG, None, source, version)


ADDRESSEES: dict[str, Addressee] = {
    "LOG_INNLAGT": _plo(Side.MUNICIPALITY, NURSING, "HIS 1149 3.2"),
    "HELSEOPPL_SOKNAD": _plo(Side.MUNICIPALITY, CASE_WORK, "HIS 1144"),
    "INNLEGGELSESRAPPORT": _plo(Side.HOSPITAL, SOMATIC_ADMISSION, "HIS 1143"),
    "LOG_UTSKRIVNINGSKLAR": _plo(Side.MUNICIPALITY, CASE_WORK, "HIS 1149 3.3"),
    "LOG_AVMELDING": _plo(Side.MUNICIPALITY, CASE_WORK, "HIS 1149 3.4"),
    "UTSKRIVNINGSRAPPORT": _plo(Side.MUNICIPALITY, NURSING, "HIS 1148"),
    "LOG_UTSKREVET": _plo(Side.MUNICIPALITY, NURSING, "HIS 1149 3.5"),
    "LOG_DOD": _plo(Side.ANYBODY, NURSING, "HIS 1149 3.6", verified=False),
    "HELSEOPPLYSNINGER_LEGE": _plo(Side.DOCTOR, None, "HIS 1145"),
    "MEDISINSKE_OPPLYSNINGER": _plo(Side.MUNICIPALITY, NURSING, "HIS 1147", verified=False),
    "ORIENTERING_TJENESTETILBUD": _plo(Side.DOCTOR, None, "HIS 1146"),
    "DIALOG_FORESPORSEL": _dialog("HISD 80903"),
    "DIALOG_SVAR": _dialog("HISD 80903"),
    "DIALOG_NOTAT": _dialog("HISD 80903"),
    "DIALOG_AVVIK": _dialog("HIS 1151"),
    "DIALOG_HELSEFAGLIG": _dialog("HIS 1077", "1.1"),
    "EPIKRISE": Addressee(Side.DOCTOR, Standard.DISCHARGE_LETTER, None, "HISD 80806 figure 1"),
}
"""By message type (code system 8279)."""


class Lack(StrEnum):
    """What is missing before a message can be addressed."""

    MESSAGE = "message"
    RECIPIENT = "recipient"
    PARTNER = "partner"
    SERVICE = "service"
    UNIT = "unit"
    HER_ID = "her_id"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class NoRoute:
    """The message cannot be addressed: what lacks, and what would be right, in words for a person."""

    lack: Lack
    said: Text


@dataclass(frozen=True, slots=True)
class Address:
    """Both levels of an address: the organisation, and its service or doctor; each has a HER-id."""

    organisation: Organisation
    service: Organisation

    @property
    def her_ids(self) -> tuple[str, str]:
        """The HER-ids of the upper and the lower level."""
        return self.organisation.her_id or "", self.service.her_id or ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes and in which version; `service_type` is None when a doctor or a named unit gets it."""

    message: str
    to: Address
    standard: Standard
    version: str
    service_type: str | None


def route(directory: Directory, message: str, place: Place, on: date, *, to: str | None = None) -> Route | NoRoute:
    """Return where *message* goes for a patient of *place* on the day *on*, or what lacks.

    *to* is the id or the HER-id of the organisation that gets it: the hospital of the stay, the patient's
    doctor, or the service that is answered. Without it the patient's municipality gets it.
    """
    kind = ADDRESSEES.get(message)
    if kind is None:
        return _lacks(Lack.MESSAGE, f"Ukjent meldingstype {message}.", f"Unknown message type {message}.")
    named = _named(directory, kind.side, place, to)
    if isinstance(named, NoRoute):
        return named
    top = _top(directory, named)
    partner = directory.partners.get(top.id)
    if partner is None:
        return _lacks(
            Lack.PARTNER, f"{top.name} er ikke en meldingspartner; legg den inn under partners.",
            f"{top.name} is no messaging partner; add it under partners.",
        )  # fmt: skip
    return _routed(directory, message, kind, partner, named, place, on)


def _routed(
    directory: Directory, message: str, kind: Addressee, partner: Partner, named: Organisation, place: Place, on: date
) -> Route | NoRoute:
    service_type = partner.services.get(message, kind.service)
    unit = _unit(directory, message, service_type, named, place)
    if isinstance(unit, NoRoute):
        return unit
    address = address_of(directory, unit.id)
    if isinstance(address, NoRoute):
        return address
    version = _version(kind, partner, address.organisation, on)
    if isinstance(version, NoRoute):
        return version
    return Route(message, address, kind.standard, version, service_type if unit is not named else None)


def address_of(directory: Directory, organisation: str) -> Address | NoRoute:
    """Return both levels of an organisation's address, as sender or as receiver, or what lacks."""
    service = directory.organisations.get(organisation)
    if service is None:
        return _lacks(Lack.RECIPIENT, f"Ingen virksomhet {organisation}.", f"No organisation {organisation}.")
    top = _top(directory, service)
    for level in (top, service):
        if not level.her_id:
            return _lacks(
                Lack.HER_ID, f"{level.name} har ingen HER-id; legg inn her_id.",
                f"{level.name} has no HER-id; add its her_id.",
            )  # fmt: skip
    return Address(top, service)


# -- whom


def _named(directory: Directory, side: Side, place: Place, to: str | None) -> Organisation | NoRoute:
    if to is not None:
        found = directory.organisations.get(to) or _with_her_id(directory, to)
        return found or _lacks(Lack.RECIPIENT, f"Ingen virksomhet {to}.", f"No organisation {to}.")
    if side in (Side.HOSPITAL, Side.DOCTOR):
        nb, en = ("sykehus", "hospital") if side is Side.HOSPITAL else ("lege", "doctor")
        return _lacks(Lack.RECIPIENT, f"Meldingen mangler {nb} å gå til.", f"No {en} is named for the message.")
    if side is Side.ANYBODY and place.municipality is None:
        return _lacks(Lack.RECIPIENT, "Meldingen mangler mottaker.", "The message names no recipient.")
    return _municipality(directory, place)


def _with_her_id(directory: Directory, her_id: str) -> Organisation | None:
    return next((each for each in directory.organisations.values() if each.her_id == her_id), None)


def _municipality(directory: Directory, place: Place) -> Organisation | NoRoute:
    for each in directory.organisations.values():
        if each.kind == "municipality" and place.municipality and each.municipality == place.municipality:
            return each
    number = place.municipality or ""
    return _lacks(
        Lack.RECIPIENT, f"Ingen kommune {number} i katalogen.".replace("  ", " "),
        f"No municipality {number} in the directory.".replace("  ", " "),
    )  # fmt: skip


def _above(directory: Directory, organisation: Organisation) -> Iterator[Organisation]:
    """The organisation and what it is part of, upwards; a ring of parents ends."""
    seen: set[str] = set()
    each: Organisation | None = organisation
    while each is not None and each.id not in seen:
        seen.add(each.id)
        yield each
        each = directory.organisations.get(each.parent or "")


def _top(directory: Directory, organisation: Organisation) -> Organisation:
    return list(_above(directory, organisation))[-1]


# -- which service of theirs


def _unit(
    directory: Directory, message: str, service_type: str | None, named: Organisation, place: Place
) -> Organisation | NoRoute:
    """A service that is named gets it; of an organisation, the one that has the service type and the patient."""
    if named.parent is not None:
        return named
    if service_type is None:
        return _lacks(
            Lack.SERVICE, f"Ingen tjenestetype er avtalt for {message} til {named.name}.",
            f"No service type is agreed for {message} to {named.name}.",
        )  # fmt: skip
    own = (each for each in directory.organisations.values() if _top(directory, each).id == named.id)
    fitting = [each for each in own if service_type in each.services and each.serves(place)]
    found = min(fitting, key=lambda unit: (-unit.particularity, unit.id), default=None)
    return found or _lacks(
        Lack.UNIT, f"{named.name} har ingen tjeneste {service_type} for pasientens sted.",
        f"{named.name} has no service {service_type} for where the patient belongs.",
    )  # fmt: skip


def _version(kind: Addressee, partner: Partner, top: Organisation, on: date) -> str | NoRoute:
    agreed = [each for each in partner.versions if each.standard == kind.standard]
    if not agreed:
        return kind.version or VERSIONS[kind.standard]
    begun = sorted((each.since, each.version) for each in agreed if each.since <= on)
    if kind.version is None and begun:
        return begun[-1][1]
    if kind.version in {version for _, version in begun}:
        return str(kind.version)
    wanted = f"{kind.standard} {kind.version or ''}".strip()
    return _lacks(
        Lack.VERSION, f"{top.name} tar ikke imot {wanted} {on.isoformat()}.",
        f"{top.name} does not take {wanted} on {on.isoformat()}.",
    )  # fmt: skip


def _lacks(lack: Lack, nb: str, en: str) -> NoRoute:
    return NoRoute(lack, Text(nb, en))
