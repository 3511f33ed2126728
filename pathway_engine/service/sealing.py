"""The audit as a chain: rows are sealed after their commit, verified on request, and let go by policy.

Who writes a row pays nothing for the chain and waits for nobody: one worker at a time follows and seals what has
been committed. What is not sealed yet is counted and told, never hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pathway_engine.service.context import Context
from pathway_engine.storage.audit import EXPIRED
from pathway_engine.storage.audit_chain import Fault, Seal, faults_of_rows, faults_of_seal, hash_of, sealed
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import AuditRow

ROWS_A_SEAL = 1000
SEALS_A_ROUND = 20
LATE = timedelta(minutes=10)
"""So long after later rows were sealed a row may still be committed; no transaction lives that long."""
SHORTEST_RETENTION = timedelta(days=365)
"""Whoever deletes younger rows does not follow a policy."""


@dataclass(frozen=True, slots=True)
class Head:
    """How many rows are sealed, and the hash that stands for all of them."""

    count: int
    hash: str

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Rows that were deleted by policy: those of the first *seals* seals, all sealed before *before*."""

    row: AuditRow
    seals: int
    before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at the whole audit found: the head, counts of rows, and what is wrong, row by row."""

    head: Head
    rows: int = 0
    seals: int = 0
    unsealed: int = 0
    oldest_unsealed: datetime | None = None
    expired: int = 0
    tombstones: tuple[Tombstone, ...] = ()
    faults: tuple[Fault, ...] = ()


# -- sealing


def seal_waiting(context: Context, now: datetime) -> int:
    """Seal what has been committed and is not sealed; return how many rows. Another who does so is not waited for."""
    with context.store.reading() as records:
        if not _unsealed(records, now):
            return 0
    return context.committed(lambda records: _sealed(records, context.store.tenant, now))


def _sealed(records: Records, tenant: str, now: datetime) -> int:
    if not records.may_seal():
        return 0
    ids = _unsealed(records, now)[: ROWS_A_SEAL * SEALS_A_ROUND]
    last = records.last_seal()
    for start in range(0, len(ids), ROWS_A_SEAL):
        rows = records.audit_rows(ids[start : start + ROWS_A_SEAL])
        last = sealed(last, tenant, [rows[id] for id in sorted(rows)], now)
        records.add_seal(last)
    return len(ids)


def _unsealed(records: Records, now: datetime) -> list[int]:
    """The ids of rows in no seal. Ids are not given out in the order of commits: so look back a while."""
    before = records.last_seal_before(now - LATE)
    known = {id for seal in records.seals_since(now - LATE) for id in seal.ids}
    low = before.through if before else 0
    return [id for id in records.audit_ids_after(low) if id not in known]


def head(context: Context) -> Head:
    """What stands for the whole audit as it is sealed."""
    with context.store.reading() as records:
        return _head(records.last_seal())


def _head(seal: Seal | None) -> Head:
    return Head(seal.count if seal else 0, hash_of(seal).hex())


def unsealed_since(records: Records, now: datetime) -> datetime | None:
    """When the oldest row that waits for a seal was written."""
    ids = _unsealed(records, now)
    return min(row.at for row in records.audit_rows(ids[:1]).values()) if ids else None


# -- verifying


@dataclass(slots=True)
class _Look:
    """What has been seen so far of the audit."""

    expired: int = 0
    seals: int = 0
    last: Seal | None = None
    settled: int = 0
    """The highest id of those sealed so long ago that no transaction of their time still runs."""

    sealed_ids: set[int] = field(default_factory=set)
    sealed_at: list[datetime] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def verify(context: Context, now: datetime, heads: Sequence[Head] = ()) -> Verified:
    """Look at every seal and row at one instant; *heads* were printed before and must still be there."""
    with context.store.reading() as records:
        tombstones = tuple(map(_tombstone, records.tombstones()))
        looked = _looked(records, context.store.tenant, max((each.seals for each in tombstones), default=0), now)
        unsealed = sorted(set(records.audit_ids_after(0)) - looked.sealed_ids)
        rows = records.audit_rows(unsealed[:1000])
        faults = [*looked.faults, *_wrong_tombstones(tombstones, looked), *_late(looked, unsealed)]
        return Verified(
            head=_head(looked.last), rows=records.audit_count(), seals=looked.seals, unsealed=len(unsealed),
            oldest_unsealed=min((row.at for row in rows.values()), default=None), expired=looked.expired,
            tombstones=tombstones, faults=(*faults, *_lost_heads(looked.hashes, heads)),
        )  # fmt: skip


def _looked(records: Records, tenant: str, expired_seals: int, now: datetime) -> _Look:
    look = _Look()
    for seal in records.seals():
        look.faults += faults_of_seal(seal, look.last, tenant)
        if look.faults and look.faults[-1].code == "seal_changed" and look.faults[-1].number == seal.number:
            look.last = seal
            continue  # what it says of rows is not to be believed
        ids = seal.ids
        rows = _rows_of(records, ids)
        look.faults += faults_of_rows(seal, tenant, rows, expired=seal.number <= expired_seals)
        look.expired += (len(ids) - len(rows)) if seal.number <= expired_seals else 0
        look.sealed_ids.update(ids)
        look.hashes[seal.count] = seal.hash.hex()
        look.sealed_at.append(seal.sealed_at)
        look.seals, look.last = look.seals + 1, seal
        if seal.sealed_at < now - LATE:
            look.settled = seal.through
    return look


def _rows_of(records: Records, ids: Sequence[int]) -> Mapping[int, AuditRow]:
    return {
        id: row
        for start in range(0, len(ids), ROWS_A_SEAL)
        for id, row in records.audit_rows(ids[start : start + ROWS_A_SEAL]).items()
    }


def _late(look: _Look, unsealed: Sequence[int]) -> Iterator[Fault]:
    """Rows below what was sealed long ago: no transaction takes so long, so somebody has slipped them in."""
    yield from (Fault("row_slipped_in", "row", id) for id in unsealed if id < look.settled)


def _wrong_tombstones(tombstones: Sequence[Tombstone], look: _Look) -> Iterator[Fault]:
    """Tombstones that no policy has written: of rows that were too young, or not yet old enough when they went."""
    for each in tombstones:
        too_young = each.before > each.row.at - SHORTEST_RETENTION
        if too_young or any(at >= each.before for at in look.sealed_at[: each.seals]):
            yield Fault("expired_too_early", "row", each.row.id)


def _lost_heads(hashes: Mapping[int, str], heads: Sequence[Head]) -> Iterator[Fault]:
    for each in heads:
        if each.count and hashes.get(each.count) != each.hash:
            yield Fault("head_lost", "head", each.count)


# -- letting go


def let_go(context: Context, keep: timedelta, now: datetime) -> int:
    """Delete a share of the rows sealed longer ago than *keep*, after their tombstone; return how many rows went.

    Raises ValueError when *keep* is shorter than a year.
    """
    if keep < SHORTEST_RETENTION:
        raise ValueError(f"Rows of the audit are kept for {keep.days} days; at least 365 would be right.")
    with context.store.reading() as records:
        if not _old_seals(records, now - keep):
            return 0
    return context.committed(lambda records: _let_go(records, now - keep, keep, now))


def _old_seals(records: Records, before: datetime) -> list[Seal]:
    """The next seals whose rows are old enough to go."""
    gone = max((_tombstone(row).seals for row in records.tombstones()), default=0)
    found: list[Seal] = []
    for seal in records.seals(after=gone):
        if seal.sealed_at >= before or len(found) == SEALS_A_ROUND:
            break
        found.append(seal)
    return found


def _let_go(records: Records, before: datetime, keep: timedelta, now: datetime) -> int:
    seals = _old_seals(records, before) if records.may_seal() else []
    if not seals:
        return 0
    rows = sum(len(seal.ids) for seal in seals)
    records.write_audit(
        at=now, actor="retention", role="system", action=EXPIRED, patient_id=None, object_id=f"{seals[-1].through}",
        detail=f"seals={seals[-1].number} before={before.isoformat()} days={keep.days} rows={rows}",
    )  # fmt: skip
    return sum(records.delete_audit(seal.ids) for seal in seals)


def _tombstone(row: AuditRow) -> Tombstone:
    said = dict(part.partition("=")[::2] for part in row.detail.split(" "))
    try:
        return Tombstone(row, int(said["seals"]), datetime.fromisoformat(said["before"]))
    except (KeyError, ValueError):  # not ours: it stands for nothing, and what it let go is missing
        return Tombstone(row, 0, row.at)
