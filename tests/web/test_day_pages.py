"""Several at once, taking back, visits, the calendar, and news: what the nurse's pages promise."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pathway_engine.domain.events import Act
from pathway_engine.service.news import Changes, Mark, Seen
from pathway_engine.service.views import Principal
from pathway_engine.web.live import MOST_STREAMS, Watch
from tests.web.fakes import FAR, KARI, NOW, OLA, FakeService, oslo_night
from tests.web.test_worklist_page import words
from tests.web.visitor import Visitor, hidden_fields


def version(service: FakeService, task: str) -> str:
    return str(service.details[task].task.version)


# --- Several at once ------------------------------------------------------------------------------


def several(service: FakeService, kari: Visitor, *tasks: str, **fields: str) -> str:
    ticked = {f"task.{task}": version(service, task) for task in tasks}
    return str(kari.send("/?view=unit&select=1", "/several?view=unit", **ticked, **fields).text)


def test_several_are_taken_at_once_and_what_is_not_is_said(service: FakeService, kari: Visitor) -> None:
    page = words(several(service, kari, "t-free", "t-later", "t-over", act="claim"))
    assert "2 av 3 er dine." in page
    assert "Strukturert oppfølging av sykepleier, Kari N. : Oppgaven kan ikke endres slik nå." in page
    assert service.details["t-free"].task.performer == service.details["t-later"].task.performer == "kari"


def test_several_are_given_to_a_colleague_and_all_taken_back_at_once(service: FakeService, kari: Visitor) -> None:
    page = several(service, kari, "t-free", "t-week", act="assign", assignee="ola")
    assert "2 av 2 er tildelt." in page
    fields = hidden_fields(page)
    undo = {name: key for name, key in fields.items() if name.startswith("task.")}
    kari.client.post("/undo", data={"form_token": fields["form_token"], **undo})
    assert service.details["t-free"].task.performer is None
    assert service.details["t-week"].task.performer == "kari"


def test_the_form_sent_twice_does_everything_once(service: FakeService, kari: Visitor) -> None:
    fields = hidden_fields(kari.get("/?view=unit&select=1")) | {"task.t-free": "1", "task.t-later": "1", "act": "claim"}
    first, again = (kari.client.post("/several?view=unit", data=fields).text for _ in range(2))
    assert "2 av 2 er dine." in first and "2 av 2 er dine." in again
    assert len(service.acts) == 2


@pytest.mark.parametrize(
    ("tasks", "fields", "said"),
    [
        pytest.param((), {"act": "claim"}, "Ingen oppgaver er valgt", id="none"),
        pytest.param(("t-free",), {"act": "assign"}, "Velg en kollega", id="nobody"),
        pytest.param(("t-free",), {"act": "assign", "assignee": "far"}, "Velg en kollega", id="a-stranger"),
    ],
)
def test_a_form_that_says_too_little_does_nothing(
    service: FakeService, kari: Visitor, tasks: tuple[str, ...], fields: dict[str, str], said: str
) -> None:
    page = several(service, kari, *tasks, **fields)
    assert said in page
    assert service.acts == []


def test_another_units_task_among_several_is_not_there(service: FakeService, kari: Visitor) -> None:
    page = words(several(service, kari, "t-far", act="claim"))
    assert "0 av 1 er dine." in page and "finnes ikke lenger på listen din" in page
    assert "Ukjent U." not in page


@pytest.mark.parametrize("act", ["complete", "not_applicable", "undo", ""])
def test_only_giving_and_taking_is_done_to_several(service: FakeService, kari: Visitor, act: str) -> None:
    assert kari.send("/?select=1", "/several", act=act, **{"task.t-week": "1"}).status_code == 400
    assert service.acts == []


# --- Taking back ------------------------------------------------------------------------------------


def test_what_was_just_done_is_taken_back_with_one_press(service: FakeService, kari: Visitor) -> None:
    kari.act("t-week", {"act": "not_applicable", "reason": "no_need"})
    page = kari.get("/")
    assert "Angre" in page
    fields = {name: value for name, value in hidden_fields(page).items() if name.startswith(("task.", "form_token"))}
    answer = kari.client.post("/undo", data=fields)
    assert answer.headers["location"] == "/tasks/t-week"
    assert "Angret. Alt står som før." in kari.get("/tasks/t-week")
    assert service.details["t-week"].task.status == "accepted"


def test_what_a_colleague_has_gone_on_with_is_left_and_said(service: FakeService, kari: Visitor) -> None:
    kari.act("t-free", {"act": "claim"})
    page = kari.get("/tasks/t-free")
    service.colleague_does(Act.COMMENT, "t-free", comment="Jeg kjører")
    fields = {name: value for name, value in hidden_fields(page).items() if name.startswith(("task.", "form_token"))}
    kari.client.post("/undo", data=fields)
    assert "En kollega har gått videre med oppgaven." in kari.get("/")


# --- Visits -----------------------------------------------------------------------------------------


def test_a_visit_walks_through_all_that_is_due_with_the_patient(service: FakeService, kari: Visitor) -> None:
    soon = service.details["t-later"]
    service.details["t-later"] = replace(soon, task=replace(soon.task, opens_at=None))
    page = words(kari.get("/visit/t-week"))
    assert "Å gjøre nå (2)" in page and "Hva er viktig for deg? Å komme ut i hagen igjen." in page
    fields = {"act": "complete", "item.list": "yes", "visit": "1"}
    first = kari.send("/tasks/t-week?visit=1", "/tasks/t-week", **fields)
    assert first.headers["location"] == "/tasks/t-later?visit=1"
    second = kari.send("/tasks/t-later?visit=1", "/tasks/t-later", **fields)
    assert second.headers["location"] == "/"


def test_what_is_not_open_yet_waits_for_a_later_visit(kari: Visitor) -> None:
    page = words(kari.get("/visit/t-week"))
    assert "Å gjøre nå (1)" in page
    assert page.index("Senere") < page.index("Fire-ukers samtale")


def test_a_strangers_visit_is_not_there(kari: Visitor) -> None:
    assert kari.client.get("/visit/t-far").status_code == kari.client.get("/visit/none").status_code == 404


def test_what_matters_to_the_patient_stands_before_everything_else(kari: Visitor) -> None:
    page = words(kari.get("/tasks/t-week"))
    assert page.index("Hva er viktig for deg?") < page.index("Meldingen sier") < page.index("Når kan gjøres")


def test_what_is_known_already_stands_beside_the_question(kari: Visitor) -> None:
    page = words(kari.get("/tasks/t-week"))
    assert "Vekt HPH0, man. 16. nov.: 71.5 kg" in page
    assert "Spiser og drikker pasienten nok? Sykehuset skrev: Ja" in page


def test_a_deviation_becomes_a_task_and_everything_typed_is_saved(service: FakeService, kari: Visitor) -> None:
    fields = {"item.food": "no", "item.weight": "64", "note.food": "<b>Spiser lite</b>", "due.food": "tomorrow"}
    answer = kari.send("/tasks/t-week", "/tasks/t-week", act="follow_up.food", **fields)
    assert answer.headers["location"] == "/tasks/t-week"
    assert service.details["t-week"].answers == {"food": "no", "weight": 64}
    made = service.details["t-week-food"].task
    assert (made.title.nb, made.due_at) == ("Ernæringskartlegging", oslo_night(19))
    assert service.acts[-1]["comment"] == "<b>Spiser lite</b>"
    page = words(kari.get("/tasks/t-week"))
    assert "Oppfølgingen står på listen." in page and "Oppgaven er laget." in page


def test_an_answer_that_does_not_fit_makes_no_task(service: FakeService, kari: Visitor) -> None:
    fields = {"item.food": "no", "item.weight": "mye"}
    answer = kari.send("/tasks/t-week", "/tasks/t-week", act="follow_up.food", **fields)
    assert answer.status_code == 422 and "«mye» er ikke et tall" in answer.text
    assert service.acts == []


# --- The calendar -----------------------------------------------------------------------------------


def secret_of(page: str) -> str:
    found = re.search(r"/calendar/([A-Za-z0-9_-]{43})\.ics", page)
    assert found
    return found[0]


def test_the_calendar_shows_windows_and_no_names(service: FakeService, kari: Visitor, stranger: Visitor) -> None:
    address = secret_of(kari.send("/calendar", "/calendar", act="make").text)
    feed = stranger.client.get(address)
    assert feed.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:Strukturert oppfølging av sykepleier" in feed.text
    assert "DTSTART;VALUE=DATE:20261117" in feed.text and "DTEND;VALUE=DATE:20261121" in feed.text
    for detail in service.details.values():
        assert detail.task.patient_name not in feed.text
        assert detail.task.address not in feed.text


def test_a_new_address_or_none_ends_the_old_one(kari: Visitor, stranger: Visitor) -> None:
    first = secret_of(kari.send("/calendar", "/calendar", act="make").text)
    second = secret_of(kari.send("/calendar", "/calendar", act="make").text)
    assert stranger.client.get(first).status_code == 404
    kari.send("/calendar", "/calendar", act="end")
    assert stranger.client.get(second).status_code == 404


def test_a_guessed_calendar_is_not_there(stranger: Visitor) -> None:
    assert stranger.client.get(f"/calendar/{'a' * 43}.ics").status_code == 404


# --- Without a network --------------------------------------------------------------------------------


def sent(kari: Visitor, task: str, **fields: str) -> dict[str, object]:
    token = kari.client.get("/outbox/token").json()["form_token"]
    answer = kari.client.post("/outbox", data={"task": task, "form_token": token, "key": "offline-key", **fields})
    assert answer.status_code == 200
    told: dict[str, object] = answer.json()
    return told


def test_the_day_is_all_that_is_needed_without_a_network(service: FakeService, kari: Visitor) -> None:
    told = kari.client.get("/offline/pages").json()
    assert {"/", "/?view=mine", "/?view=unit&order=route", "/outbox", "/tasks/t-over", "/visit/t-over"} <= set(
        told["pages"]
    )
    assert told["lasts_seconds"] == 15 * 3600 + 57 * 60 + 59  # from 08.02 until midnight in Oslo
    assert service.read == ["day downloaded"]
    for address in (*told["pages"], *told["assets"]):
        assert kari.client.get(address).status_code == 200, address


def test_what_was_written_on_an_older_version_is_entered_where_nobody_answered_the_same(
    service: FakeService, kari: Visitor
) -> None:
    service.colleague_does(Act.ANSWER, "t-week", answers={"weight": 60})  # what the telephone took along
    service.colleague_does(Act.ANSWER, "t-week", answers={"weight": 70})
    written = {"item.list": "yes", "item.weight": "60", "was.list": "", "was.weight": "60"}
    told = sent(kari, "t-week", act="complete", version="2", **written)
    assert told == {"outcome": "done", "version": 4}
    assert service.details["t-week"].answers == {"weight": 70, "list": "yes"}


def test_ones_own_earlier_answer_is_no_conflict_however_it_is_written(service: FakeService, kari: Visitor) -> None:
    first = {"item.weight": "71,50", "was.weight": ""}
    sent(kari, "t-week", act="answer", version="1", **first)
    told = sent(kari, "t-week", act="complete", version="1", key="second-key", **first, **{"item.list": "yes"})
    assert told["outcome"] == "done"


def test_what_both_answered_otherwise_is_a_conflict_and_changes_nothing(service: FakeService, kari: Visitor) -> None:
    service.colleague_does(Act.ANSWER, "t-week", answers={"food": "yes"})
    told = sent(kari, "t-week", act="complete", version="1", **{"item.list": "yes", "item.food": "no", "was.food": ""})
    assert told["outcome"] == "conflict" and "Ola Berg" in str(told["last"])
    assert service.details["t-week"].answers == {"food": "yes"}


def test_what_a_colleague_has_completed_is_closed_and_takes_a_comment(service: FakeService, kari: Visitor) -> None:
    service.colleague_does(Act.COMPLETE, "t-week", answers={"list": "yes"})
    told = sent(kari, "t-week", act="complete", version="1", **{"item.list": "yes"})
    assert told["outcome"] == "closed"
    after = sent(kari, "t-week", act="comment", version=str(told["version"]), comment="<b>64 kg</b>", key="other-key")
    assert after["outcome"] == "done"
    assert service.details["t-week"].comments[-1][2] == "<b>64 kg</b>"


def test_what_is_another_units_now_is_gone(kari: Visitor) -> None:
    assert sent(kari, "t-far", act="claim", version="1") == {"outcome": "gone"}


def test_the_outbox_sent_twice_is_entered_once(service: FakeService, kari: Visitor) -> None:
    for _ in range(2):
        assert sent(kari, "t-week", act="answer", version="1", **{"item.list": "yes"})["outcome"] == "done"
    assert len(service.acts) == 1


def test_signing_out_wipes_what_the_browser_keeps(kari: Visitor) -> None:
    answer = kari.send("/", "/sign-out")
    assert answer.headers["clear-site-data"] == '"storage"'


def test_a_script_of_a_stranger_is_told_401(stranger: Visitor) -> None:
    for path in ("/offline/pages", "/outbox/token", "/live", "/day/cards"):
        assert stranger.client.get(path).status_code == 401


def test_the_service_worker_sees_all_pages_and_is_never_old(stranger: Visitor) -> None:
    answer = stranger.client.get("/service-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-store"


# --- News -------------------------------------------------------------------------------------------


def test_asking_for_news_does_not_keep_a_session_alive(service: FakeService, kari: Visitor) -> None:
    """Nor does a board that renews itself, which says so in a header."""

    def seen() -> list[datetime]:
        return [row.seen_at for row in service.access.sessions.values()]

    earlier = NOW - timedelta(minutes=3)
    service.access.sessions = {key: replace(row, seen_at=earlier) for key, row in service.access.sessions.items()}
    assert kari.client.get("/day/cards?view=unit").status_code == 200
    assert service.read[-1] == "list refreshed"
    assert kari.client.get("/", headers={"X-Unattended": "1"}).status_code == 200
    assert seen() == [earlier]
    kari.get("/")
    assert seen() == [NOW]


def changed(seq: int, who: Principal | None = None) -> Changes:
    return Changes(Mark(seq, NOW), frozenset(who.seats if who else ()))


def told(watch: Watch, who: Principal, since: int | None, looks: list[Changes], most: int) -> list[str]:
    async def run() -> list[str]:
        heard = []
        left = list(looks)

        def look(_: Mark | None, __: Seen | None) -> Changes:
            return left.pop(0) if len(left) > 1 else left[0]

        async for text in watch.told(who, None if since is None else Mark(since, NOW), look):
            heard.append(text)
            if len(heard) == most:
                break
        return heard

    return asyncio.run(asyncio.wait_for(run(), 5))


def test_a_page_is_told_of_its_own_lists_only() -> None:
    looks = [changed(1), changed(2, KARI), changed(2)]
    watch = Watch(look_seconds=0.01, stream_seconds=0.3)
    heard = told(watch, KARI, 1, looks, most=3)
    assert heard[1] == f"id: {Mark(1, NOW)}\n\n"
    assert heard[2] == f"id: {Mark(2, NOW)}\nevent: changed\ndata: {Mark(2, NOW)}\n\n"
    other = told(Watch(look_seconds=0.01, stream_seconds=0.3), FAR, 1, looks, most=3)
    assert "changed" not in "".join(other)


def test_what_was_missed_between_two_streams_is_told_at_once() -> None:
    heard = told(Watch(stream_seconds=0.1), OLA, 1, [changed(5, OLA)], most=2)
    assert heard[1].startswith("id: 5.")


def test_a_stream_ends_by_itself_and_makes_room() -> None:
    watch = Watch(stream_seconds=0.05)
    told(watch, KARI, None, [changed(1)], most=100_000)
    assert not watch.is_full and not watch._pages


def test_only_so_many_pages_are_told(kari: Visitor) -> None:
    watch: Watch = kari.client.app.state.watch  # type: ignore[attr-defined]
    watch._pages = {object() for _ in range(MOST_STREAMS)}  # type: ignore[misc]
    assert kari.client.get("/live").status_code == 503


def test_the_clock_of_the_list_is_said_without_any_script(kari: Visitor) -> None:
    assert "Oppdatert kl. 08.02" in words(kari.get("/"))
    assert NOW.hour == 7
