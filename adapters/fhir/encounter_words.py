"""What an Encounter says, element by element: its visit number, class, times, ward, readiness and destination."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from adapters.fhir.assigners import assigner_of
from adapters.fhir.elements import codings, day, extension, instant, table, tables, text
from adapters.fhir.outcome import Json, refusal
from adapters.fhir.systems import code_system, profile

PLANNED_END = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedEndDate"
READY = profile("discharge-ready")
RECEIVES_SERVICES = profile("receives-services")
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
DISPOSITION = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
OWN_DESTINATION = code_system("discharge-destination")

STAYS = frozenset({"IMP", "ACUTE", "NONAC", "OBSENC", "SS", "PRENC"})
"""Classes of a stay on a ward; what has another class is kept and tells nothing."""

STATUSES = (
    "planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown",
)  # fmt: skip
PLACES = (
    "home", "short_term", "nursing_home", "acute_unit", "rehabilitation", "other_hospital", "abroad", "dead", "other",
)  # fmt: skip

DISPOSITIONS: Mapping[str, str] = MappingProxyType({
    "home": "home", "alt-home": "home", "hosp": "other", "long": "nursing_home", "snf": "nursing_home",
    "psy": "other_hospital", "rehab": "rehabilitation", "exp": "dead", "other-hcf": "other", "oth": "other",
})  # fmt: skip
"""HL7's codes of where a patient went, in the engine's words; `aadvice` says no place, so somebody is asked."""


def visit(encounter: Mapping[str, object], facility: str) -> str:
    """Return the stay as ADT names it, assigner and visit number; empty without an identifier."""
    numbered = [each for each in tables(encounter.get("identifier")) if text(each.get("value"))]
    named = [each for each in numbered if (IDENTIFIER_TYPE, "VN") in codings(each.get("type"))]
    for each in (*named, *numbered):
        return f"{assigner_of(each, facility)}:{text(each['value'])}"
    return ""


def is_stay(encounter: Mapping[str, object]) -> bool:
    """Return whether the class is that of a stay on a ward."""
    kind = table(encounter.get("class"))
    return text(kind.get("system")) in ("", ACT_CODE) and text(kind.get("code")) in STAYS


def ward(encounter: Mapping[str, object]) -> str:
    """Return the ward as messages name it: of the location where the patient is, or was last."""
    places = tables(encounter.get("location"))
    active = [each for each in places if text(each.get("status")) in ("active", "")]
    present = [each for each in active if "end" not in table(each.get("period"))]
    for each in reversed(present or active):
        if found := place_of(table(each.get("location"))):
            return found
    return ""


def place_of(reference: Mapping[str, object]) -> str:
    """Return how a place is named: by its identifier, its id, or what is displayed."""
    named = text(table(reference.get("identifier")).get("value"))
    told = text(reference.get("reference"))
    return named or ("" if told.startswith("#") else told.rpartition("/")[2]) or text(reference.get("display"))


def planned_end(encounter: Mapping[str, object]) -> date | None:
    """Return the day on which the stay is expected to end. Raises FhirRefusal."""
    return day(extension(encounter, PLANNED_END).get("valueDateTime"), f"Encounter.extension('{PLANNED_END}')")


def ready_at(encounter: Mapping[str, object], told_at: datetime) -> datetime | None:
    """Return since when the patient is ready to be discharged; None when it is not said. Raises FhirRefusal."""
    path = f"Encounter.extension('{READY}')"
    told = extension(encounter, READY)
    if told and not text(told.get("valueDateTime")):
        raise refusal(422, "required", "The readiness needs a valueDateTime: since when.", f"{path}.value")
    return instant(told.get("valueDateTime"), f"{path}.value", told_at, begins=True)


def receives_services(encounter: Mapping[str, object]) -> bool | None:
    """Return whether the patient has municipal services; None when it is not said."""
    value = extension(encounter, RECEIVES_SERVICES).get("valueBoolean")
    return value if isinstance(value, bool) else None


def begins(encounter: Mapping[str, object], told_at: datetime) -> datetime | None:
    """Return when the stay began. Raises FhirRefusal."""
    start = table(encounter.get("period")).get("start")
    return instant(start, "Encounter.period.start", told_at, begins=True)


def ends(encounter: Mapping[str, object], told_at: datetime) -> datetime | None:
    """Return when the stay ended. Raises FhirRefusal."""
    end = table(encounter.get("period")).get("end")
    return instant(end, "Encounter.period.end", told_at, begins=False)


def since(encounter: Mapping[str, object], told_at: datetime) -> datetime:
    """Return since when the status is what it is: by `statusHistory`, else when it was told. Raises FhirRefusal."""
    status, found = text(encounter.get("status")), []
    for number, each in enumerate(tables(encounter.get("statusHistory"))):
        period, path = table(each.get("period")), f"Encounter.statusHistory[{number}].period"
        is_current = text(each.get("status")) == status and "end" not in period
        end = "start" if is_current else "end"
        found.append(instant(period.get(end), f"{path}.{end}", told_at, begins=is_current))
    told = [at for at in found if at is not None and at <= told_at]
    return max(told, default=told_at)


def destination(encounter: Mapping[str, object], own: Mapping[str, str], notes: list[str]) -> str | None:
    """Return where the patient went: by the sender's *own* codes, ours, then HL7's; unknown codes are noted."""
    left = table(encounter.get("hospitalization"))
    told = place_of(table(left.get("destination")))
    if told and (found := own.get(told)):
        return found
    seen = [_meant(system, code, own) for system, code in codings(left.get("dischargeDisposition"))]
    known = next((each for each in seen if each), None)
    if known is None and (seen or told):
        notes.append("Where the patient went is said in no code that is known; somebody is asked.")
    return known


def _meant(system: str, code: str, own: Mapping[str, str]) -> str | None:
    if code in own:
        return own[code]
    if system == OWN_DESTINATION:
        return code if code in PLACES else None
    return DISPOSITIONS.get(code) if system == DISPOSITION else None


def disposition(place: str) -> Json:
    """Return the dischargeDisposition of a destination: HL7's code where one means the same, and always ours."""
    code = {"home": "home", "nursing_home": "long", "rehabilitation": "rehab", "dead": "exp"}.get(place, "oth")
    return {"coding": [{"system": OWN_DESTINATION, "code": place}, {"system": DISPOSITION, "code": code}]}
