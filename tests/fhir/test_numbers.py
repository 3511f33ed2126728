"""An identity number in an address is refused in each of its forms, and nothing of it is told or logged."""

from __future__ import annotations

import uuid
from datetime import date
from random import Random
from urllib.parse import quote

import pytest

from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.fhir.numbers import names_a_person
from pathway_engine.log_lines import LogLines
from tests.identity_forms import forms, held
from tests.web.visitor import TestClient

NUMBER = make_synthetic(date(1938, 5, 4), 1)
D_NUMBER, SHARED = "42824900206", "89000000158"
FNR = "urn:oid:2.16.578.1.12.4.1.4.1"


@pytest.mark.parametrize("form", forms(NUMBER))
def test_each_form_is_found_wherever_it_stands(form: str) -> None:
    said = forms(NUMBER)[form]
    places = [said, quote(said, safe=""), quote(quote(said, safe=""), safe=""), f"/Patient/{said}", f"a={said}&b=c"]
    assert [names_a_person(each) for each in places] == [True] * len(places)


@pytest.mark.parametrize("form", forms(NUMBER))
def test_such_an_address_is_refused_and_leaves_no_trace(
    face: TestClient, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = quote(forms(NUMBER)[form], safe="")
    asked = [
        face.get(f"/Patient?identifier={FNR}|{said}"), face.get(f"/Patient?identifier={said}"),
        face.get(f"/Patient/{said}"), face.get(f"/Task?patient.identifier={said}"), face.get(f"/Task?x=1&{said}=y"),
        face.post(f"/Patient?identifier={said}", json={}), face.get(f"/{said}/a/b/c"),
        face.post("/Patient", json={}, headers={"If-None-Exist": f"identifier={said}"}),
    ]  # fmt: skip
    told = [(each.status_code, each.json()["resourceType"], "_search" in each.text) for each in asked]
    assert told == [(400, "OperationOutcome", True)] * len(asked)
    ours = [each for each in caplog.records if each.name.split(".")[0] in ("pathway_engine", "adapters")]
    lines = "".join(each.getMessage() + LogLines("json").format(each) for each in ours)
    assert [held(text, NUMBER) for text in (*(str(each.headers) + each.text for each in asked), lines)] == [[]] * 9


def test_who_asks_so_is_refused_before_anything_else(face: TestClient) -> None:
    """Also nobody: the address stands in a proxy's log already, whoever asked."""
    face.headers.pop("Authorization")
    assert face.get(f"/metadata?x={NUMBER}").status_code == 400


def test_a_number_with_a_slip_is_found_where_a_person_is_asked_for_by_it() -> None:
    slip = f"{NUMBER[:-1]}{(int(NUMBER[-1]) + 1) % 10}"
    asked = (f"identifier={slip}", f"name=x&patient%3Aidentifier={quote(FNR)}%7C{slip}&_count=1")
    assert [names_a_person(each) for each in asked] == [True, True]
    assert not names_a_person(f"_lastUpdated={slip}") and not names_a_person(f"identifier={slip}0")


def test_d_numbers_and_shared_numbers_are_found() -> None:
    from pathway_engine.domain.identifiers import has_valid_check_digits

    assert has_valid_check_digits(NUMBER) and names_a_person(NUMBER)
    chance = Random(7)
    for first in ("4", "5", "6", "7", "8", "9"):
        digits = next(
            each
            for each in (f"{first}{chance.randrange(10**10):010d}" for _ in range(200_000))
            if has_valid_check_digits(each) and _is_number(each)
        )
        assert names_a_person(f"identifier={digits}"), first


def _is_number(digits: str) -> bool:
    from pathway_engine.domain.errors import InvalidIdentityNumber
    from pathway_engine.domain.identifiers import NationalIdentityNumber

    try:
        NationalIdentityNumber(digits)
    except InvalidIdentityNumber:
        return False
    return True


def test_our_own_addresses_are_taken() -> None:
    """Ids, instants, oids, versions and cursors of pages hold many digits and name nobody."""
    chance = Random(11)
    ids = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(20_000)]
    asked = [f"/Task/{each}" for each in ids] + [f"/Patient/{each.hex}" for each in ids]
    asked += [
        f"_lastUpdated=gt2026-{m:02}-{d:02}T15:02:22.123%2B01:00&_count=100" for m in range(1, 13) for d in range(1, 29)
    ]
    asked += [f"identifier=urn:oid:2.16.578.1.12.4.1.4.{n}|987654321" for n in range(1, 999)]
    asked += [f"code=urn:oid:2.16.578.1.12.4.1.1.{n}|12" for n in range(1000, 9999)]
    asked += [f"_since={1_732_287_600_000_000 + n * 7919}" for n in range(5000)]
    assert [each for each in asked if names_a_person(each)] == []
