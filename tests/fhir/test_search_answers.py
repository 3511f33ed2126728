"""What a search answers: what was used, where it goes on, how many, and what belongs to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pathway_engine.domain.identifiers import FNR
from tests.fhir.searched import BASE, PER, Town, asked, ids, link, number, town_on
from tests.web.visitor import TestClient

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STRICT, LENIENT = {"Prefer": "return=minimal; handling=strict"}, {"Prefer": "handling=lenient"}


@pytest.fixture
def town(sqlite_url: str) -> Iterator[Town]:
    made = town_on(sqlite_url)
    yield made
    made.community.close()


@pytest.fixture
def face(town: Town) -> TestClient:
    return town.face()


def refused(face: TestClient, path: str, status: int = 400, **more: object) -> str:
    answer = face.get(path, **more)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome"), answer.text
    return str(answer.json()["issue"][0]["details"]["text"])


@pytest.mark.parametrize(
    ("query", "used"),
    [
        ("", ""),
        ("?status=requested&unknown=1", "?status=requested"),
        ("?_tag=x&_totalMethod=count&_pretty=true", ""),
        ("?_count=5000", "?_count=1000"),
        ("?_sort=-due-date,unknown", ""),
        ("?_sort=-due-date,%20status", "?_sort=-due-date,status"),
        ("?_include=Task:patient&_include=Task:requester", "?_include=Task:patient"),
        ("?status=requested%2Caccepted", "?status=requested,accepted"),
        (f"?patient={BASE}/Patient/p1", f"?patient={BASE}/Patient/p1"),
        ("?code=|HPH2&_format=json", "?code=%7CHPH2&_format=json"),
    ],
)
def test_the_self_link_tells_what_was_used(face: TestClient, query: str, used: str) -> None:
    assert link(asked(face, f"/Task{query}", headers=LENIENT), "self") == f"{BASE}/Task{used}"


@pytest.mark.parametrize(
    "query", ["unknown=1", "_tag=x", "_sort=unknown", "_include=Task:requester", "_revinclude=X:y"]
)
def test_what_is_not_understood_is_told_to_the_strict(face: TestClient, query: str) -> None:
    assert "would be right" in refused(face, f"/Task?{query}", headers=STRICT)
    assert asked(face, f"/Task?{query}")["resourceType"] == "Bundle"


@pytest.mark.parametrize(
    "query",
    ["status=", "status=,", "due-date=soon", "due-date=xx2026", "due-date=ge",
     "patient=Practitioner/x", "patient=%7Bid%7D", "patient=a%20b", "status:below=x", "due-date:not=2026",
     "owner:missing=perhaps",
     "_count=many", "_count=-1",
     "_total=all", "_summary=yes", "_elements=a.b.c,", "code=|", "patient.name=x", "patient:Patient.name=x",
     "status=a%00b", "_count=1&_count=2", "owner:identifier=x", f"status={','.join('a' * 201)}"],
)  # fmt: skip
def test_what_is_malformed_is_always_refused(face: TestClient, query: str) -> None:
    assert refused(face, f"/Task?{query}", headers=LENIENT)


def test_another_format_is_not_acceptable(face: TestClient) -> None:
    assert "fhir+json" in refused(face, "/Task?_format=xml", 406)


def test_address_and_form_are_one_search(face: TestClient, town: Town) -> None:
    for path in ("/Task/_search?code=HPH2", "/Task/_search"):
        both = face.post(path, content="status=requested&code=HPH2", headers=FORM).json()
        wanted = {row.id for row in town.visible() if (row.step, row.status) == ("HPH2", "requested")}
        assert {*ids(both)} == wanted


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"{}", "application/json", 415), (b"status", FORM["Content-Type"], 400), (b"a=%ff", FORM["Content-Type"], 400),
     ("&".join(["status=a"] * 300).encode(), FORM["Content-Type"], 400)],
)  # fmt: skip
def test_what_is_no_form_is_refused(face: TestClient, content: bytes, kind: str, status: int) -> None:
    assert face.post("/Task/_search", content=content, headers={"Content-Type": kind}).status_code == status


# -- how many


@pytest.mark.parametrize(
    "query", ["_count=0", "_summary=count", "_count=0&_totalMethod=count", "_summary=count&_count=3"]
)
def test_only_the_number_is_told_where_only_that_is_asked(face: TestClient, town: Town, query: str) -> None:
    bundle = asked(face, f"/Task?status=completed&{query}")
    assert bundle["total"] == len([row for row in town.visible() if row.status == "completed"])
    assert ("entry" in bundle, link(bundle, "next")) == (False, "")


def test_a_total_is_told_where_it_is_asked_or_known(face: TestClient, town: Town) -> None:
    every = len(town.visible())
    assert "total" not in asked(face, "/Task?_count=3")
    assert asked(face, "/Task?_count=3&_total=accurate")["total"] == every
    assert asked(face, "/Task?_count=3&_total=estimate")["total"] == every
    assert asked(face, "/Task?_count=1000")["total"] == every
    assert "total" not in asked(face, "/Task?_count=1000&_total=none")


# -- where it goes on


def test_a_next_page_is_the_askers_alone_and_nobody_writes_one(face: TestClient, town: Town) -> None:
    address = link(asked(face, "/Task?_count=3&status=requested"), "next").removeprefix(BASE)
    assert ids(asked(face, address))
    parts = address.split(".")
    forged = [
        ".".join([*parts[:3], parts[3][::-1], parts[4]]), address[:-4] + "AAAA", "/Task?_page=", "/Task?_page=e30..",
        "/Task?_page=" + "A" * 3000, address.replace("/Task?", "/CarePlan?"), "/Task?_page=%C3%A9",
    ]  # fmt: skip
    for path in forged:
        assert "search again" in refused(face, path)
    assert "search again" in refused(town.face(PER), address)


def test_a_next_page_asks_what_the_first_one_did_and_nothing_else(face: TestClient) -> None:
    address = link(asked(face, "/Task?_count=3&status=requested&_elements=status"), "next").removeprefix(BASE)
    later = asked(face, f"{address}&status=completed&_count=1000")
    assert {each["resource"]["status"] for each in later["entry"]} == {"requested"}
    assert len(later["entry"]) <= 3
    assert "code" not in later["entry"][0]["resource"]
    assert link(later, "self") == BASE + address


# -- people by number


def test_a_person_is_found_by_number_in_a_form_and_no_address_holds_it(face: TestClient, town: Town) -> None:
    own = number(3)
    told = f"patient:identifier={own.system}|{own.digits}&_count=1"
    answer = face.post("/Task/_search", content=told, headers=FORM)
    wanted = [row for row in town.visible() if row.patient_id == "p3"]
    assert len(wanted) > 1
    assert own.digits not in answer.text
    assert link(answer.json(), "self") == f"{BASE}/Task?patient=Patient/p3&_count=1"
    later = asked(face, link(answer.json(), "next").removeprefix(BASE))
    assert later["entry"][0]["resource"]["for"]["reference"] == "Patient/p3"


@pytest.mark.parametrize(
    "name", ["patient:identifier", "patient.identifier", "patient:Patient.identifier", "subject:identifier"]
)
@pytest.mark.parametrize("value", ["{system}|{digits}", "{digits}", "local:FJORD|103"])
def test_every_way_to_name_a_person_leads_to_the_same(face: TestClient, name: str, value: str) -> None:
    own = number(3)
    told = {name: value.format(system=own.system, digits=own.digits)}
    bundle = face.post("/Task/_search", data=told).json()
    assert {each["resource"]["for"]["reference"] for each in bundle["entry"]} == {"Patient/p3"}


def test_a_foreign_person_is_as_unknown_as_nobody(town: Town) -> None:
    """Per has no task of a person whose tasks are all on Kari's list."""
    for position in range(12):
        town.put(
            *(
                replace(row, audience=(("east", "home_care_nurse", False),))
                for row in town.tasks
                if row.patient_id == f"p{position}"
            )
        )
    face = town.face(PER)
    foreign, nobody = (face.post("/Task/_search", data={"patient:identifier": number(each).digits}) for each in (3, 99))
    assert foreign.json() == nobody.json()
    assert foreign.json()["total"] == 0


