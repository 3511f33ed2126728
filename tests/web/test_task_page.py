"""A task is read, answered, done, put off or given on; and a refusal keeps what was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest

from pathway_engine.domain.events import Act
from pathway_engine.service.stopped import ADVICE
from tests.web.fakes import FakeService, oslo_night
from tests.web.visitor import Visitor, hidden_fields


def test_the_page_says_who_why_and_what_matters(kari: Visitor) -> None:
    page = kari.get("/tasks/t-week")
    for said in (
        "Å komme ut i hagen igjen.",
        "pathways/hph/pathway.yaml",
        "81–90",
        "tir. 17. nov. + 3 dager",
    ):
        assert said in page


def test_a_stopped_clock_is_told_with_what_to_do_in_either_language(service: FakeService, kari: Visitor) -> None:
    detail = service.details["t-week"]
    assert detail.why is not None
    why = replace(detail.why, file="", pathway_version="", history=((detail.task.raised_at, "clock-stopped"),))
    service.details["t-week"] = replace(detail, allowed=(), checklist=None, advice=ADVICE, why=why)
    page = kari.get("/tasks/t-week")
    assert ADVICE.nb in page and "klokken stanset" in page
    assert "linje 0" not in page and 'value="complete"' not in page
    assert ADVICE.en in unescape(kari.get("/tasks/t-week?lang=en"))


def test_saving_stores_typed_answers_as_their_types(service: FakeService, kari: Visitor) -> None:
    typed = {
        "item.list": "yes",
        "item.weight": "71,5",
        "item.pain": "3",
        "item.next": "2026-11-25",
        "item.matters": "",
    }
    answer = kari.act("t-week", {"act": "answer", **typed})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks/t-week")
    assert service.acts[-1]["answers"] == {
        "list": "yes",
        "weight": 71.5,
        "pain": 3,
        "next": date(2026, 11, 25),
    }


def test_only_what_changed_is_sent_again(service: FakeService, kari: Visitor) -> None:
    kari.act("t-week", {"act": "answer", "item.list": "yes"})
    kari.act("t-week", {"act": "answer", "item.list": "yes", "item.food": "no"})
    assert service.acts[-1]["answers"] == {"food": "no"}


def test_saving_nothing_new_leaves_no_trace(service: FakeService, kari: Visitor) -> None:
    assert kari.act("t-week", {"act": "answer"}).status_code == 303
    assert service.acts == []


def test_a_deviation_proposes_a_follow_up(kari: Visitor) -> None:
    kari.act("t-week", {"act": "answer", "item.food": "no"})
    assert "Forslag: Ernæringskartlegging" in kari.get("/tasks/t-week")


def test_completing_takes_the_answers_along_and_returns_to_the_list(service: FakeService, kari: Visitor) -> None:
    answer = kari.act("t-week", {"act": "complete", "item.list": "yes"})
    assert answer.headers["location"] == "/"
    assert (service.acts[-1]["act"], service.acts[-1]["answers"]) == (Act.COMPLETE, {"list": "yes"})
    assert "Fullført." in kari.get("/")


def test_an_incomplete_checklist_says_which_item_and_keeps_the_rest(service: FakeService, kari: Visitor) -> None:
    answer = kari.act("t-week", {"act": "complete", "item.matters": "Hagen"})
    assert answer.status_code == 422
    assert '<a href="#item.list">Svar på dette: Er legemiddellisten gjennomgått?</a>' in answer.text
    assert ">Hagen</textarea>" in answer.text
    assert service.acts == []


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        pytest.param("item.pain", "11", "11 er utenfor området. Fra 0 til 10.", id="out-of-range"),
        pytest.param("item.weight", "mye", "«mye» er ikke et tall", id="not-a-number"),
        pytest.param("item.weight", "nan", "«nan» er ikke et tall", id="nan"),
        pytest.param("item.next", "25.11", "«25.11» er ikke en dato", id="not-a-date"),
        pytest.param("item.mobility", "flies", "svaret finnes ikke i listen", id="not-a-choice"),
        pytest.param("item.list", "maybe", "svaret finnes ikke i listen", id="not-yes-or-no"),
        pytest.param("item.matters", "x" * 4001, "teksten er for lang", id="too-long"),
    ],
)
def test_an_answer_that_does_not_fit_is_said_at_its_question(
    service: FakeService, kari: Visitor, field: str, typed: str, said: str
) -> None:
    answer = kari.act("t-week", {"act": "answer", field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'id="{field}.problem"' in answer.text
    assert service.acts == []


def test_a_conflict_shows_the_new_state_and_keeps_what_was_typed(service: FakeService, kari: Visitor) -> None:
    form = hidden_fields(kari.get("/tasks/t-week"))
    kari.act("t-week", {"act": "answer", "item.weight": "70", "item.food": "yes"})
    typed = {"act": "answer", "item.weight": "72", "item.matters": "Hagen"}
    answer = kari.client.post("/tasks/t-week", data=form | typed)
    assert answer.status_code == 409
    assert "Siste endring: besvart: Kari Moe, ons. 18. nov. kl. 08.02." in answer.text
    assert "Lagret nå: 70 kg" in answer.text
    assert 'value="72"' in answer.text and ">Hagen</textarea>" in answer.text
    assert 'name="item.food" value="yes" checked' in answer.text, "a colleague's answer stands"
    assert hidden_fields(answer.text)["version"] == "2", "the next save is made on the new version"


def test_sending_the_same_form_twice_acts_once(service: FakeService, kari: Visitor) -> None:
    form = hidden_fields(kari.get("/tasks/t-free")) | {"act": "claim"}
    assert [kari.client.post("/tasks/t-free", data=form).status_code for _ in range(2)] == [303, 303]
    assert len(service.acts) == 1


def test_every_rendering_has_its_own_key(kari: Visitor) -> None:
    keys = {hidden_fields(kari.get("/tasks/t-free"))["key"] for _ in range(2)}
    assert len(keys) == 2


def test_claim_and_give_back(service: FakeService, kari: Visitor) -> None:
    kari.act("t-free", {"act": "claim"})
    assert "Oppgaven er din." in kari.get("/tasks/t-free")
    kari.act("t-free", {"act": "give_back"})
    assert [act["act"] for act in service.acts] == [Act.CLAIM, Act.GIVE_BACK]


def test_assigning_takes_only_colleagues(service: FakeService, kari: Visitor) -> None:
    assert kari.act("t-free", {"act": "assign", "assignee": "far"}).status_code == 422
    kari.act("t-free", {"act": "assign", "assignee": "ola"})
    assert service.acts[-1]["assignee"] == "ola"


def test_deferring_to_the_last_day_means_the_deadline(service: FakeService, kari: Visitor) -> None:
    kari.act("t-week", {"act": "defer", "until": "2026-11-20", "reason": "patient_wish"})
    assert service.acts[-1]["until"] == oslo_night(20)


def test_deferring_to_another_day_means_its_end_in_oslo(service: FakeService, kari: Visitor) -> None:
    kari.act("t-week", {"act": "defer", "until": "2026-11-19", "reason": "patient_wish", "comment": "Datteren"})
    assert service.acts[-1]["until"] == datetime(2026, 11, 19, 22, 59, 59, tzinfo=UTC)
    assert service.acts[-1]["comment"] == "Datteren"


def test_deferring_past_the_window_is_refused_with_the_day_kept(kari: Visitor) -> None:
    answer = kari.act("t-week", {"act": "defer", "until": "2026-11-21", "reason": "patient_wish"})
    assert answer.status_code == 422
    assert "bare utsettes til en dag i vinduet" in answer.text
    assert 'value="2026-11-21"' in answer.text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"act": "defer", "until": "2026-11-19"}, "defer.reason.problem", id="defer-without-reason"),
        pytest.param({"act": "defer", "reason": "patient_wish"}, "defer.until.problem", id="defer-without-day"),
        pytest.param({"act": "not_applicable"}, "not_applicable.reason.problem", id="not-applicable-without-reason"),
        pytest.param(
            {"act": "not_applicable", "reason": "bored"}, "not_applicable.reason.problem", id="made-up-reason"
        ),
        pytest.param({"act": "comment", "comment": "  "}, "comment.comment.problem", id="empty-comment"),
    ],
)
def test_what_is_missing_is_said_at_its_field(kari: Visitor, fields: dict[str, str], problem: str) -> None:
    answer = kari.act("t-week", fields)
    assert answer.status_code == 422
    assert f'id="{problem}"' in answer.text
    assert "<details open>" in answer.text


def test_not_applicable_with_a_reason_leaves_the_list(service: FakeService, kari: Visitor) -> None:
    kari.act("t-week", {"act": "not_applicable", "reason": "no_need"})
    assert "/tasks/t-week" not in kari.get("/?view=unit")


def test_a_comment_is_shown_as_text(kari: Visitor) -> None:
    kari.act("t-week", {"act": "comment", "comment": "<b onclick=x>Ring</b>\x00\nDatteren"})
    page = kari.get("/tasks/t-week")
    assert "&lt;b onclick=x&gt;Ring&lt;/b&gt;\nDatteren" in page


def test_a_closed_task_can_be_read_but_not_changed(kari: Visitor) -> None:
    kari.act("t-week", {"act": "complete", "item.list": "yes", "item.matters": "Hagen"})
    page = kari.get("/tasks/t-week")
    assert "Oppgaven er avsluttet" in page and "Hagen" in page
    assert 'value="complete"' not in page


def test_an_act_that_the_state_does_not_allow_is_refused(kari: Visitor) -> None:
    assert kari.act("t-week", {"act": "claim"}).status_code == 422


def test_an_act_that_the_role_does_not_allow_is_refused(service: FakeService, kari: Visitor) -> None:
    service.forbidden.add(Act.CLAIM)
    assert kari.act("t-free", {"act": "claim"}).status_code == 403


@pytest.mark.parametrize("wrong", [{"act": "explode"}, {"version": "x"}, {"key": ""}])
def test_a_form_that_is_not_ours_is_not_understood(kari: Visitor, wrong: dict[str, str]) -> None:
    assert kari.act("t-free", {"act": "claim"} | wrong).status_code == 400


def test_saving_as_one_answers_gives_back_the_new_version(kari: Visitor) -> None:
    answer = kari.send("/tasks/t-week", "/tasks/t-week/answers", **{"item.list": "yes"})
    assert answer.status_code == 200
    assert hidden_fields(answer.text)["version"] == "2"
    assert "(1/7)" in answer.text and "Lagret kl. 08.02" in answer.text


def test_saving_as_one_answers_says_when_nothing_was_saved(kari: Visitor) -> None:
    answer = kari.send("/tasks/t-week", "/tasks/t-week/answers", **{"item.pain": "99"})
    assert answer.status_code == 422
    assert "Ikke lagret" in answer.text


def test_a_task_as_json_has_its_checklist_and_why(kari: Visitor) -> None:
    task = kari.client.get("/api/tasks/t-week").json()
    assert task["checklist"]["items"][0]["id"] == "list"
    assert task["why"]["lines"] == [81, 90]


def test_what_the_message_says_stands_on_the_page_as_it_was_written(service: FakeService, kari: Visitor) -> None:
    page = kari.get("/tasks/t-week")
    assert "Meldingen sier" in page
    assert "Kan hun klare &lt;trappene&gt; hjemme?" in page
