"""Bundles: their entries are read as resources, and the rules of R4 hold between them."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.fhir.outcome import Json
from tests.adapters.fhir.specimens import UUID, bundle, encounter, only, patient, posted, read, refused, task

OTHER = "urn:uuid:6c1a1f0a-5f0e-4b4e-9c53-0d5a2f1b9a02"
FOUND = {"fullUrl": "https://a.example/fhir/Task/t1", "resource": task(), "search": {"mode": "match"}}
PUT = {"method": "PUT", "url": "Task/t1"}


@pytest.mark.parametrize(
    "right",
    [
        bundle(FOUND, type="searchset", total=1), bundle({"resource": task()}, type="collection"),
        bundle(posted(patient()), posted(encounter(subject={"reference": UUID}), fullUrl=OTHER)),
        bundle(posted(encounter(subject={"reference": "Patient?identifier=https://a.example|1"}))),
        bundle({"resource": task(), "request": PUT}, {"request": {"method": "GET", "url": "Task/t1"}}, type="batch"),
        bundle({"request": {"method": "DELETE", "url": "Task/t1"}}), bundle(type="batch", entry=...),
        bundle({"response": {"status": "200"}, "resource": task()}, type="transaction-response"),
        bundle({"response": {"status": "404", "outcome": {"resourceType": "OperationOutcome", "issue": [
            {"severity": "error", "code": "not-found"}]}}}, type="batch-response"),
    ],
)  # fmt: skip
def test_bundles_that_are_right_are_taken(right: Json) -> None:
    read(right)


@pytest.mark.parametrize(
    ("wrong", "code", "expression"),
    [
        pytest.param(bundle({"resource": {}}, type="collection"), "structure", "Bundle.entry[0].resource",
                     id="nothing"),
        pytest.param(bundle({"resource": {"resourceType": "FooType"}}, type="collection"), "not-supported",
                     "Bundle.entry[0].resource", id="unknown-type"),
        pytest.param(bundle({"resource": {"resourceType": None}}, type="collection"), "structure",
                     "Bundle.entry[0].resource", id="type-that-is-no-text"),
        pytest.param(bundle({"resource": bundle(type="batch", entry=...)}, type="collection"), "not-supported",
                     "Bundle.entry[0].resource", id="bundle-in-a-bundle"),
        pytest.param(bundle({"resource": task(status="klar")}, type="collection"), "code-invalid",
                     "Bundle.entry[0].resource.status", id="code-in-an-entry"),
        pytest.param(bundle(type="heap", entry=...), "code-invalid", "Bundle.type", id="type"),
        pytest.param(bundle({"resource": task()}), "invariant", "Bundle.entry[0].request", id="no-request"),
        pytest.param(bundle(posted(task()), type="collection"), "invariant", "Bundle.entry[0].request", id="request"),
        pytest.param(bundle({"resource": task()}, type="batch-response"), "invariant", "Bundle.entry[0].response",
                     id="no-response"),
        pytest.param(bundle(FOUND, type="collection"), "invariant", "Bundle.entry[0].search", id="search"),
        pytest.param(bundle({"resource": task()}, type="collection", total=1), "invariant", "Bundle.total",
                     id="total"),
        pytest.param(bundle({"fullUrl": UUID}, type="collection"), "invariant", "Bundle.entry[0]",
                     id="only-an-address"),
        pytest.param(bundle(FOUND, FOUND, type="searchset"), "invariant", "Bundle.entry", id="address-twice"),
        pytest.param(bundle(posted(task(), fullUrl="Task/t1")), "invariant", "Bundle.entry[0].fullUrl",
                     id="relative"),
        pytest.param(bundle(posted(task(), fullUrl="urn:uuid:1")), "invariant", "Bundle.entry[0].fullUrl",
                     id="no-uuid"),
        pytest.param(bundle({**FOUND, "fullUrl": "https://a.example/fhir/Task/t2"}, type="searchset"), "invariant",
                     "Bundle.entry[0].fullUrl", id="address-of-another"),
        pytest.param(bundle({**FOUND, "fullUrl": "https://a.example/Task/t1/_history/1"}, type="searchset"),
                     "invariant", "Bundle.entry[0].fullUrl", id="address-of-a-version"),
        pytest.param(bundle({"request": {"method": "POST", "url": "Task"}}), "invariant", "Bundle.entry[0].resource",
                     id="post-of-nothing"),
        pytest.param(bundle({"resource": task(), "request": {"method": "GET", "url": "Task/t1"}}), "invariant",
                     "Bundle.entry[0].resource", id="get-with-a-resource"),
        pytest.param(bundle(posted(task(), request={"method": "POST", "url": "Patient"})), "invariant",
                     "Bundle.entry[0].request.url", id="post-elsewhere"),
        pytest.param(bundle({"resource": task(), "request": {"method": "PUT", "url": "Task/t2"}}), "invariant",
                     "Bundle.entry[0].request.url", id="put-elsewhere"),
        pytest.param(bundle(posted(task(), request={"method": "SEND", "url": "Task"})), "code-invalid",
                     "Bundle.entry[0].request.method", id="method"),
        pytest.param(bundle(posted(encounter(subject={"reference": OTHER}))), "not-found",
                     "Bundle.entry[0].resource.subject.reference", id="uuid-of-no-entry"),
        pytest.param(bundle(posted(encounter(subject={"reference": "Patient?a=1"})), type="batch"), "value",
                     "Bundle.entry[0].resource.subject.reference", id="conditional-in-a-batch"),
        pytest.param(bundle({"resource": task()}, type="document", identifier={"value": "1"},
                            timestamp="2026-11-22T10:00:00Z"), "invariant", "Bundle.entry", id="document-of-a-task"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(wrong: Json, code: str, expression: str) -> None:
    """Mutants: fhir.resources alone, which takes most of these and raises KeyError of two."""
    issue = only(refused(wrong))
    assert (issue.code, issue.expression) == (code, expression)


def test_entries_may_be_limited_to_types() -> None:
    both = bundle({"resource": task()}, {"resource": patient()}, type="collection")
    assert only(refused(both, types={"Task"})).expression == "Bundle.entry[1].resource"
    read(both, types={"Task", "Patient"})


def test_what_is_contained_is_known_in_its_own_entry_only() -> None:
    """Mutant: one set of contained resources for the whole Bundle."""
    other: Any = task(contained=..., for_={"reference": "#p"})
    issue = only(refused(bundle({"resource": task()}, {"resource": other}, type="collection")))
    assert issue.expression == "Bundle.entry[1].resource.for.reference"


def test_parameters_hold_resources_that_are_checked_too() -> None:
    wrong = {"resourceType": "Parameters", "parameter": [{"name": "a", "resource": task(status="klar")}]}
    assert only(refused(wrong)).expression == "Parameters.parameter[0].resource.status"
