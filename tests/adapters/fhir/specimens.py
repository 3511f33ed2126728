"""Resources of our own that are right, one of every kind of trouble away from being wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from adapters.fhir.checks import read_resource
from adapters.fhir.outcome import FhirRefusal, Issue, Json

XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>'
UUID = "urn:uuid:6c1a1f0a-5f0e-4b4e-9c53-0d5a2f1b9a01"
Change = Mapping[str, Any]


def task(**changes: Any) -> Json:
    """A task with something of everything."""
    return _changed({
        "resourceType": "Task", "id": "t1", "meta": {"profile": ["https://a.example/task"]},
        "text": {"status": "generated", "div": XHTML % "<p>Ring hjem</p>"},
        "contained": [{"resourceType": "Patient", "id": "p", "active": True, "birthDate": "1941"}],
        "extension": [{"url": "https://a.example/weight", "valueDecimal": 0.5}],
        "identifier": [{"system": "https://a.example/tasks", "value": "1", "use": "official"}],
        "basedOn": [{"reference": "CarePlan/c1"}], "status": "ready", "intent": "order", "priority": "routine",
        "code": {"coding": [{"system": "https://a.example/steps", "code": "HPH2"}], "text": "HPH2"},
        "for": {"reference": "#p"}, "owner": {"reference": "Organization/o1", "type": "Organization"},
        "executionPeriod": {"start": "2026-11-20", "end": "2026-11-22T10:00:00+01:00"},
        "authoredOn": "2026-11-20T08:00:00.5+01:00", "lastModified": "2026-11-20T08:00:01+01:00",
        "restriction": {"repetitions": 1, "period": {"end": "2026-11"}},
        "input": [{"type": {"text": "weight"}, "valueQuantity": {"value": 71.5, "unit": "kg"}}],
    }, changes)  # fmt: skip


def patient(**changes: Any) -> Json:
    """A patient."""
    return _changed({
        "resourceType": "Patient", "id": "p1", "active": True, "gender": "female", "birthDate": "1941-03-07",
        "_birthDate": {"extension": [{"url": "https://a.example/time", "valueDateTime": "1941-03-07T04:00:00+01:00"}]},
        "name": [{"family": "Nordmann", "given": ["Kari", None], "_given": [None, {"id": "second"}]}],
        "telecom": [{"system": "phone", "value": "+47 00 00 00 00", "use": "home"}],
        "contact": [{"name": {"text": "Ola"}, "period": {"start": "2020"}}],
        "generalPractitioner": [{"reference": "https://other.example/fhir/Practitioner/1/_history/2"}],
        "multipleBirthInteger": 2, "photo": [{"contentType": "image/png", "data": "aGVp"}],
    }, changes)  # fmt: skip


def encounter(**changes: Any) -> Json:
    """A hospital stay."""
    return _changed({
        "resourceType": "Encounter", "id": "e1", "status": "in-progress", "class": {"code": "IMP"},
        "subject": {"reference": "Patient/p1"}, "period": {"start": "2026-11-20T08:00:00Z"},
        "location": [{"location": {"display": "Ward 3"}, "status": "active"}],
        "length": {"value": 3, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
    }, changes)  # fmt: skip


def bundle(*entries: Change, type: str = "transaction", **changes: Any) -> Json:
    """A Bundle of *entries*."""
    return _changed({"resourceType": "Bundle", "type": type, "entry": [dict(each) for each in entries]}, changes)


def posted(resource: Json, **changes: Any) -> Json:
    """An entry that creates *resource*, without its id."""
    made = {name: each for name, each in resource.items() if name != "id"}
    request = {"method": "POST", "url": made["resourceType"]}
    return _changed({"fullUrl": UUID, "resource": made, "request": request}, changes)


def _changed(resource: dict[str, Any], changes: Change) -> Json:
    """*resource* with *changes*; what is changed to `...` is left out, ``for_`` is ``for``."""
    named = {name.removesuffix("_"): each for name, each in changes.items()}
    return {name: each for name, each in {**resource, **named}.items() if each is not ...}


def read(resource: object, type: str = "", **asked: Any) -> Json:
    """Read *resource* as it would come."""
    raw = json.dumps(resource).encode()
    return read_resource(raw, type or str(resource["resourceType"] if isinstance(resource, dict) else ""), **asked)


def refused(resource: object, type: str = "", **asked: Any) -> FhirRefusal:
    """The refusal of *resource*."""
    try:
        read(resource, type, **asked)
    except FhirRefusal as refusal:
        return refusal
    raise AssertionError("this was taken")


def only(refusal: FhirRefusal) -> Issue:
    """The one issue of a refusal."""
    assert len(refusal.issues) == 1, refusal.issues
    return refusal.issues[0]


Made = Callable[..., Json]
