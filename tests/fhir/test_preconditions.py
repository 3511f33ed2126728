"""A write depends on the version that was read; a creation on what is there; a read on what the reader has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir.outcome import FhirRefusal
from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.fhir.exchange import Answer, Exchange, Found
from pathway_engine.fhir.preconditions import condition, existing, is_known, require_match, tags
from pathway_engine.fhir.preferences import Preference, Return, preference
from tests.fhir.made import exchange_with
from tests.service.community import Community
from tests.web.visitor import TestClient

AT = datetime(2026, 11, 16, 9, 0, 0, 500, tzinfo=UTC)
FOUND = Found(resource={"resourceType": "Task", "id": "t"}, version="3", updated=AT)
PERSON = make_synthetic(date(1941, 3, 2), 0)


@pytest.mark.parametrize("header", ['W/"3"', '"3"', "3", "*", 'W/"1", W/"3"', '"1","3"', '  W/"3" '])
def test_each_way_of_naming_the_version_is_understood(header: str) -> None:
    require_match(exchange_with({"if-match": header}), FOUND)


@pytest.mark.parametrize("header", ['W/"4"', '"33"', "W/3x", 'W/"1", W/"2"'])
def test_another_version_is_a_failed_precondition(header: str) -> None:
    with pytest.raises(FhirRefusal) as refused:
        require_match(exchange_with({"if-match": header}), FOUND)
    assert (refused.value.status, refused.value.issues[0].code) == (412, "conflict")


@pytest.mark.parametrize("header", ["", '"', 'W/"1" "2"', ", ,"])
def test_what_names_no_version_is_a_bad_request(header: str) -> None:
    with pytest.raises(FhirRefusal) as refused:
        tags(header)
    assert refused.value.status == 400


def test_a_star_asks_that_there_is_something() -> None:
    with pytest.raises(FhirRefusal, match="no such resource"):
        require_match(exchange_with({"if-match": "*"}), None)
    require_match(exchange_with({"if-none-match": "*"}), None)
    with pytest.raises(FhirRefusal):
        require_match(exchange_with({"if-none-match": "*"}), FOUND)


@given(st.text())
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        tags(header)
    except FhirRefusal as error:
        assert error.status == 400


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({"if-none-match": 'W/"3"'}, True), ({"if-none-match": 'W/"2"'}, False), ({}, False),
        ({"if-modified-since": "Mon, 16 Nov 2026 09:00:00 GMT"}, True),
        ({"if-modified-since": "Mon, 16 Nov 2026 08:59:59 GMT"}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-none-match": 'W/"2"', "if-modified-since": "Mon, 16 Nov 2026 09:00:00 GMT"}, False),
    ],
)  # fmt: skip
def test_who_has_it_as_it_is_is_told_so(headers: Mapping[str, str], known: bool) -> None:
    assert is_known(exchange_with(headers), FOUND) is known


def test_a_read_with_the_tag_of_the_last_one_is_answered_with_304(face: TestClient, community: Community) -> None:
    community.brought_home()
    path = f"/Task/{community.list_of('kari')['HPH2'].id}"
    tag = face.get(path).headers["ETag"]
    again = face.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)


def bundle_of(*resources: dict[str, Any]) -> Answer:
    entries = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    beside: list[dict[str, Any]] = [{"resource": {"id": "told"}, "search": {"mode": "outcome"}}]
    return Answer(status=200, body={"resourceType": "Bundle", "entry": entries + beside})


def test_the_one_that_fits_is_given_instead_of_another() -> None:
    asked: list[Exchange] = []

    def search(exchange: Exchange) -> Answer:
        asked.append(exchange)
        return bundle_of({"id": "t"})

    request = exchange_with({"if-none-exist": "identifier=s|1", "if-match": 'W/"1"'}, method="POST", body=b"{}")
    assert existing(request, search) == {"id": "t"}
    assert (asked[0].method, asked[0].query) == ("GET", (("identifier", "s|1"), ("_count", "2")))
    assert asked[0].headers == {"prefer": "handling=strict"}, "an unknown parameter must not find everything"


def test_the_address_is_a_condition_too_and_none_there_means_create() -> None:
    request = exchange_with({}, method="POST", query=(("identifier", "s|1"), ("_format", "json")))
    assert condition(request) == (("identifier", "s|1"),)
    assert existing(request, lambda _: bundle_of()) is None
    assert existing(exchange_with({}, method="POST"), None) is None


def test_several_that_fit_are_a_failed_precondition() -> None:
    with pytest.raises(FhirRefusal) as refused:
        existing(exchange_with({"if-none-exist": "status=requested"}), lambda _: bundle_of({"id": "a"}, {"id": "b"}))
    assert (refused.value.status, refused.value.issues[0].code) == (412, "multiple-matches")


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="nothing"),
        pytest.param("?", id="an-empty-search"),
        pytest.param(f"identifier=urn:oid:2.16.578.1.12.4.1.4.1|{PERSON}", id="a-person-by-number"),
        pytest.param(f"name={PERSON}", id="a-number-where-a-name-belongs"),
        pytest.param(f"{PERSON}=1", id="a-number-as-a-parameter"),
        pytest.param(f"name={PERSON[:6]}+{PERSON[6:]}", id="a-number-in-two-parts"),
        pytest.param(f"name={PERSON[:6]}%2520{PERSON[6:]}", id="a-number-escaped-twice"),
    ],
)
def test_a_condition_that_names_nothing_or_a_person_is_refused(header: str) -> None:
    with pytest.raises(FhirRefusal) as refused:
        condition(exchange_with({"if-none-exist": header}))
    assert refused.value.status == 400 and PERSON not in str(refused.value)


@pytest.mark.parametrize(
    ("header", "right"),
    [
        ("return=minimal", Preference(Return.MINIMAL)), ("", Preference()),
        ("return=OperationOutcome; handling=strict", Preference(Return.OUTCOME, is_strict=True)),
        ("respond-async, return=representation", Preference()), ("handling=lenient", Preference()),
        ('return="minimal", return=representation', Preference(Return.MINIMAL)),
    ],
)  # fmt: skip
def test_a_preference_is_read_and_what_is_unknown_is_no_matter(header: str, right: Preference) -> None:
    assert preference({"prefer": header}) == right