@pytest.mark.parametrize(
    "query", ["patient:identifier={0}", "patient.identifier=local:FJORD|103", "identifier={1}|{0}", "unknown={0}",
              "status={0}", "_id={0}", "{0}=1"],
)  # fmt: skip
def test_a_number_in_an_address_is_refused_and_not_repeated(face: TestClient, query: str) -> None:
    digits = number(3).digits
    path = query.format(digits, FNR)
    assert digits not in refused(face, f"/Task?{path}")
    answer = face.post(f"/Task/_search?{path}", content="status=requested", headers=FORM)
    assert (answer.status_code, digits in answer.text) == (400, False)


def test_a_number_elsewhere_in_a_form_is_refused(face: TestClient) -> None:
    answer = face.post("/Task/_search", data={"identifier": number(3).digits})
    assert (answer.status_code, number(3).digits in answer.text) == (400, False)


# -- what belongs to it, and how much of it


def test_elements_leave_the_rest_out_and_say_so(face: TestClient) -> None:
    found = asked(face, "/Task?_count=1&_elements=code,Task.for")["entry"][0]["resource"]
    assert set(found) == {"resourceType", "id", "meta", "status", "intent", "code", "for"}
    assert found["meta"]["tag"][0]["code"] == "SUBSETTED"
    whole = asked(face, "/Task?_count=1")["entry"][0]["resource"]
    assert "tag" not in whole["meta"]


@pytest.mark.parametrize(("summary", "has", "has_not"), [
    ("true", "code", "performerType"), ("text", "status", "code"), ("data", "performerType", "text"),
    ("false", "performerType", "text"),
])  # fmt: skip
def test_a_summary_is_less(face: TestClient, summary: str, has: str, has_not: str) -> None:
    found = asked(face, f"/Task?_count=1&_summary={summary}")["entry"][0]["resource"]
    assert (has in found, has_not in found) == (True, False)


def test_plans_are_brought_along_once(face: TestClient) -> None:
    bundle = asked(face, "/Task?_include=Task:based-on&_include=Task:focus:CarePlan&patient=p1,p2")
    assert sorted(ids(bundle, "include")) == ["e1", "e2"]
    assert ids(asked(face, "/Task?_include=Task:focus:Group&patient=p1"), "include") == []


def test_tasks_are_brought_along_with_plans_as_the_caller_may_see_them(face: TestClient, town: Town) -> None:
    bundle = asked(face, "/CarePlan?patient=p1&_revinclude=Task:based-on&_revinclude=Task:focus")
    assert ids(bundle) == ["e1"]
    assert sorted(ids(bundle, "include")) == sorted(row.id for row in town.visible() if row.patient_id == "p1")


def test_a_bundle_is_text_of_json_alone(face: TestClient) -> None:
    answer = face.get("/Task?_count=2")
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert json.loads(answer.content)["type"] == "searchset"


def test_a_task_is_read_as_it_is_found(face: TestClient, town: Town) -> None:
    for each in asked(face, "/Task?_count=5")["entry"]:
        assert face.get(f"/Task/{each['resource']['id']}").json() == each["resource"]
        assert each["fullUrl"] == f"{BASE}/Task/{each['resource']['id']}"
