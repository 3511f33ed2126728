"""One request and its answer, in the one transaction that both belong to, and the table of what is served.

They stand together because each holds the other: an exchange carries the table, whose handlers take an exchange. The
routes and the CapabilityStatement both come from that table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from adapters.fhir.outcome import Json
from pathway_engine.fhir.parameters import Parameter
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.unit_of_work import UnitOfWork

Pairs = tuple[tuple[str, str], ...]
"""Search parameters in the order in which they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a program, on behalf of `who`, whose seats decide which patients there are.

    `scopes` are SMART scopes as granted (``system/Task.rs``). `sender` is the facility that its messages carry, of
    the application ``fhir``: the directory must have that sender for an Encounter or Patient to be taken.
    """

    client: str
    who: Principal
    scopes: frozenset[str] = frozenset()
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One interaction as its handler sees it.

    `method` is the HTTP method, `type`, `id` and `operation` come from the address (empty when it has none);
    `query` holds the parameters of the address and of a posted form. `headers` have names in lower case, and not the
    one that proves who asks.
    `secret` is the installation's own: addresses of next pages are sealed with it.
    `records` is the transaction: what the handler reads and writes holds together, with the audit row.
    `served` is what this face serves, by type.
    """

    context: Context
    records: UnitOfWork
    caller: Caller
    now: datetime
    base: str
    method: str = "GET"
    type: str = ""
    id: str = ""
    operation: str = ""
    query: Pairs = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    secret: bytes = field(default=b"", repr=False)
    served: Mapping[str, Served] = field(default_factory=dict, repr=False)

    def address(self, type: str, id: str) -> str:
        """Return the absolute address of a resource."""
        return f"{self.base}/{type}/{quote(id, safe='')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A resource as it is now; `version` makes its weak ETag. `patient_id` is whom it is about, for the audit."""

    resource: Json = field(repr=False)
    version: str
    updated: datetime
    patient_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back; `body` is a resource as JSON, or bytes of another content type named in the headers.

    `patients` are those whom it tells of, for the audit; where a body tells that itself, it need not be said.
    """

    status: int
    body: Json | bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    patients: tuple[str, ...] = ()


Handler = Callable[[Exchange], Answer]


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


def etag(version: str) -> str:
    """Return the weak ETag of a version."""
    return f'W/"{version}"'


def instant(at: datetime) -> str:
    """Return *at* as a FHIR instant in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def with_meta(resource: Json, version: str, updated: datetime, profile: str = "") -> Json:
    """Return *resource* with its version, instant and profile in `meta`."""
    meta: Json = {"versionId": version, "lastUpdated": instant(updated)}
    return {**resource, "meta": {**meta, "profile": [profile]} if profile else meta}
