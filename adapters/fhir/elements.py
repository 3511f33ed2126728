"""Elements of a resource as JSON: what is not there, or of another shape, reads as empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time

from adapters.fhir.moments import instant as moment_of
from adapters.fhir.outcome import FhirRefusal, Json, refusal
from pathway_engine.domain.norway import OSLO

NO_TABLE: Json = {}
LAST_MINUTE = time(23, 59)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def table(value: object) -> Json:
    """Return a JSON object, or an empty one."""
    return value if isinstance(value, dict) else NO_TABLE


def tables(value: object) -> list[Json]:
    """Return the JSON objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text without blanks around it, or an empty one."""
    return value.strip() if isinstance(value, str) else ""


def codings(concept: object) -> Iterable[tuple[str, str]]:
    """Return system and code of each coding of a CodeableConcept."""
    for coding in tables(table(concept).get("coding")):
        yield text(coding.get("system")), text(coding.get("code"))


def extension(holder: Mapping[str, object], url: str) -> Json:
    """Return the first extension with that canonical, or an empty one."""
    return next((each for each in tables(holder.get("extension")) if each.get("url") == url), NO_TABLE)


def day(value: object, path: str) -> date | None:
    """Return the day that a date or dateTime tells, in Norway. Raises FhirRefusal for less than a day."""
    told = text(value)
    if not told:
        return None
    try:
        return date.fromisoformat(told) if _DAY.fullmatch(told) else moment_of(told).astimezone(OSLO).date()
    except (ValueError, OverflowError):
        raise _wrong_time(path) from None


def instant(value: object, path: str, told_at: datetime, *, begins: bool) -> datetime | None:
    """Return the instant of a dateTime in UTC.

    Of a day alone: when it was told (*told_at*) where that is the day, else its beginning or its last minute.
    Raises FhirRefusal for less than a day and for a time without an offset.
    """
    told = text(value)
    if not told:
        return None
    try:
        return _instant_of_day(told, told_at, begins) if _DAY.fullmatch(told) else moment_of(told).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong_time(path) from None


def _instant_of_day(told: str, told_at: datetime, begins: bool) -> datetime:
    day = date.fromisoformat(told)
    if day == told_at.astimezone(OSLO).date():
        return told_at.astimezone(UTC)
    return datetime.combine(day, time(0) if begins else LAST_MINUTE, OSLO).astimezone(UTC)


def _wrong_time(path: str) -> FhirRefusal:
    right = "a day, or a time with its offset, as 2026-11-16T10:00:00+01:00, would be right"
    return refusal(422, "value", f"{path} does not tell the day or has a time without an offset; {right}.", path)
