"""The chain itself: of ten thousand rows no flipped byte, no dropped row and no swap goes unseen."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pathway_engine.storage.audit_chain import Seal, faults_of_rows, faults_of_seal, link, sealed
from pathway_engine.storage.rows import AuditRow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROWS, ROWS_A_SEAL = 10_000, 25
TENANT = "fjordby"


def row(number: int) -> AuditRow:
    return AuditRow(
        id=number, at=NOON + timedelta(seconds=number), actor=f"kari-{number % 7}", role="home_care_nurse",
        action="task read", patient_id=f"patient-{number % 300}" if number % 5 else None,
        object_id=f"task-{number}" if number % 3 else None, outcome="ok", detail="" if number % 4 else f"d{number}",
    )  # fmt: skip


AUDIT = [row(number) for number in range(1, ROWS + 1)]


@pytest.fixture(scope="module")
def seals() -> list[Seal]:
    made: list[Seal] = []
    for start in range(0, ROWS, ROWS_A_SEAL):
        made.append(sealed(made[-1] if made else None, TENANT, AUDIT[start : start + ROWS_A_SEAL], NOON))
    return made


def seal_of(seals: Sequence[Seal], number: int) -> tuple[Seal, dict[int, AuditRow]]:
    place = (number - 1) // ROWS_A_SEAL
    return seals[place], {each.id: each for each in AUDIT[place * ROWS_A_SEAL : (place + 1) * ROWS_A_SEAL]}


def flipped(each: AuditRow, chance: random.Random) -> AuditRow:
    """The row with one bit of one character of one field the other way round."""
    name = chance.choice(["actor", "role", "action", "patient_id", "object_id", "outcome", "detail", "at"])
    value = getattr(each, name)
    if name == "at":
        return replace(each, at=value + timedelta(microseconds=chance.choice([-1, 1])))
    changed: Any = "" if value is None else None
    if value:
        place = chance.randrange(len(value))
        changed = value[:place] + chr(ord(value[place]) ^ (1 << chance.randrange(6))) + value[place + 1 :]
    return replace(each, **{name: changed})


def walked(seals: Sequence[Seal], rows: dict[int, AuditRow]) -> Iterator[tuple[str, int]]:
    before = None
    for seal in seals:
        for fault in [*faults_of_seal(seal, before, TENANT), *faults_of_rows(seal, TENANT, rows)]:
            yield fault.code, fault.number
        before = seal


def test_an_untouched_chain_is_whole(seals: list[Seal]) -> None:
    assert list(walked(seals, {each.id: each for each in AUDIT})) == []
    assert (seals[-1].count, seals[-1].through) == (ROWS, ROWS)


def test_every_flipped_row_of_ten_thousand_is_named(seals: list[Seal]) -> None:
    """Mutant: a field is not part of the hash."""
    chance = random.Random(33)
    for number in range(1, ROWS + 1):
        seal, rows = seal_of(seals, number)
        rows[number] = flipped(rows[number], chance)
        assert [(each.code, each.number) for each in faults_of_rows(seal, TENANT, rows)] == [("row_changed", number)]


def test_every_dropped_row_of_ten_thousand_is_named(seals: list[Seal]) -> None:
    """The last one too: its seal says that it was there."""
    for number in range(1, ROWS + 1):
        seal, rows = seal_of(seals, number)
        del rows[number]
        assert [(each.code, each.number) for each in faults_of_rows(seal, TENANT, rows)] == [("row_missing", number)]


def test_every_swapped_pair_of_ten_thousand_rows_is_named(seals: list[Seal]) -> None:
    """Each row takes the number of another, and the other its: near by and far away."""
    chance = random.Random(34)
    for number in range(1, ROWS + 1):
        other = (number + chance.choice([0, chance.randrange(ROWS - 1)])) % ROWS + 1
        seal, rows = seal_of(seals, number)
        rows[number] = replace(AUDIT[other - 1], id=number)
        assert ("row_changed", number) in [(each.code, each.number) for each in faults_of_rows(seal, TENANT, rows)]


def test_every_row_follows_the_one_before(seals: list[Seal]) -> None:
    """Mutant: chain without the previous hash. Links that are swapped inside a seal, with a hash made anew."""
    for number in range(2, ROWS + 1, 37):
        assert link(b"a" * 32, TENANT, AUDIT[number]) != link(b"b" * 32, TENANT, AUDIT[number])
        seal, rows = seal_of(seals, number)
        anew = sealed(None, TENANT, list(rows.values()), NOON)
        assert seal.number == 1 or anew.body != seal.body


def test_every_flipped_byte_of_a_seal_is_seen(seals: list[Seal]) -> None:
    seal, before = seals[7], seals[6]
    for place in range(len(seal.body)):
        body = bytearray(seal.body)
        body[place] ^= 1 << (place % 8)
        assert [each.code for each in faults_of_seal(replace(seal, body=bytes(body)), before, TENANT)] == [
            "seal_changed"
        ]
    for other in (
        replace(seal, count=seal.count + 1), replace(seal, through=seal.through - 1),
        replace(seal, sealed_at=NOON + timedelta(seconds=1)), replace(seal, previous=bytes(32)),
        replace(seal, hash=bytes(32)), replace(seal, body=seal.body[:-1]), replace(seal, body=b""),
    ):  # fmt: skip
        assert [each.code for each in faults_of_seal(other, before, TENANT)] == ["seal_changed"]


def test_a_seal_of_another_tenant_is_none_of_ours(seals: list[Seal]) -> None:
    assert [each.code for each in faults_of_seal(seals[1], seals[0], "another")] == ["seal_changed"]


def test_a_dropped_seal_is_named_and_swapped_ones_do_not_follow(seals: list[Seal]) -> None:
    rows = {each.id: each for each in AUDIT}
    assert ("seal_missing", 5) in list(walked([*seals[:4], *seals[5:]], rows))
    changed = [*seals[:4], seals[5], seals[4], *seals[6:]]
    assert {"seal_missing", "seal_out_of_place"} <= {code for code, _ in walked(changed, rows)}


def test_a_seal_made_anew_no_longer_fits_the_next(seals: list[Seal]) -> None:
    """Who changes a row and makes its seal anew is found at the next one."""
    rows = {each.id: each for each in AUDIT}
    rows[40] = replace(rows[40], actor="somebody else")
    forged = sealed(seals[0], TENANT, [rows[number] for number in range(26, 51)], NOON)
    assert list(walked([seals[0], forged, *seals[2:]], rows)) == [("seal_out_of_place", 3)]


def test_rows_of_an_expired_seal_may_be_gone_but_not_be_others(seals: list[Seal]) -> None:
    seal, rows = seal_of(seals, 30)
    kept = {30: rows[30], 31: replace(rows[31], actor="x")}
    assert [(each.code, each.number) for each in faults_of_rows(seal, TENANT, kept, expired=True)] == [
        ("row_changed", 31)
    ]
