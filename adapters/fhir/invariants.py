"""Invariants of R4 that hold within one element, by its type; each is named as the specification names it.

They are asked of elements in which nothing else is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.fhir import moments
from adapters.fhir.outcome import Json
from adapters.fhir.questionnaire_rules import QUESTIONNAIRES
from adapters.fhir.rules import Invariant, any_of, exactly_one, needs, not_both


def _never_negative(name: str) -> Callable[[Json], bool]:
    return lambda value: _number(value.get(name)) >= 0


def _number(value: object) -> float:
    return float(str(value)) if value is not None else 0.0


def _in_order(start: str, end: str) -> Callable[[Json], bool]:
    return lambda value: _needless(value, start, end) or moments.in_order(str(value[start]), str(value[end]))


def _needless(value: Json, *names: str) -> bool:
    return any(name not in value for name in names)


def _range_in_order(value: Json) -> bool:
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict) or "value" not in low or "value" not in high:
        return True
    same = all(low.get(name) == high.get(name) for name in ("unit", "system", "code"))
    return not same or _number(low["value"]) <= _number(high["value"])


def _offset_fits(value: Json) -> bool:
    when = value.get("when")
    return "offset" not in value or (
        isinstance(when, list) and not {"C", "CM", "CD", "CV"}.intersection(map(str, when))
    )


def _nobody_is_at_home(value: Json) -> bool:
    told = [value.get("address"), value.get("telecom")]
    uses = {part.get("use") for each in told if isinstance(each, list) for part in each if isinstance(part, dict)}
    return "home" not in uses


def _amount(value: Json) -> bool:
    return "code" not in value or (value.get("system") == UCUM and "value" in value)


def _ratio_is_whole(value: Json) -> bool:
    return ("numerator" in value) == ("denominator" in value) and ("numerator" in value or "extension" in value)


def _count_is_one(value: Json) -> bool:
    number = str(value.get("value", "0"))
    has_code = "code" in value or "value" not in value
    return has_code and value.get("system", UCUM) == UCUM and value.get("code", "1") == "1" and "." not in number


def _trigger_fits(value: Json) -> bool:
    type = str(value["type"])
    if type == "periodic":
        return _timed(value)
    return ("name" if type == "named-event" else "data") in value


def _timed(value: Json) -> bool:
    return any(name.startswith("timing") for name in value)


def _not_a_kind_with_members(value: Json) -> bool:
    return "member" not in value or value["actual"] is True


def _has_no_value_and_reason(value: Json) -> bool:
    return "dataAbsentReason" not in value or not any(name.startswith("value") for name in value)


UCUM = "http://unitsofmeasure.org"
SYSTEM = Invariant("qty-3", "a system beside the code would be right", needs("code", "system"))

INVARIANTS: Mapping[str, tuple[Invariant, ...]] = {
    "Attachment": (Invariant("att-1", "contentType beside data would be right", needs("data", "contentType")),),
    "ContactPoint": (Invariant("cpt-2", "a system beside the value would be right", needs("value", "system")),),
    "Quantity": (SYSTEM,),
    "Count": (SYSTEM, Invariant("cnt-3", "a whole number with the code 1 of UCUM would be right", _count_is_one)),
    "Ratio": (Invariant("rat-1", "a numerator and a denominator would be right", _ratio_is_whole),),
    "DataRequirementCodeFilter": (
        Invariant("drq-1", "path or searchParam would be right", exactly_one("path", "searchParam")),
    ),
    "DataRequirementDateFilter": (
        Invariant("drq-2", "path or searchParam would be right", exactly_one("path", "searchParam")),
    ),
    "TriggerDefinition": (
        Invariant("trd-1", "a timing or data would be right", lambda value: "data" not in value or not _timed(value)),
        Invariant("trd-2", "data beside a condition would be right", needs("condition", "data")),
        Invariant("trd-3", "what the type of trigger asks for would be right", _trigger_fits),
    ),
    "Distance": (SYSTEM, Invariant("dis-1", "a code of UCUM with a value would be right", _amount)),
    "Age": (SYSTEM, Invariant("age-1", "a code of UCUM with a value would be right", _amount)),
    "Duration": (SYSTEM, Invariant("drt-1", "a code of UCUM with a value would be right", _amount)),
    "Range": (Invariant("rng-2", "low at most as high as high would be right", _range_in_order),),
    "Period": (Invariant("per-1", "a start that is not after the end would be right", _in_order("start", "end")),),
    "Expression": (Invariant("exp-1", "expression or reference would be right", any_of("expression", "reference")),),
    "TimingRepeat": (
        Invariant("tim-1", "durationUnit beside duration would be right", needs("duration", "durationUnit")),
        Invariant("tim-2", "periodUnit beside period would be right", needs("period", "periodUnit")),
        Invariant("tim-4", "a duration of at least 0 would be right", _never_negative("duration")),
        Invariant("tim-5", "a period of at least 0 would be right", _never_negative("period")),
        Invariant("tim-6", "period beside periodMax would be right", needs("periodMax", "period")),
        Invariant("tim-7", "duration beside durationMax would be right", needs("durationMax", "duration")),
        Invariant("tim-8", "count beside countMax would be right", needs("countMax", "count")),
        Invariant("tim-9", "an offset from an event that is no meal would be right", _offset_fits),
        Invariant("tim-10", "timeOfDay or when would be right", not_both("timeOfDay", "when")),
    ),
    "PatientContact": (
        Invariant(
            "pat-1", "a name, telecom, address or organization would be right",
            any_of("name", "telecom", "address", "organization"),
        ),
    ),
    "Organization": (
        Invariant("org-1", "a name or an identifier would be right", any_of("name", "identifier")),
        Invariant("org-2", "an organization has no home; another use would be right", _nobody_is_at_home),
    ),
    "Task": (
        Invariant(
            "inv-1", "lastModified that is not before authoredOn would be right",
            _in_order("authoredOn", "lastModified"),
        ),
    ),
    "CarePlanActivity": (Invariant("cpl-3", "reference or detail would be right", not_both("detail", "reference")),),
    "ServiceRequest": (Invariant("prr-1", "code beside orderDetail would be right", needs("orderDetail", "code")),),
    "QuestionnaireResponseItem": (
        Invariant("qrs-1", "items in the answer or beside it would be right", not_both("answer", "item")),
    ),
    "ConditionStage": (Invariant("con-1", "summary or assessment would be right", any_of("summary", "assessment")),),
    "ConditionEvidence": (Invariant("con-2", "code or detail would be right", any_of("code", "detail")),),
    "Group": (Invariant("grp-1", "members of an actual group would be right", _not_a_kind_with_members),),
    "Observation": (
        Invariant("obs-6", "a value or why there is none would be right", _has_no_value_and_reason),
    ),
    "ObservationReferenceRange": (
        Invariant("obs-3", "low, high or text would be right", any_of("low", "high", "text")),
    ),
    **QUESTIONNAIRES,
    "AuditEventEntity": (Invariant("sev-1", "a name or a query would be right", not_both("name", "query")),),
}  # fmt: skip
"""By the name of the type or part."""
