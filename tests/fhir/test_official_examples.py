"""The official examples of every type that is served: posted and read back the same, or refused with the right reason.

They lie in the folder that PATHWAY_FHIR_EXAMPLES names; without it nothing is asked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pathway_engine.fhir.resources import SERVED
from tests.fhir.independent import assert_valid
from tests.fhir.test_encounters import same
from tests.fhir.ward import Body, Ward
from tests.service.community import Community
from tests.web.visitor import TestClient

FOLDER = Path(os.environ.get("PATHWAY_FHIR_EXAMPLES", "does-not-exist"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="PATHWAY_FHIR_EXAMPLES names no folder with the examples")

REFUSED = {"Encounter-example": ("required", "Encounter.period.start")}
"""Examples that are refused: the issue's code, and where."""
NOTHING_TOLD = (
    "Encounter-f001", "Encounter-f002", "Encounter-f003", "Encounter-f201", "Encounter-f202", "Encounter-home",
    "Encounter-xcda",
)  # fmt: skip
"""Visits of other classes than a stay on a ward."""
NAMES = {
    "Encounter": ("emerg", "example", "f001", "f002", "f003", "f201", "f202", "f203", "home", "xcda"),
    "Patient": (
        "animal", "ch-example", "dicom", "example", "f001", "f201", "genetics-example1", "glossy", "ihe-pcd",
        "infant-fetal", "infant-mom", "infant-twin-1", "infant-twin-2", "mom", "newborn", "pat1", "pat2", "pat3",
        "pat4", "proband", "xcda", "xds",
    ),
}  # fmt: skip


@pytest.fixture
def ward(sqlite_url: str) -> Iterator[Ward]:
    ward = Ward(Community(sqlite_url))
    yield ward
    ward.community.close()


def example(name: str) -> Body:
    return dict(json.loads((FOLDER / f"{name}.json").read_bytes()))


def same_meta(body: Body, back: Body) -> bool:
    """Whether what the writer said in `meta` is there, beside what a server says."""
    given = {name: each for name, each in body.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    return all(back["meta"][name] == each for name, each in given.items())


def test_every_example_of_the_types_is_asked() -> None:
    there = {path.stem for type in NAMES for path in FOLDER.glob(f"{type}-*.json")}
    assert there == {f"{type}-{name}" for type, names in NAMES.items() for name in names}


@pytest.mark.parametrize("name", NAMES["Patient"])
def test_a_patient_is_read_back_as_it_was_written(ward: Ward, name: str) -> None:
    body = example(f"Patient-{name}")
    answer = ward.post(body)
    assert answer.status_code == 201, answer.text
    back = ward.get(f"/Patient/{answer.json()['id']}").json()
    assert {**body, "id": back["id"], "meta": back["meta"]} == back
    assert same_meta(body, back)
    assert_valid(back)


@pytest.mark.parametrize("name", NAMES["Encounter"])
def test_an_encounter_is_read_back_as_it_was_written_or_refused(ward: Ward, name: str) -> None:
    body = example(f"Encounter-{name}")
    person = body["subject"]["reference"].replace("/", "-")
    subject = ward.post(example(person)).json()["id"]
    body["subject"]["reference"] = f"Patient/{subject}"
    answer = ward.post(body)
    if f"Encounter-{name}" in REFUSED:
        issue = answer.json()["issue"][0]
        assert (answer.status_code, issue["code"], issue["expression"][0]) == (422, *REFUSED[f"Encounter-{name}"])
        return
    assert answer.status_code == 201, answer.text
    back = ward.get(f"/Encounter/{answer.json()['id']}").json()
    assert same(body, back) and same_meta(body, back)
    told = [each for each in ward.names(subject) if each not in ("person_updated", "died")]
    assert bool(told) is (f"Encounter-{name}" not in NOTHING_TOLD)
    assert_valid(back)


def of_other_types() -> list[str]:
    """The examples of types that are served, but for Encounter and Patient."""
    found = (path.stem for path in sorted(FOLDER.glob("*.json")))
    return [name for name in found if name.partition("-")[0] in SERVED and name.partition("-")[0] not in NAMES]


@pytest.mark.parametrize("name", of_other_types())
def test_an_example_of_what_the_engine_makes_itself_is_refused_with_what_would_be_right(
    face: TestClient, name: str
) -> None:
    type = name.partition("-")[0]
    answer = face.post(f"/{type}", json=example(name))
    issue = answer.json()["issue"][0]
    found = (answer.status_code, issue["code"], issue.get("expression", [""])[0])
    if type == "QuestionnaireResponse":
        assert found == (422, "not-found", "QuestionnaireResponse.basedOn"), "no task of ours has these questions"
    elif type == "Subscription":
        assert found == (422, "not-supported", "Subscription.criteria"), "it names no topic of ours"
    else:
        assert found == (405, "not-supported", "")
        assert issue["details"]["text"] == SERVED[type].instead["create"]
