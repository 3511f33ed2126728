"""Answers are saved item by item where they belong; comments are added; neither completes a task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.fhir.answers import answers_in, items_of
from adapters.fhir.outcome import FhirRefusal
from pathway_engine.domain.definition import Checklist, ChecklistItem, Text
from tests.fhir.independent import assert_valid
from tests.fhir.test_task_writing import Work, issues, items
from tests.service.community import Community
from tests.web.visitor import TestClient

NAME = Text("Spørsmål", "Question")
LIST = Checklist(
    "list", NAME,
    (
        ChecklistItem("slept", NAME, "yes_no", required=True),
        ChecklistItem("place", NAME, "choice", choices={"home": NAME, "away": NAME}),
        ChecklistItem("weight", NAME, "number", minimum=1, maximum=300), ChecklistItem("day", NAME, "date"),
        ChecklistItem("told", NAME, "text"),
    ),
)  # fmt: skip


def item(link: str, **answer: object) -> dict[str, Any]:
    return {"linkId": link, "answer": [answer]}


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (item("slept", valueBoolean=True), "yes"), (item("slept", valueBoolean=False), "no"),
        (item("slept", valueCoding={"code": "not_applicable"}), "not_applicable"),
        (item("place", valueCoding={"code": "away"}), "away"), (item("place", valueString="home"), "home"),
        (item("weight", valueDecimal=71.5), 71.5), (item("weight", valueInteger=71), 71),
        (item("weight", valueQuantity={"value": 71.0, "unit": "kg"}), 71), (item("told", valueString="Godt"), "Godt"),
    ],
)  # fmt: skip
def test_an_answer_is_read_in_each_way_that_says_it(told: dict[str, Any], answer: object) -> None:
    assert list(answers_in(LIST, [told]).values()) == [answer]
    assert list(answers_in(LIST, [{"linkId": "group", "item": [told]}]).values()) == [answer]


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (item("slept", valueInteger=1), "QuestionnaireResponse.item.where(linkId='slept').answer"),
        (item("weight", valueBoolean=True), "QuestionnaireResponse.item.where(linkId='weight').answer"),
        (item("weight", valueDecimal=True), "QuestionnaireResponse.item.where(linkId='weight').answer"),
        (item("day", valueDate="2026-12"), "QuestionnaireResponse.item.where(linkId='day').answer"),
        (item("day", valueDate="2026-13-01"), "QuestionnaireResponse.item.where(linkId='day').answer"),
        (item("told", valueBoolean=True), "QuestionnaireResponse.item.where(linkId='told').answer"),
        (item("nonsense", valueString="x"), "QuestionnaireResponse.item.linkId"),
        ({"linkId": "told", "answer": [{"valueString": "a"}, {"valueString": "b"}]},
         "QuestionnaireResponse.item.where(linkId='told').answer"),
        ("told", "QuestionnaireResponse.item"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_refused_where_it_is(told: object, where: str) -> None:
    with pytest.raises(FhirRefusal) as refused:
        answers_in(LIST, [told])
    assert (refused.value.status, refused.value.issues[0].expression) == (422, where)


def test_what_is_shown_is_read_back_the_same() -> None:
    answers = answers_in(LIST, [item("slept", valueBoolean=False), item("place", valueString="home"),
                                item("weight", valueDecimal=0.4), item("day", valueDate="2026-12-01"),
                                item("told", valueString="Godt")])  # fmt: skip
    assert len(answers) == len(LIST.items) and answers_in(LIST, items_of(LIST, answers)) == answers


@pytest.fixture
def work(face: TestClient, community: Community) -> Work:
    community.brought_home()
    return Work(face, community)


def response(work: Work, status: str, *told: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "QuestionnaireResponse", "id": work.id, "status": status, "item": list(told)} | more


def send(work: Work, told: dict[str, Any], **headers: str) -> Any:
    work.community.now += timedelta(seconds=1)
    return work.face.put(f"/QuestionnaireResponse/{work.id}", json=told, headers=headers)


def test_answers_are_saved_bit_by_bit_and_read_back(work: Work) -> None:
    assert work.face.get(f"/QuestionnaireResponse/{work.id}").status_code == 404
    every = items(work.checklist())
    first = send(work, response(work, "in-progress", every[0]))
    assert (first.status_code, first.json()["status"], work.status()) == (201, "in-progress", ("in-progress", "kari"))
    whole = send(work, response(work, "completed", *every))
    assert [each["linkId"] for each in whole.json()["item"]] == [each["linkId"] for each in every]
    assert work.status()[0] == "in-progress", "the task is completed by a write of the task"
    read = work.face.get(f"/QuestionnaireResponse/{work.id}")
    assert (read.json(), read.headers["ETag"]) == (whole.json(), whole.headers["ETag"])
    assert_valid(read.json())
    assert read.json()["encounter"] == work.read()["encounter"]
    assert send(work, whole.json()).json()["meta"] == whole.json()["meta"], "the same again changes nothing"
    assert work.put(status="completed").json()["status"] == "completed"
    assert work.face.get(f"/QuestionnaireResponse/{work.id}").json()["status"] == "completed"


def test_a_response_that_is_said_to_be_completed_is_whole(work: Work) -> None:
    required = next(each for each in work.checklist().items if each.required)
    others = [each for each in items(work.checklist()) if each["linkId"] != required.id]
    refused = send(work, response(work, "completed", *others))
    assert ("required", f"QuestionnaireResponse.item.where(linkId='{required.id}').answer") in {
        (code, where) for code, where, _ in issues(refused)
    }


def test_an_option_that_is_none_and_a_number_out_of_range_are_named(work: Work) -> None:
    choice = next(each for each in work.checklist().items if each.type in ("choice", "yes_no"))
    refused = send(work, response(work, "in-progress", item(choice.id, valueCoding={"code": "purple"})))
    assert refused.status_code == 422
    assert issues(refused)[0][1] == f"QuestionnaireResponse.item.where(linkId='{choice.id}').answer"
    assert work.status() == ("requested", None)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"questionnaire": "https://elsewhere.example/Questionnaire/1"}, "questionnaire"),
        ({"subject": {"reference": "Patient/another"}}, "subject"), ({"status": "stopped"}, "status"),
    ],
)  # fmt: skip
def test_a_response_of_another_list_or_patient_is_refused(work: Work, changed: dict[str, Any], where: str) -> None:
    first = items(work.checklist())[0]
    refused = send(work, response(work, "in-progress", first) | changed)
    assert (refused.status_code, issues(refused)[0][1]) == (422, f"QuestionnaireResponse.{where}")


def test_answers_depend_on_the_version_that_was_read(work: Work) -> None:
    first = items(work.checklist())[0]
    tag = send(work, response(work, "in-progress", first)).headers["ETag"]
    work.put(note=[{"text": "Imens"}])
    other = response(work, "in-progress", items(work.checklist())[1])
    assert send(work, other, **{"If-Match": tag}).status_code == 412


def test_answers_find_their_task_by_name_or_by_episode_and_list(work: Work) -> None:
    told = response(work, "in-progress", items(work.checklist())[0], basedOn=[{"reference": f"Task/{work.id}"}])
    del told["id"]
    made = work.face.post("/QuestionnaireResponse", json=told)
    assert (made.status_code, made.headers["Location"].rpartition("/")[2]) == (201, work.id)
    shown = {name: made.json()[name] for name in ("basedOn", "questionnaire")}
    work.community.now += timedelta(seconds=1)
    again = work.face.post("/QuestionnaireResponse", json=told | shown | {"item": [items(work.checklist())[1]]})
    assert (again.status_code, again.json()["id"]) == (200, work.id)
    nowhere = work.face.post("/QuestionnaireResponse", json=told | {"basedOn": [{"reference": "CarePlan/none"}]})
    assert (nowhere.status_code, issues(nowhere)[0][1]) == (422, "QuestionnaireResponse.basedOn")


def test_answers_and_completion_are_one_transaction(work: Work) -> None:
    task = work.read() | {"status": "completed"}
    entries = [
        {"resource": response(work, "completed", *items(work.checklist())),
         "request": {"method": "PUT", "url": f"QuestionnaireResponse/{work.id}"}},
        {"resource": task, "request": {"method": "PUT", "url": f"Task/{work.id}"}},
    ]  # fmt: skip
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = work.face.post("/", json=bundle)
    assert [each["resource"]["status"] for each in answer.json()["entry"]] == ["in-progress", "completed"]


# -- comments


def comment(work: Work, text: str, **more: Any) -> Any:
    work.community.now += timedelta(seconds=1)
    told = {
        "resourceType": "Communication", "status": "completed", "about": [{"reference": f"Task/{work.id}"}],
        "payload": [{"contentString": text}],
    }  # fmt: skip
    return work.face.post("/Communication", json=told | more)


def test_a_comment_is_written_and_read_back(work: Work) -> None:
    first, second = comment(work, "Ringte"), comment(work, "Kommer i morgen")
    assert (first.status_code, first.json()["id"], second.json()["id"]) == (201, f"{work.id}-c0", f"{work.id}-c1")
    read = work.face.get(f"/Communication/{work.id}-c1").json()
    assert (read["payload"], read["sender"]) == (
        [{"contentString": "Kommer i morgen"}], {"reference": "Practitioner/kari"}
    )  # fmt: skip
    assert_valid(read)
    assert read["encounter"] == work.read()["encounter"]
    missing = (f"{work.id}-c2", f"{work.id}-c00", "none-c0", "c")
    assert [work.face.get(f"/Communication/{id}").status_code for id in missing] == [404] * 4


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"about": []}, "about"), ({"about": [{"reference": "Encounter/1"}]}, "about"),
        ({"payload": [{"contentReference": {"reference": "Binary/1"}}]}, "payload"),
        ({"payload": [{"contentString": "x" * 4001}]}, "payload"), ({"status": "entered-in-error"}, "status"),
        ({"subject": {"reference": "Patient/another"}}, "subject"),
    ],
)  # fmt: skip
def test_a_comment_on_nothing_or_of_nothing_is_refused(work: Work, changed: dict[str, Any], where: str) -> None:
    refused = comment(work, "Ringte", **changed)
    assert refused.status_code == 422 and issues(refused)[0][1].startswith(("Communication." + where, "Communication"))
    assert work.face.get(f"/Communication/{work.id}-c0").status_code == 404


def test_a_comment_is_not_written_twice_where_the_sender_says_so(work: Work) -> None:
    header = {"If-None-Exist": f"based-on=Task/{work.id}&sender=Practitioner/kari"}
    told = {
        "resourceType": "Communication", "status": "completed", "about": [{"reference": f"Task/{work.id}"}],
        "payload": [{"contentString": "Ringte"}],
    }  # fmt: skip
    for expected in (201, 200):
        answer = work.face.post("/Communication", json=told, headers=header)
        assert (answer.status_code, answer.headers["Location"]) == (
            expected,
            f"http://testserver/Communication/{work.id}-c0",
        )
    keyed = [work.face.post("/Communication", json=told, headers={"X-Request-Id": "r1"}).json()["id"] for _ in range(2)]
    assert keyed == [f"{work.id}-c1"] * 2
    several = work.face.post("/Communication", json=told, headers=header)
    assert (several.status_code, issues(several)[0][0]) == (412, "multiple-matches")
    unknown = work.face.post("/Communication", json=told, headers={"If-None-Exist": "nonsense=1"})
    assert unknown.status_code == 400, "a parameter that is not known must not find everything"


def test_what_was_written_stays(work: Work) -> None:
    told = comment(work, "Ringte").json()
    assert work.face.put(f"/Communication/{told['id']}", json=told).status_code == 405
    assert work.face.delete(f"/Communication/{told['id']}").status_code == 405
