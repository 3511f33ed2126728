"""Search parameters of the standard's own, as definitions and the directory offer them."""

from __future__ import annotations

from pathway_engine.fhir.parameters import Kind, Parameter

STANDARD = "http://hl7.org/fhir/SearchParameter/"
CANONICAL: dict[str, tuple[Kind, str]] = {
    "url": (Kind.URI, "url"), "version": (Kind.TOKEN, "version"), "name": (Kind.STRING, "name"),
    "title": (Kind.STRING, "title"), "status": (Kind.TOKEN, "status"), "date": (Kind.DATE, "date"),
}  # fmt: skip
"""What every published resource is searched by."""


def standard(name: str, kind: Kind, path: str, definition: str, targets: tuple[str, ...] = ()) -> Parameter:
    """Return a parameter that the standard defines; *definition* is the end of its canonical."""
    return Parameter(name=name, kind=kind, path=path, definition=STANDARD + definition, targets=targets)


def published(prefix: str, *names: str) -> tuple[Parameter, ...]:
    """Return the parameters of a published resource; *prefix* is how the standard names their family."""
    chosen = names or tuple(CANONICAL)
    return tuple(standard(name, *CANONICAL[name], f"{prefix}-{name}") for name in chosen)
