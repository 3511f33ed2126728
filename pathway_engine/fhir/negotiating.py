"""In which form an answer is wanted, by ``_format`` or ``Accept``: JSON, or nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.fhir.outcome import refusal

JSON_TYPES = frozenset({"application/fhir+json", "application/json", "text/json", "json"})
NDJSON_TYPES = frozenset({"application/fhir+ndjson", "application/ndjson", "ndjson"})
ANY = frozenset({"*/*", "application/*"})
RIGHT = "Answers are JSON; application/fhir+json would be right."


def require_json(formats: Iterable[str], accept: str) -> None:
    """Raise FhirRefusal 406 unless the caller takes JSON; ``_format`` goes before ``Accept``."""
    wanted = [_plain(each) for each in formats]
    if wanted:
        _require(wanted[0] in JSON_TYPES | NDJSON_TYPES)
    elif accept.strip():
        _require(any(_is_taken(each) for each in accept.split(",")))


def _plain(type: str) -> str:
    """The type without parameters; a ``+`` of a query that nobody escaped came as a blank."""
    return (
        type.partition(";")[0].strip().lower().replace("fhir json", "fhir+json").replace("fhir ndjson", "fhir+ndjson")
    )


def _is_taken(wish: str) -> bool:
    parameters = {part.strip().lower().replace(" ", "") for part in wish.split(";")[1:]}
    is_other_version = any(each.startswith("fhirversion=") and each != "fhirversion=4.0" for each in parameters)
    is_unwanted = bool(parameters & {"q=0", "q=0.0", "q=0.00", "q=0.000"})
    return _plain(wish) in JSON_TYPES | NDJSON_TYPES | ANY and not is_unwanted and not is_other_version


def _require(is_right: bool) -> None:
    if not is_right:
        raise refusal(406, "not-supported", RIGHT)
