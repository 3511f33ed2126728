"""A message's type code or OID becomes a system, and the system becomes a type code again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway_engine.domain.events import Identifier
from pathway_engine.domain.identifier_systems import (
    DUF,
    ENH,
    HER,
    HPR,
    LOCAL_TYPES,
    RESH,
    TYPES,
    best_first,
    recognised,
    succession,
    system_of,
    type_code,
)
from pathway_engine.domain.identifiers import DNR, FHN, FNR, make_synthetic

ASTRID = make_synthetic(date(1941, 3, 2), 4)
WRONG = ASTRID[:10] + str((int(ASTRID[10]) + 1) % 10)
MONTH_PLUS_65 = "02684100001"
MONTH_PLUS_40 = "02434100065"
D_NUMBER = "42834100031"
FH_NUMBER = "80000000098"


@pytest.mark.parametrize(
    ("kind", "value", "system"),
    [
        pytest.param("FNR", ASTRID, FNR, id="by-its-code"),
        pytest.param("fnr", f" {ASTRID[:6]} {ASTRID[6:]} ", FNR, id="with-spaces"),
        pytest.param("2.16.578.1.12.4.1.4.1", ASTRID, FNR, id="by-its-oid"),
        pytest.param("urn:oid:2.16.578.1.12.4.1.4.1", ASTRID, FNR, id="by-its-urn"),
        pytest.param("FNR", MONTH_PLUS_65, FNR, id="month-plus-65"),
        pytest.param("FNR", MONTH_PLUS_40, FNR, id="month-plus-40-said-to-be-national"),
        pytest.param("HNR", MONTH_PLUS_40, "local:FJORD#HNR", id="month-plus-40-said-to-be-an-h-number"),
        pytest.param("DNR", D_NUMBER, DNR, id="d-number"),
        pytest.param("FHN", FH_NUMBER, FHN, id="shared-emergency-number"),
        pytest.param("DUF", "202600000012", DUF, id="immigration-case"),
        pytest.param("HPR", "9144900", HPR, id="health-personnel"),
        pytest.param("HER", "80123", HER, id="her-id"),
        pytest.param("2.16.578.1.12.4.1.2", "80123", HER, id="her-id-by-its-oid"),
        pytest.param("ENH", "999 888 777", ENH, id="organisation-without-a-check-digit"),
        pytest.param("RSH", "4204088", RESH, id="specialist-unit"),
        pytest.param("PNR", "AB 123", "local:FJORD#PNR", id="passport"),
        pytest.param("ABC", "x1", "local:FJORD#ABC", id="a-code-nobody-knows"),
        pytest.param("", "x1", "local:FJORD#XXX", id="no-code"),
    ],
)
def test_a_number_is_kept_under_its_system(kind: str, value: str, system: str) -> None:
    found = recognised(kind, value, "FJORD")
    assert (found.identifier.system, found.doubt) == (system, None)
    assert found.identifier.value == "".join(value.split())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("FNR", WRONG), ("DNR", "123"), ("FHN", "80000000000"), ("HPR", "1" * 10),
        ("DUF", "1" * 11), ("HER", "0123"), ("ENH", "12345678"), ("RSH", "a"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_kept_as_a_local_number_with_a_doubt(kind: str, value: str) -> None:
    found = recognised(kind, value, "FJORD")
    assert found.identifier == Identifier(system=f"local:FJORD#{kind}", value=value)
    assert found.doubt is not None and kind in found.doubt.en
    assert value not in f"{found} {found.doubt.nb}" or len(value) < 4
    assert type_code(found.identifier).code == kind


def test_a_number_is_what_its_digits_say_and_the_difference_is_told() -> None:
    found = recognised("FNR", D_NUMBER, "FJORD")
    assert found.identifier.system == DNR
    assert found.doubt is not None and "is DNR" in found.doubt.en and "D-nummer" in found.doubt.nb


@given(st.sampled_from([*(each.code for each in TYPES.values()), *LOCAL_TYPES]), st.text("0123456789 ", max_size=14))
def test_nothing_is_refused_and_what_was_written_can_be_written_again(kind: str, value: str) -> None:
    found = recognised(kind, value, "FJORD")
    back = type_code(found.identifier)
    again = recognised(back.code, found.identifier.value, "FJORD")
    assert again.identifier == found.identifier
    if found.doubt is None:
        assert back.code == kind


def test_local_numbers_of_two_assigners_are_two() -> None:
    assert recognised("HNR", "1", "FJORD").identifier != recognised("HNR", "1", "DAL").identifier


def test_her_ids_are_written_as_organisations_and_people_by_the_code_system_of_people() -> None:
    written = {code.code: code.code_system.rpartition(".")[2] for code in (*TYPES.values(), *LOCAL_TYPES.values())}
    assert written["HER"] == written["ENH"] == "9051"
    assert written["FNR"] == written["HPR"] == written["HNR"] == "8116"
    assert type_code(Identifier(system="local:FJORD", value="1")).code == "XXX"


def test_a_local_kind_has_no_system_of_its_own() -> None:
    assert system_of("HNR") is None and system_of("2.16.578.1.12.4.1.4.99") is None


def test_national_numbers_come_first() -> None:
    local, temporary, national = (Identifier(system=system, value="1") for system in ("local:FJORD", DNR, FNR))
    assert best_first((local, temporary, national, local)) == (national, temporary, local)


def test_one_d_number_and_one_fodselsnummer_of_the_same_day_are_one_persons() -> None:
    new, old = Identifier(system=FNR, value=ASTRID), Identifier(system=DNR, value=D_NUMBER)
    other_day = Identifier(system=FNR, value=make_synthetic(date(1941, 3, 3), 0))
    assert succession([old, new]) == (new, old)
    assert succession([new]) is None
    assert succession([old, other_day]) is None
    assert succession([old, new, other_day]) is None
    assert succession([old, Identifier(system=FNR, value="1")]) is None
