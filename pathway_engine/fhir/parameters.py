"""Search parameters: what a type is searched by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a search parameter, in FHIR's words."""

    TOKEN = "token"  # noqa: S105 -- a search parameter's type
    REFERENCE = "reference"
    DATE = "date"
    STRING = "string"
    URI = "uri"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A search parameter: `definition` is its canonical, `path` the element that it looks at, dotted.

    Where rows are searched, `column` names what the database looks at instead. `targets` are the types that a
    reference may lead to.
    """

    name: str
    kind: Kind
    path: str = ""
    definition: str = ""
    column: str = ""
    targets: tuple[str, ...] = ()
    about: str = ""
