"""The independent check finds what it is there for; without it, every other test of an answer would pass."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir import independent
from tests.fhir.independent import assert_valid, problems

TASK = {"resourceType": "Task", "id": "1", "status": "ready", "intent": "order"}
XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>'


def _bundle(**entry: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}


def test_what_is_right_is_valid() -> None:
    found = {"fullUrl": "http://a.example/Task/1", "resource": TASK, "search": {"mode": "match"}}
    assert_valid(TASK)
    assert_valid(_bundle(**found))
    assert_valid(b'{"resourceType": "Patient", "gender": "female", "multipleBirthInteger": 2}')


WRONG: dict[str, dict[str, Any]] = {
    "unknown-element": {**TASK, "due": "2026-11-22"},
    "required-missing": {"resourceType": "Task", "intent": "order"},
    "invariant": {"resourceType": "Patient", "contact": [{"gender": "male"}]},
    "boolean-as-text": {"resourceType": "Patient", "active": "true"},
    "no-type-of-r4": {"resourceType": "SubscriptionTopic"},
    "code": {**TASK, "status": "klar"},
    "code-of-r5": {"resourceType": "Encounter", "status": "discharged", "class": {"code": "IMP"}},
    "target": {**TASK, "owner": {"reference": "Encounter/1"}},
    "no-reference": {**TASK, "focus": {"reference": "1"}},
    "contained-nowhere": {**TASK, "focus": {"reference": "#x"}},
    "period": {**TASK, "executionPeriod": {"start": "2026-03", "end": "2026-02-27"}},
    "empty": {**TASK, "note": []},
    "id": {**TASK, "id": "a" * 65},
    "extension": {**TASK, "extension": [{"url": "http://a.example"}]},
    "narrative": {**TASK, "text": {"status": "generated", "div": XHTML % "<script>1</script>"}},
    "handler": {**TASK, "text": {"status": "generated", "div": XHTML % '<p onclick="x()">1</p>'}},
    "in-a-bundle": _bundle(search={"mode": "match"}, resource={**TASK, "status": "klar"}),
    "unknown-in-a-bundle": _bundle(search={"mode": "match"}, resource={**TASK, "due": "x"}),
    "contained": {**TASK, "contained": [{"resourceType": "Patient", "id": "p", "x": 1}], "for": {"reference": "#p"}},
    "full-url": _bundle(search={"mode": "match"}, resource=TASK, fullUrl="http://a.example/Task/2"),
    "no-mode": _bundle(resource=TASK),
}


@pytest.mark.skipif(not independent.by_medplum(), reason="no node, or no @medplum/core in node_modules")
@pytest.mark.parametrize("resource", [pytest.param(each, id=name) for name, each in WRONG.items()])
def test_what_is_wrong_is_not(resource: dict[str, Any]) -> None:
    assert len(problems(resource)) > 0
    with pytest.raises(AssertionError, match="not valid R4"):
        assert_valid(resource)


@pytest.mark.parametrize("name", ["unknown-element", "required-missing", "boolean-as-text", "no-type-of-r4"])
def test_without_node_structure_is_still_checked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(independent, "by_medplum", lambda: False)
    assert problems(TASK) == []
    assert problems(WRONG[name]) != []
