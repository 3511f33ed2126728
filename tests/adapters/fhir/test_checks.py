"""What fhir.resources takes although it is wrong is refused, each with its code and place."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from adapters.fhir.checks import READABLE, check
from adapters.fhir.outcome import Json
from adapters.fhir.telling import MOST_ISSUES
from tests.adapters.fhir.specimens import XHTML, bundle, encounter, only, patient, posted, read, refused, task
from tests.architecture.source_tree import program_sources

EXTENSION = {"url": "https://a.example/x", "valueString": "a"}


@pytest.mark.parametrize("resource", [task(), patient(), encounter(), bundle(posted(task()))], ids=["t", "p", "e", "b"])
def test_what_is_right_is_taken_whole(resource: Json) -> None:
    """Mutant: a check that refuses what R4 allows."""
    taken = read(resource)
    assert str(taken).replace("Decimal('", "").replace("')", "") == str(resource)
    assert check(resource) == []


WRONG = [
    # Types
    pytest.param(task(resourceType="FooType"), "not-supported", "Task", id="unknown-type"),
    pytest.param(task(resourceType=...), "structure", "Task", id="no-type"),
    pytest.param(task(resourceType=["Task"]), "structure", "Task", id="type-that-is-no-text"),
    pytest.param(encounter(), "not-supported", "Task", id="another-type"),
    pytest.param(task(contained=[{"resourceType": "FooType", "id": "p"}]), "not-supported", "Task.contained[0]",
                 id="unknown-type-contained"),
    pytest.param(task(contained=[{"resourceType": 1, "id": "p"}]), "structure", "Task.contained[0]",
                 id="contained-type-that-is-no-text"),
    pytest.param(task(for_=..., contained=['{"resourceType": "Patient", "id": "p"}']), "structure", "Task.contained[0]",
                 id="resource-in-a-text"),
    pytest.param(task(contained=[{"resourceType": "Bundle", "id": "p", "type": "batch"}]), "not-supported",
                 "Task.contained[0]", id="bundle-contained"),
    # Elements
    pytest.param(task(due="2026-11-22"), "structure", "Task.due", id="unknown-element"),
    pytest.param(task(fhir_comments="x"), "structure", "Task", id="comments"),
    pytest.param(task(for_fhir={"reference": "#p"}), "structure", "Task", id="name-of-the-model"),
    pytest.param(task(status__ext={"id": "a"}), "structure", "Task", id="another-name-of-the-model"),
    pytest.param(task(status=..., _status={"extension": [EXTENSION]}), "required", "Task.status",
                 id="extension-in-place"),
    pytest.param(task(status=...), "required", "Task", id="missing"),
    pytest.param(task(input=[{"valueString": "a"}]), "required", "Task.input[0]", id="missing-within"),
    pytest.param(task(input=[{"type": {"text": "a"}}]), "required", "Task.input[0]", id="missing-choice"),
    pytest.param(task(input=[{"type": {"text": "a"}, "valueString": "a", "valueCode": "b"}]), "structure",
                 "Task.input[0].value", id="two-of-a-choice"),
    pytest.param(task(input=[{"type": {"text": "a"}, "valueString": "a", "_valueCode": {"id": "b"}}]), "structure",
                 "Task.input[0].value", id="two-of-a-choice-half-hidden"),
    pytest.param(task(extension=[{"url": "https://a.example/x", "valueCodeableReference": {"concept": {"text": "a"}}}]),
                 "structure", "Task.extension[0].valueCodeableReference", id="type-of-r4b"),
    pytest.param(task(identifier={"value": "1"}), "structure", "Task.identifier", id="no-list"),
    pytest.param(task(code=[{"text": "a"}]), "structure", "Task.code", id="list"),
    pytest.param(task(executionPeriod='{"start": "2026"}'), "structure", "Task.executionPeriod", id="object-in-a-text"),
    pytest.param(task(code={"resourceType": "CodeableConcept", "text": "a"}), "structure", "Task.code.resourceType",
                 id="type-of-a-part"),
    # Empty
    pytest.param(task(note=[]), "structure", "Task.note", id="empty-list"),
    pytest.param(task(code={}), "structure", "Task.code", id="empty-object"),
    pytest.param(task(code={"id": "a"}), "structure", "Task.code", id="nothing-but-an-id"),
    pytest.param(task(description=""), "value", "Task.description", id="empty-text"),
    pytest.param(task(description=" \t"), "value", "Task.description", id="blank"),
    pytest.param(task(description=None), "structure", "Task.description", id="null"),
    pytest.param(task(note=[None]), "structure", "Task.note[0]", id="null-in-a-list"),
    pytest.param(patient(name=[{"given": ["Kari", None]}]), "structure", "Patient.name[0].given[1]",
                 id="null-without-a-companion"),
    pytest.param(patient(_birthDate={}), "structure", "Patient.birthDate", id="empty-companion"),
    pytest.param(patient(_birthDate=[{"id": "a"}]), "structure", "Patient.birthDate", id="companion-in-a-list"),
    pytest.param(patient(_birthDate={"value": "a"}), "structure", "Patient.birthDate.value", id="value-in-a-companion"),
    pytest.param(patient(name=[{"_given": [None]}]), "structure", "Patient.name[0].given", id="companions-of-nothing"),
    pytest.param(patient(_name=[{"id": "a"}]), "structure", "Patient._name", id="companion-of-no-primitive"),
    # Values
    pytest.param(patient(active="true"), "structure", "Patient.active", id="boolean-in-quotes"),
    pytest.param(patient(active=1), "structure", "Patient.active", id="boolean-as-a-number"),
    pytest.param(patient(multipleBirthInteger=True), "structure", "Patient.multipleBirth", id="integer-as-a-boolean"),
    pytest.param(patient(multipleBirthInteger=2.5), "structure", "Patient.multipleBirth", id="integer-with-a-part"),
    pytest.param(patient(multipleBirthInteger=2**31), "value", "Patient.multipleBirth", id="integer-too-large"),
    pytest.param(task(restriction={"repetitions": 0}), "value", "Task.restriction.repetitions", id="not-positive"),
    pytest.param(task(extension=[{"url": "https://a.example/x", "valueDecimal": "0.5"}]), "structure",
                 "Task.extension[0].value", id="decimal-in-quotes"),
    pytest.param(task(authoredOn=1767225600), "structure", "Task.authoredOn", id="datetime-as-a-number"),
    pytest.param(task(authoredOn="2026-11-20T08:00:00"), "value", "Task.authoredOn", id="no-zone"),
    pytest.param(task(authoredOn="2026-02-30"), "value", "Task.authoredOn", id="no-such-day"),
    pytest.param(task(authoredOn="2026-11-20T24:00:00Z"), "value", "Task.authoredOn", id="no-such-hour"),
    pytest.param(task(authoredOn="2026-11-20 08:00"), "value", "Task.authoredOn", id="another-form"),
    pytest.param(task(authoredOn="２０２６"), "value", "Task.authoredOn", id="digits-of-another-script"),
    pytest.param(patient(birthDate="1941-03-07T00:00:00Z"), "value", "Patient.birthDate", id="date-with-a-time"),
    pytest.param(patient(photo=[{"contentType": "image/png", "data": "not base64"}]), "value", "Patient.photo[0].data",
                 id="no-base64"),
    pytest.param(task(id="a" * 65), "value", "Task.id", id="id-of-65"),
    pytest.param(task(id="a_b"), "value", "Task.id", id="id-with-a-line"),
    pytest.param(task(id="a\n"), "value", "Task.id", id="id-with-a-line-end"),
    pytest.param(task(instantiatesUri="a b"), "value", "Task.instantiatesUri", id="uri-with-a-blank"),
    pytest.param(task(description="x" * 1048577), "too-long", "Task.description", id="too-long"),
    pytest.param(task(implicitRules="https://a.example/opposite"), "not-supported", "Task.implicitRules",
                 id="implicit-rules"),
    # Codes
    pytest.param(task(status="klar"), "code-invalid", "Task.status", id="no-code"),
    pytest.param(task(status="Ready"), "code-invalid", "Task.status", id="code-in-capitals"),
    pytest.param(task(status=" ready"), "value", "Task.status", id="code-with-a-blank"),
    pytest.param(encounter(status="discharged"), "code-invalid", "Encounter.status", id="code-of-r5"),
    pytest.param(encounter(location=[{"location": {"display": "a"}, "status": "left"}]), "code-invalid",
                 "Encounter.location[0].status", id="code-of-a-part"),
    pytest.param(patient(telecom=[{"system": "telegraph", "value": "1"}]), "code-invalid", "Patient.telecom[0].system",
                 id="code-of-a-data-type"),
    pytest.param(patient(photo=[{"contentType": "picture", "url": "https://a.example"}]), "code-invalid",
                 "Patient.photo[0].contentType", id="no-media-type"),
    pytest.param(task(contained=[{"resourceType": "Patient", "id": "p", "gender": "F"}]), "code-invalid",
                 "Task.contained[0].gender", id="code-contained"),
    # References
    pytest.param(task(owner={"reference": "Encounter/1"}), "value", "Task.owner", id="leads-elsewhere"),
    pytest.param(task(owner={"reference": "https://a.example/fhir/Encounter/1"}), "value", "Task.owner",
                 id="leads-elsewhere-absolutely"),
    pytest.param(task(owner={"reference": "#p"}, contained=[{"resourceType": "Medication", "id": "p"}], for_=...),
                 "value", "Task.owner", id="contained-of-another-type"),
    pytest.param(task(owner={"type": "Encounter", "identifier": {"value": "1"}}), "value", "Task.owner",
                 id="says-another-type"),
    pytest.param(task(owner={"reference": "Patient/1", "type": "Organization"}), "value", "Task.owner",
                 id="says-one-and-leads-to-another"),
    pytest.param(task(owner={"reference": "Patient/1", "type": "Person2"}), "value", "Task.owner", id="says-no-type"),
    pytest.param(task(focus={"reference": "FooType/1"}), "value", "Task.focus.reference", id="to-no-type"),
    pytest.param(task(focus={"reference": "Patient/1/2"}), "value", "Task.focus.reference", id="to-no-place"),
    pytest.param(task(focus={"reference": "Patient/" + "a" * 65}), "value", "Task.focus.reference", id="to-no-id"),
    pytest.param(task(focus={"reference": "/Patient/1"}), "value", "Task.focus.reference", id="slash"),
    pytest.param(task(focus={"reference": "javascript:1"}), "value", "Task.focus.reference", id="scheme"),
    pytest.param(task(focus={"reference": "urn:uuid:1"}), "value", "Task.focus.reference", id="no-uuid"),
    pytest.param(task(focus={"reference": "Patient?identifier=1"}), "value", "Task.focus.reference", id="conditional"),
    pytest.param(task(focus={"reference": "#q"}), "value", "Task.focus.reference", id="contained-nowhere"),
    # What is contained
    pytest.param(task(for_=...), "invariant", "Task.contained[0]", id="contained-for-nothing"),
    pytest.param(task(contained=[{"resourceType": "Patient", "active": True}], for_=...), "invariant",
                 "Task.contained[0]", id="contained-without-an-id"),
    pytest.param(task(contained=[{"resourceType": "Patient", "id": "p"}, {"resourceType": "Patient", "id": "p"}]),
                 "invariant", "Task.contained", id="contained-twice"),
    pytest.param(task(contained=[{"resourceType": "Patient", "id": "p", "contained": [patient()]}]), "invariant",
                 "Task.contained[0].contained", id="contained-in-contained"),
    pytest.param(task(contained=[{"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}]), "invariant",
                 "Task.contained[0].meta", id="contained-with-a-version"),
    # Extensions
    pytest.param(task(extension=[{**EXTENSION, "extension": [EXTENSION]}]), "invariant", "Task.extension[0]",
                 id="value-and-extension"),
    pytest.param(task(extension=[{"url": "https://a.example/x"}]), "invariant", "Task.extension[0]",
                 id="neither-value-nor-extension"),
    pytest.param(task(extension=[{"valueString": "a"}]), "required", "Task.extension[0]", id="no-url"),
    pytest.param(task(extension=[{"url": "x", "valueString": "a"}]), "value", "Task.extension[0].url",
                 id="relative-url"),
    pytest.param(task(modifierExtension=[EXTENSION]), "extension", "Task.modifierExtension[0]", id="modifier"),
    pytest.param(task(restriction={"repetitions": 1, "modifierExtension": [EXTENSION]}), "extension",
                 "Task.restriction.modifierExtension[0]", id="modifier-within"),
    pytest.param(task(contained=[{"resourceType": "Patient", "id": "p", "modifierExtension": [EXTENSION]}]),
                 "extension", "Task.contained[0].modifierExtension[0]", id="modifier-contained"),
    # Invariants
    pytest.param(task(executionPeriod={"start": "2026-11-23", "end": "2026-11-22"}), "invariant",
                 "Task.executionPeriod", id="ends-before-it-starts"),
    pytest.param(task(executionPeriod={"start": "2026-12", "end": "2026-11-30"}), "invariant",
                 "Task.executionPeriod", id="ends-before-the-month-starts"),
    pytest.param(task(executionPeriod={"start": "2026-11-22T10:00:00+01:00", "end": "2026-11-22T08:59:59Z"}),
                 "invariant", "Task.executionPeriod", id="ends-before-it-starts-elsewhere"),
    pytest.param(task(lastModified="2026-11-18"), "invariant", "Task", id="modified-before-authored"),
    pytest.param(patient(contact=[{"gender": "male"}]), "invariant", "Patient.contact[0]", id="contact-of-nobody"),
    pytest.param(patient(telecom=[{"value": "1"}]), "invariant", "Patient.telecom[0]", id="telecom-without-a-system"),
    pytest.param(patient(photo=[{"data": "aGVp"}]), "invariant", "Patient.photo[0]", id="data-of-no-kind"),
    pytest.param(encounter(length={"value": 3, "code": "d", "system": "https://a.example"}), "invariant",
                 "Encounter.length", id="duration-of-no-unit"),
    # Narratives
    pytest.param(task(text={"status": "generated", "div": XHTML % "<script>1</script>"}), "invariant", "Task.text.div",
                 id="script"),
    pytest.param(task(text={"status": "fine", "div": XHTML % "1"}), "code-invalid", "Task.text.status",
                 id="status-of-a-narrative"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "code", "expression"), WRONG)
def test_what_is_wrong_is_told_with_its_place(resource: Json, code: str, expression: str) -> None:
    """Mutants: fhir.resources alone, which takes most of these."""
    refusal = refused(resource, expression.partition(".")[0])
    issue = only(refusal)
    assert (issue.code, issue.expression, issue.severity) == (code, expression, "error")
    assert refusal.status == (400 if code in ("structure", "too-long") else 422)
    assert issue.text.endswith(".")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    refusal = refused(task(status="klar", intent=..., owner={"reference": "Encounter/1"}, note=[]))
    assert {issue.code for issue in refusal.issues} == {"code-invalid", "required", "value", "structure"}
    assert refusal.status == 400


def test_there_is_an_end_to_telling() -> None:
    many = [{"text": ""}] * (MOST_ISSUES * 4)
    assert len(refused(task(note=many)).issues) == MOST_ISSUES


@pytest.mark.parametrize(
    "resource",
    [
        patient(photo=[{"contentType": "a/a" + ";" * 5000 + " b", "url": "https://a.example"}]),
        task(focus={"reference": "https://" + "/A" * 100_000}), task(focus={"reference": "Patient/" + "a." * 100_000}),
        task(text={"status": "generated", "div": XHTML % ("<!--" * 100_000)}), task(status="a " * 100_000),
        task(text={"status": "generated", "div": XHTML % f'<p style="{"url " * 100_000}">1</p>'}, owner={}),
        task(authoredOn="2026-11-22T10:00:00." + "0" * 100_000), task(note=[{"text": "a", "id": 1}] * 20_000),
    ],
)  # fmt: skip
def test_what_is_made_to_take_long_does_not(resource: Json) -> None:
    """Mutant: a pattern in which a sign may belong to either of two parts."""
    began = time.process_time()
    refused(resource)
    assert time.process_time() - began < 2


def test_a_modifier_that_is_understood_is_taken() -> None:
    read(task(modifierExtension=[EXTENSION]), understood=["https://a.example/x"])


@pytest.mark.parametrize(
    "period",
    [
        {"start": "2026-11-22", "end": "2026-11"}, {"start": "2026", "end": "2026-01-01"}, {"end": "1999"},
        {"start": "2026-11-22T23:00:00-10:00", "end": "2026-11-22"}, {"start": "2026-11-22", "end": "2026-11-22"},
        {"start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:60-12:00"}, {"start": "9999-12", "end": "9999"},
    ],
)  # fmt: skip
def test_a_period_may_be_as_exact_as_is_known(period: dict[str, str]) -> None:
    """Mutant: texts compared as texts."""
    read(task(executionPeriod=period))


@pytest.mark.parametrize(
    "reference",
    ["Patient/1", "Patient/1/_history/2", "https://a.example/fhir/Patient/a.b-c", "https://a.example/somewhere?x=1",
     "urn:uuid:6c1a1f0a-5f0e-4b4e-9c53-0d5a2f1b9a01", "urn:oid:2.16.578.1", "#", "#p"],
)  # fmt: skip
def test_references_are_taken_as_r4_writes_them(reference: str) -> None:
    read(task(focus={"reference": reference}))


def test_what_contains_may_be_referred_to_from_within() -> None:
    """dom-3: what is contained may refer to what contains it, instead of being referred to."""
    inside = {"resourceType": "Provenance", "id": "v", "target": [{"reference": "#"}],
              "recorded": "2026-11-22T10:00:00Z", "agent": [{"who": {"display": "a"}}]}  # fmt: skip
    read(task(contained=[inside], for_=...))


def test_elements_of_r4b_are_not_of_r4() -> None:
    plan = {"resourceType": "PlanDefinition", "status": "draft", "subjectCanonical": "https://a.example"}
    assert only(refused(plan)).expression == "PlanDefinition.subjectCanonical"
    action = {
        "resourceType": "PlanDefinition",
        "status": "draft",
        "action": [{"subjectCanonical": "https://a.example"}],
    }
    assert only(refused(action)).expression == "PlanDefinition.action[0].subjectCanonical"


NUMBER = "17850007583"


@pytest.mark.parametrize(
    "resource",
    [
        task(status=NUMBER), task(resourceType=NUMBER), task(id=f"{NUMBER} Kari"), task(authoredOn=f"Kari {NUMBER}"),
        task(**{f"Kari{NUMBER}": 1}), task(**{"Kari Nordmann": 1}), task(owner={"reference": f"Kari/{NUMBER}"}),
        task(owner={"reference": "Patient/1", "type": NUMBER}), task(contained=[{"resourceType": NUMBER}]),
        task(text={"status": "generated", "div": f"<b>Kari {NUMBER}"}), task(focus={"reference": f"#{NUMBER}"}),
        task(text={"status": "generated", "div": XHTML % f"<Kari{NUMBER} on{NUMBER}='Kari'/>"}), task(intent=[NUMBER]),
        task(extension=[{"url": f"Kari-{NUMBER}", "valueString": "a"}]), task(code="Kari Nordmann"),
        task(modifierExtension=[{"url": f"https://{NUMBER}", "valueString": "Kari"}]), patient(gender="Kari Nordmann"),
        patient(photo=[{"contentType": f"Kari/{NUMBER}/1", "data": "aGVp"}]), task(input={f"Kari {NUMBER}": [None]}),
    ],
)  # fmt: skip
def test_nothing_about_anybody_is_told(resource: Json) -> None:
    refusal = refused(resource, "Patient" if "gender" in resource else "Task")
    told = str(refusal) + str(refusal.issues)
    assert NUMBER not in told and "Kari" not in told and "7850" not in told


@pytest.mark.parametrize("type", sorted(READABLE))
def test_every_type_has_a_shape(type: str) -> None:
    issues = check({"resourceType": type, "id": "a", "somethingElse": 1})
    assert ("structure", f"{type}.somethingElse") in [(issue.code, issue.expression) for issue in issues]


def test_a_fault_of_the_model_is_an_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fhir.resources raises, nothing but an issue comes out."""

    class Broken:
        @staticmethod
        def model_validate(value: Any) -> None:
            raise KeyError("R4.FooType")

    monkeypatch.setattr("adapters.fhir.checks.model", lambda type: Broken)
    assert only(refused(task())).expression == "Task"


def test_what_only_the_model_finds_is_an_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.fhir.checks.walk_resource", lambda *asked: None)
    issue = only(refused(task(executionPeriod={"start": "soon"})))
    assert (issue.code, issue.expression) == ("value", "Task.executionPeriod.start")


def test_nobody_imports_the_models_of_r5() -> None:
    """`fhir.resources.task` is R5's; only `shapes` names the package, and it names R4B."""
    sources = {path.name: _code(path.read_text("utf-8")) for path in program_sources()}
    named = {name: re.findall(r"(?<![\w.])fhir\.resources\b[.\w]*", source) for name, source in sources.items()}
    assert {name: found for name, found in named.items() if found} == {"shapes.py": ["fhir.resources.R4B"]}


def _code(source: str) -> str:
    """*source* without comments and docstrings."""
    return re.sub(r'"""(?s:.*?)"""|#.*', "", source)
