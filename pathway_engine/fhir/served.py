"""What is served: one record a resource type, from which the routes and the CapabilityStatement both come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pathway_engine.fhir.exchange import Exchange, Found, Handler


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation with a name that begins with ``$``; `methods` say how it may be asked."""

    name: str
    handler: Handler
    definition: str
    methods: tuple[str, ...] = ("POST",)
    on_type: bool = False
    on_instance: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A resource type and what may be done with it.

    What is None is not offered, and `instead` says by interaction what would be right.

    `read` gives the resource as the caller may see it, or None: foreign and missing look the same.
    `every` gives all that the caller may see of a small type, which is then searched in memory.
    `find` searches a large type and answers the Bundle itself. `create`, `update` and `patch` write;
    `update_creates` says that a PUT may make what is not there.
    """

    type: str
    profile: str = ""
    read: Callable[[Exchange, str], Found | None] | None = None
    every: Callable[[Exchange], Iterable[Found]] | None = None
    find: Handler | None = None
    create: Handler | None = None
    update: Handler | None = None
    update_creates: bool = False
    patch: Handler | None = None
    delete: Handler | None = None
    parameters: tuple[Parameter, ...] = ()
    includes: tuple[str, ...] = ()
    revincludes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    about: str = ""


def never_written(instead: str) -> Mapping[str, str]:
    """What to say of every write of a type that nobody writes: *instead* is what would be right."""
    return dict.fromkeys(("create", "update", "patch", "delete"), instead)
