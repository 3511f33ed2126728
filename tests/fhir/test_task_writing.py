"""A Task that is written becomes what a person does: along legal transitions only, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.tasks import TaskStatus, allowed_acts
from pathway_engine.fhir.task_states import STATUS_AFTER, next_states
from pathway_engine.service.applying import refresh
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.storage.unit_of_work import UnitOfWork
from tests.fhir.independent import assert_valid
from tests.service.community import Community
from tests.web.visitor import TestClient

REASON = "https://pathway-engine.example/fhir/CodeSystem/reason"
Face = Callable[[str], TestClient]


class Work:
    """A task of Kari's list, written as a client writes it."""

    def __init__(self, face: TestClient, community: Community, step: str = "HPH2") -> None:
        self.face, self.community = face, community
        self.id = community.list_of("kari")[step].id

    def read(self) -> dict[str, Any]:
        answer = self.face.get(f"/Task/{self.id}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def put(self, headers: dict[str, str] | None = None, **changed: Any) -> Any:
        self.community.now += timedelta(seconds=1)
        answer = self.face.put(f"/Task/{self.id}", json=self.read() | changed, headers=headers)
        if answer.content:
            assert_valid(answer.json())
        return answer

    def patch(self, told: Any, type: str = "application/json-patch+json", **headers: str) -> Any:
        self.community.now += timedelta(seconds=1)
        return self.face.patch(f"/Task/{self.id}", json=told, headers={"Content-Type": type, **headers})

    def checklist(self) -> Checklist:
        detail = self.community.engine.task(self.community.who("kari"), self.id, self.community.now)
        assert detail.checklist is not None
        return detail.checklist

    def status(self) -> tuple[str, str | None]:
        with self.community.engine.context.store.reading() as records:
            row = records.task(self.id)
        assert row is not None
        return row.status, row.performer


@pytest.fixture
def work(face: TestClient, community: Community) -> Work:
    community.brought_home()
    return Work(face, community)


def reason(code: str) -> dict[str, Any]:
    return {"coding": [{"system": REASON, "code": code}]}


def answer_of(type: str, choices: Any, minimum: float | None) -> dict[str, Any]:
    """An answer as a client gives it, by the type of the question."""
    kinds: dict[str, dict[str, Any]] = {
        "yes_no": {"valueBoolean": True}, "number": {"valueDecimal": minimum or 1}, "date": {"valueDate": "2026-12-01"},
        "choice": {"valueCoding": {"code": next(iter(choices), "")}},
    }  # fmt: skip
    return kinds.get(type, {"valueString": "tekst"})


def items(checklist: Checklist) -> list[dict[str, Any]]:
    return [
        {"linkId": item.id, "answer": [answer_of(item.type, item.choices, item.minimum)]} for item in checklist.items
    ]


def issues(answer: Any) -> list[tuple[str, str, str]]:
    return [(each["code"], each.get("expression", [""])[0], each["details"]["text"]) for each in answer.json()["issue"]]


def test_a_task_is_taken_begun_and_ended_with_its_answers_in_one_write(work: Work) -> None:
    assert work.put(status="accepted").json()["status"] == "accepted"
    assert work.status() == ("accepted", "kari")
    assert work.put(status="in-progress").json()["status"] == "in-progress"
    response = {
        "resourceType": "QuestionnaireResponse", "id": "qr", "status": "completed", "item": items(work.checklist())
    }  # fmt: skip
    output = [{"type": {"text": "answers"}, "valueReference": {"reference": "#qr"}}]
    done = work.put(status="completed", contained=[response], output=output)
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    assert done.headers["ETag"] == f'W/"{done.json()["meta"]["versionId"]}"'


def test_what_must_be_answered_is_named_by_its_link(work: Work) -> None:
    refused = work.put(status="completed")
    required = {item.id for item in work.checklist().items if item.required}
    assert refused.status_code == 422 and required
    assert {
        (code, where) for code, where, _ in issues(refused)
    } == {("required", f"QuestionnaireResponse.item.where(linkId='{id}').answer") for id in required}  # fmt: skip
    assert work.status() == ("requested", None)


def test_nothing_changed_is_the_same_version(work: Work) -> None:
    before = work.read()
    same = work.put()
    assert (same.status_code, same.json()["meta"]["versionId"]) == (200, before["meta"]["versionId"])


def test_a_write_that_is_refused_leaves_nothing_of_it(work: Work) -> None:
    """The note and the claim come first; the completion that fails takes them back."""
    before = work.read()
    assert work.put(status="completed", note=[{"text": "Ringte"}]).status_code == 422
    assert work.read() == before


def test_the_acts_of_one_write_keep_their_order_when_the_log_is_folded_anew(work: Work) -> None:
    """They happen at one instant: only the order of their ids is left."""
    assert work.put(note=[{"text": "først"}, {"text": "så"}], status="accepted").status_code == 200
    context, now = work.community.engine.context, work.community.now

    def folded_anew(records: UnitOfWork) -> list[str]:
        row = records.task(work.id)
        assert row is not None
        records.lock_patient(row.patient_id)
        refresh(context, records, row.patient_id, now, None)
        after = records.task(work.id)
        assert after is not None
        return [comment.text for comment in decode_task(after.body).comments]

    assert context.committed(folded_anew) == ["først", "så"]


@pytest.mark.parametrize("status", ["on-hold", "cancelled", "failed", "draft", "received", "ready", "klar", 7, None])
def test_a_status_that_cannot_come_next_is_told_what_can(work: Work, status: object) -> None:
    refused = work.put(status=status)
    (code, where, text), (_, _, ways) = issues(refused)
    assert (refused.status_code, code, where) == (422, "business-rule", "Task.status")
    assert "Next may be: accepted, in-progress, completed, rejected." in text
    assert 'take it: status "accepted"' in ways and "no_need" in ways and "patient_wish" in ways


def test_a_task_that_has_begun_does_not_go_back_to_accepted(work: Work) -> None:
    work.put(status="in-progress")
    assert "Next may be: requested, completed, rejected." in issues(work.put(status="accepted"))[0][2]


def test_what_is_taken_is_given_back(work: Work) -> None:
    work.put(status="accepted")
    assert work.put(status="requested").status_code == 200
    assert work.status() == ("requested", None)


def test_a_colleague_is_given_the_task(work: Work) -> None:
    given = work.put(owner={"reference": "Practitioner/ola"})
    assert (given.json()["status"], work.status()) == ("accepted", ("accepted", "ola"))
    assert work.put(owner={"reference": "Practitioner/kari"}).status_code == 200, "and takes it over"
    assert work.status() == ("accepted", "kari")
    foreign = work.put(owner={"reference": "Practitioner/per"})
    assert (foreign.status_code, issues(foreign)[0][0]) == (403, "forbidden")


@pytest.mark.parametrize(
    "owner", [{"reference": "Device/1"}, {"display": "Kari"}, "kari", {"reference": "Organization/x"}]
)
def test_an_owner_who_is_no_person_is_refused(work: Work, owner: object) -> None:
    assert issues(work.put(owner=owner))[0][1] == "Task.owner"


def test_what_is_set_aside_needs_a_reason_of_the_list(work: Work) -> None:
    code, where, text = issues(work.put(status="rejected"))[0]
    assert (code, where) == ("code-invalid", "Task.statusReason") and "no_need" in text
    assert issues(work.put(status="rejected", statusReason=reason("patient_wish")))[0][0] == "code-invalid"
    done = work.put(status="rejected", statusReason=reason("no_need"))
    assert (done.status_code, work.status()[0]) == (200, "rejected")


def test_a_visit_is_deferred_inside_its_window(work: Work) -> None:
    until = work.community.now + timedelta(days=1)
    restriction = work.read().get("restriction", {})
    later = {**restriction, "period": {**restriction.get("period", {}), "start": until.isoformat()}}
    assert issues(work.put(restriction=later))[0][:2] == ("code-invalid", "Task.statusReason")
    assert work.put(restriction=later, statusReason=reason("patient_wish")).status_code == 200
    assert work.community.list_of("kari")["HPH2"].deferred_until == until
    again = work.put(restriction=later, statusReason=reason("patient_wish"))
    assert again.status_code == 200, "told again it is deferred already"
    far = {**restriction, "period": {**restriction.get("period", {}), "start": "2020-11-16T09:00:00Z"}}
    assert issues(work.put(restriction=far, statusReason=reason("staffing")))[0][1] == "Task.restriction.period.start"


def test_a_reason_without_anything_to_be_reason_for_is_refused(work: Work) -> None:
    assert issues(work.put(statusReason=reason("no_need")))[0][1] == "Task.statusReason"


def test_a_note_is_added_once_however_often_it_is_sent(work: Work) -> None:
    for texts in (["Ringte"], ["Ringte", "Kommer i morgen"], ["Kommer i morgen"], ["Ringte", "Kommer i morgen"]):
        assert work.put(note=[{"text": text} for text in texts]).status_code == 200
    detail = work.community.engine.task(work.community.who("kari"), work.id, work.community.now)
    assert [text for _, _, text in detail.comments] == ["Ringte", "Kommer i morgen"]
    assert issues(work.put(note=[{"text": " "}]))[0][1].startswith("Task.note")


@pytest.mark.parametrize(
    "changed",
    [
        {"code": {"text": "another"}}, {"for": {"reference": "Patient/another"}}, {"intent": "plan"},
        {"authoredOn": "2020-01-01T00:00:00Z"}, {"basedOn": [{"reference": "CarePlan/x"}]}, {"description": "mine"},
    ],
)  # fmt: skip
def test_what_follows_from_the_pathway_cannot_be_written(work: Work, changed: dict[str, Any]) -> None:
    refused = work.put(**changed)
    assert (refused.status_code, issues(refused)[0][:2]) == (422, ("business-rule", f"Task.{next(iter(changed))}"))


def test_the_same_said_in_another_way_is_no_change(work: Work) -> None:
    seen = work.read()
    again = work.put(**{
        "for": {"reference": f"http://testserver/{seen['for']['reference']}", "display": "A. F."},
        "authoredOn": seen["authoredOn"].replace(".000Z", "+00:00"), "lastModified": "2030-01-01T00:00:00Z",
    })  # fmt: skip
    assert (again.status_code, again.json()["meta"]) == (200, seen["meta"])


def test_who_goes_on_from_an_older_version_is_told_who_was_first(work: Work) -> None:
    tag = work.face.get(f"/Task/{work.id}").headers["ETag"]
    community = work.community
    seen = community.list_of("kari")["HPH2"]
    act: dict[str, Any] = {"version": seen.version, "key": "k", "now": community.now, "comment": "Jeg var først"}
    community.engine.act(community.who("ola"), work.id, Act.COMMENT, **act)
    stale = work.put(headers={"If-Match": tag}, status="accepted")
    assert (stale.status_code, issues(stale)[0][0]) == (412, "conflict")
    assert work.put(headers={"If-Match": work.face.get(f"/Task/{work.id}").headers["ETag"]}).status_code == 200


def test_a_body_read_before_a_colleague_wrote_is_a_conflict_though_nobody_asked(work: Work) -> None:
    """fhirclient puts whole resources and knows no If-Match."""
    seen, community = work.read(), work.community
    act: dict[str, Any] = {
        "version": int(seen["meta"]["versionId"]),
        "key": "k",
        "now": community.now,
        "comment": "Først",
    }
    community.engine.act(community.who("ola"), work.id, Act.COMMENT, **act)
    stale = work.face.put(f"/Task/{work.id}", json=seen | {"status": "accepted"})
    assert (stale.status_code, issues(stale)[0][0]) == (409, "conflict")
    assert "Ola Sykepleier" in issues(stale)[0][2]


def test_a_body_read_before_ones_own_last_write_is_taken(work: Work) -> None:
    """fhirclient does not take over what a write answers."""
    seen = work.read()
    assert work.face.put(f"/Task/{work.id}", json=seen | {"status": "accepted"}).status_code == 200
    work.community.now += timedelta(seconds=1)
    assert work.face.put(f"/Task/{work.id}", json=seen | {"status": "in-progress"}).status_code == 200


def test_the_same_write_sent_again_is_done_once(work: Work) -> None:
    tag = work.face.get(f"/Task/{work.id}").headers["ETag"]
    told = [{"op": "add", "path": "/note", "value": [{"text": "En gang"}]}]
    first = work.patch(told, **{"If-Match": tag})
    again = work.patch(told, **{"If-Match": tag})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["meta"] == again.json()["meta"]
    keyed = [work.patch({"status": "accepted"}, "application/json", **{"X-Request-Id": "r-1"}) for _ in range(2)]
    assert [each.status_code for each in keyed] == [200, 200]


def test_another_units_task_looks_like_a_missing_one(community: Community, as_person: Face) -> None:
    community.brought_home()
    per = as_person("per")
    asked = {
        "resourceType": "Task",
        "id": community.list_of("kari")["HPH2"].id,
        "status": "accepted",
        "intent": "order",
    }
    foreign = per.put(f"/Task/{asked['id']}", json=asked)
    missing = per.put("/Task/none", json=asked | {"id": "none"})
    assert (foreign.status_code, foreign.json()) == (404, missing.json())


@pytest.mark.parametrize(
    ("type", "told", "status"),
    [
        ("application/json", {"status": "accepted"}, 200),
        ("application/merge-patch+json", {"status": "accepted"}, 200),
        ("application/json-patch+json", [{"op": "replace", "path": "/status", "value": "accepted"}], 200),
        ("application/json-patch+json", [{"op": "test", "path": "/status", "value": "completed"}], 409),
        ("application/json-patch+json", [{"op": "replace", "path": "/meta/versionId", "value": "9"}], 422),
        ("application/json-patch+json", [{"op": "remove", "path": "/for"}], 422),
        ("application/json-patch+json", [{"op": "replace", "path": "", "value": {}}], 422),
        ("application/json-patch+json", [{"op": "remove", "path": "/nowhere"}], 422),
        ("application/json-patch+json", [{"op": "bend", "path": "/status"}], 422),
        ("application/json-patch+json", {"op": "remove", "path": "/status"}, 400),
        ("application/json-patch+json", [], 400), ("application/json", {}, 400),
        ("application/json", [{"op": "remove", "path": "/status"}], 415),
        ("application/fhir+json", {"resourceType": "Parameters", "parameter": []}, 415),
        ("application/json", {"id": "another"}, 422), ("text/plain", {"status": "accepted"}, 415),
        ("application/merge-patch+json", {"for": None}, 422),
    ],
)  # fmt: skip
def test_each_kind_of_patch_is_applied_or_refused(work: Work, type: str, told: object, status: int) -> None:
    answer = work.patch(told, type)
    assert (answer.status_code, answer.json()["resourceType"]) == (
        status,
        "Task" if status == 200 else "OperationOutcome",
    )
    assert work.status()[0] == ("accepted" if status == 200 else "requested")


def test_an_empty_patch_is_a_bad_request(work: Work) -> None:
    for type in ("application/json-patch+json", "application/json"):
        answer = work.face.patch(f"/Task/{work.id}", content=b"", headers={"Content-Type": type})
        assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")


def test_a_patch_cannot_make_a_resource_endless(work: Work) -> None:
    double = {"op": "copy", "from": "/code", "path": "/code/coding/-"}
    assert issues(work.patch([double] * 16))[0][0] == "too-long"


@pytest.mark.parametrize(
    ("type", "body", "status"),
    [
        ("application/xml", b"<Task/>", 415), ("application/fhir+json", b"", 400), ("application/json", b"{", 400),
        ("application/json", b"[]", 400), ("application/json", b'{"resourceType":"Patient"}', 400),
        ("application/json", b'{"resourceType":"Task","id":"another"}', 400), ("application/json", b"[" * 9000, 400),
        ("application/json", b"\xff\xfe", 400),
    ],
)  # fmt: skip
def test_a_body_that_is_no_task_of_that_address_is_refused(work: Work, type: str, body: bytes, status: int) -> None:
    answer = work.face.put(f"/Task/{work.id}", content=body, headers={"Content-Type": type})
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


@pytest.mark.parametrize(
    ("prefer", "type"),
    [("return=minimal", None), ("return=representation", "Task"), ("return=OperationOutcome", "OperationOutcome")],
)
def test_the_answer_holds_what_is_preferred(work: Work, prefer: str, type: str | None) -> None:
    answer = work.put({"Prefer": prefer}, status="accepted")
    assert (answer.json()["resourceType"] if answer.content else None) == type
    assert (answer.status_code, answer.headers["ETag"]) == (200, work.face.get(f"/Task/{work.id}").headers["ETag"])


def test_a_task_is_neither_made_nor_deleted_by_a_client(work: Work) -> None:
    made = work.face.post("/Task", json={"resourceType": "Task", "status": "requested", "intent": "order"})
    assert (made.status_code, "$apply" in issues(made)[0][2]) == (405, True)
    assert work.face.delete(f"/Task/{work.id}").status_code == 405


def test_single_answers_come_as_outputs_of_their_own(work: Work) -> None:
    item = next(item for item in work.checklist().items if item.type == "yes_no")
    told = {"type": {"coding": [{"code": item.id}]}, "valueBoolean": False}
    assert work.put(output=[told]).json()["status"] == "in-progress"
    detail = work.community.engine.task(work.community.who("kari"), work.id, work.community.now)
    answered: dict[str, FactValue] = dict(detail.answers)
    assert answered == {item.id: "no"}
    wrong = work.put(output=[{"type": {"text": "nonsense"}, "valueString": "x"}])
    assert (wrong.status_code, issues(wrong)[0][1]) == (422, "Task.output[0].type")


def test_strictly_taken_what_is_left_out_is_taken_away(work: Work) -> None:
    bare = {"resourceType": "Task", "id": work.id, "status": "accepted", "intent": "order"}
    assert work.face.put(f"/Task/{work.id}", json=bare, headers={"Prefer": "handling=strict"}).status_code == 422
    assert work.face.put(f"/Task/{work.id}", json=bare).status_code == 200


def test_the_states_told_are_those_of_the_life_cycle() -> None:
    assert next_states(TaskStatus.COMPLETED) == next_states(TaskStatus.ON_HOLD) == ()
    for status in TaskStatus:
        reached = {STATUS_AFTER[Act(each)] for each in allowed_acts(status) if Act(each) in STATUS_AFTER}
        assert set(next_states(status)) == {each.value for each in reached} - {status.value}
