"""The chain over the audit: what is hashed into what, and what a row, a link or a seal that was changed looks like.

A row's link is the hash of the link before it and of everything that stands in the row. A seal holds the links of
the rows that were committed since the seal before it, and a hash over itself and that seal's hash. So whoever
changes, drops, adds or swaps rows or seals must make every later seal anew, and any later hash that was kept
elsewhere tells.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pathway_engine.storage.rows import AuditRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NOTHING = bytes(32)
"""What the first row and the first seal follow."""
_LINK = struct.Struct(">q32s")
Link = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The links of a share of the audit's rows, in the order in which they were sealed.

    `count` is how many rows are sealed up to and with this one, `through` the highest id among them, `body` the
    packed pairs of row id and link.
    """

    number: int
    count: int
    through: int
    sealed_at: datetime
    previous: bytes
    body: bytes = field(repr=False)
    hash: bytes = b""

    @property
    def links(self) -> Iterator[Link]:
        """Each row's id and link. Raises struct.error for a body that is no row of pairs."""
        return _LINK.iter_unpack(self.body)

    @property
    def ids(self) -> list[int]:
        """The ids of its rows."""
        return [id for id, _ in self.links]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, as a code, with which row or seal."""

    code: str
    what: str
    number: int


def link(previous: bytes, tenant: str, row: AuditRow) -> bytes:
    """Return the hash of the link before and of the row: 32 bytes."""
    content = [
        row.id, tenant, _microseconds(row.at), row.actor, row.role, row.action, row.patient_id, row.object_id,
        row.outcome, row.detail,
    ]  # fmt: skip
    return sha256(previous + json.dumps(content, separators=(",", ":")).encode()).digest()


def sealed(previous: Seal | None, tenant: str, rows: Sequence[AuditRow], at: datetime) -> Seal:
    """Return the seal of *rows*, of which there is at least one, after the seal *previous*."""
    last, links = hash_of(previous), []
    for row in rows:
        last = link(last, tenant, row)
        links.append(_LINK.pack(row.id, last))
    unhashed = Seal(
        number=previous.number + 1 if previous else 1, count=(previous.count if previous else 0) + len(rows),
        through=max(previous.through if previous else 0, *(row.id for row in rows)), sealed_at=at,
        previous=hash_of(previous), body=b"".join(links),
    )  # fmt: skip
    return replace(unhashed, hash=seal_hash(tenant, unhashed))


def hash_of(seal: Seal | None) -> bytes:
    """The hash that what comes after *seal* follows."""
    return seal.hash if seal else NOTHING


def seal_hash(tenant: str, seal: Seal) -> bytes:
    """Return the hash of everything that stands in the seal, the hash of the one before included."""
    head = [tenant, seal.number, seal.count, seal.through, _microseconds(seal.sealed_at), seal.previous.hex()]
    return sha256(json.dumps(head, separators=(",", ":")).encode() + b"\n" + seal.body).digest()


def faults_of_seal(seal: Seal, previous: Seal | None, tenant: str) -> list[Fault]:
    """What is wrong with the seal itself, whatever its rows say."""
    number = previous.number + 1 if previous else 1
    found = [Fault("seal_missing", "seal", missing) for missing in range(number, seal.number)]
    if found:
        return found
    if seal.hash != seal_hash(tenant, seal) or len(seal.body) % _LINK.size or not seal.body:
        return [Fault("seal_changed", "seal", seal.number)]
    count, through = (previous.count, previous.through) if previous else (0, 0)
    follows = seal.number == number and seal.previous == hash_of(previous)
    adds_up = seal.count == count + len(seal.ids) and seal.through == max(through, *seal.ids)
    return [] if follows and adds_up else [Fault("seal_out_of_place", "seal", seal.number)]


def faults_of_rows(seal: Seal, tenant: str, rows: Mapping[int, AuditRow], *, expired: bool = False) -> list[Fault]:
    """What is wrong with the rows of a seal: those that are not there, and those that are not as they were sealed.

    Of an *expired* seal rows may have been deleted; those that are there must still be right.
    """
    found, before = [], seal.previous
    for id, kept in seal.links:
        row = rows.get(id)
        if row is not None and link(before, tenant, row) != kept:
            found.append(Fault("row_changed", "row", id))
        elif row is None and not expired:
            found.append(Fault("row_missing", "row", id))
        before = kept
    return found


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
