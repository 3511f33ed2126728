"""The board, the office's answer, registration by hand and the patient's page, as they reach a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from pathway_engine.domain.events import Act
from pathway_engine.domain.identifiers import make_synthetic
from tests.service.board_town import BoardTown
from tests.web.board_visitors import visitor
from tests.web.visitor import Visitor, hidden_fields

NUMBER = make_synthetic(date(1938, 9, 14), 7)


@pytest.fixture
def town(sqlite_url: str) -> Iterator[BoardTown]:
    """A patient who waits on each ward, for each municipality."""
    made = BoardTown(sqlite_url)
    made.ready("1", "MED", "5001")
    made.ready("2", "KIR", "5059")
    made.passes(hours=26)
    yield made
    made.close()


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\N{NO-BREAK SPACE}", " ")


PATIENTS = {"anna": "canary1x", "bo": "canary2x", "siri": "canary1x", "odd": "canary2x"}


@pytest.mark.parametrize("person", PATIENTS)
def test_no_page_shows_a_patient_of_somebody_else(town: BoardTown, person: str) -> None:
    own, other = PATIENTS[person], ({"canary1x", "canary2x"} - {PATIENTS[person]}).pop()
    browser = visitor(town, person)
    for path in ("/board", "/board?wall=1", "/board?lang=en", f"/patients/{own}"):
        assert other not in browser.get(path), path
    assert own in browser.get("/board")
    for path in (f"/patients/{other}", "/patients/none"):
        assert browser.client.get(path).status_code == 404
    one, missing = (browser.client.get(f"/patients/{id}").text for id in (other, "none"))
    token = hidden_fields(one).get("form_token", "-")
    assert one.replace(token, "") == missing.replace(token, "")


def test_the_board_says_what_lacks_how_old_it_is_and_whose_it_is(town: BoardTown) -> None:
    said = plain(visitor(town, "anna").get("/board"))
    assert "Svar fra kommunen mangler 2 døgn 2 t" in said
    assert "over 2 døgn" in said and "Hos: Tildeling 1" in said and "HPH0 0/17" in said
    assert "2 døgn, ikke priset" in said and "Døgnpris mangler for 2026" in said
    assert "Sist meldt for 2 døgn 2 t siden" in said and "Kan være utdatert" in said
    assert f"Oppdatert {town.now.hour + 1:02}.00" in said


def test_a_wall_shows_initials_alone_and_nothing_to_press_of_patients(town: BoardTown) -> None:
    """Mutant: the wall shows names."""
    html = visitor(town, "siri").get("/board?wall=1")
    assert "A.F." in plain(html) and "Astrid" not in html and "Strandveien" not in html
    assert "/patients/" not in html and "Sykehjemmet 1" not in html
    assert "Astrid F." in visitor(town, "siri").get("/board")


def test_the_board_asks_anew_by_itself_and_a_wall_without_scripts_too(town: BoardTown) -> None:
    browser = visitor(town, "anna")
    assert 'hx-trigger="every 60s"' in browser.get("/board")
    refresh = '<noscript><meta http-equiv="refresh" content="60"></noscript>'
    assert refresh in browser.get("/board?wall=1") and refresh not in browser.get("/board")


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("kari", "/board"),
        ("kari", "/board/register"),
        ("anna", "/patients/canary1x/answer"),
        ("siri", "/board/register"),
    ],
)
def test_who_has_no_part_in_it_is_refused(town: BoardTown, person: str, path: str) -> None:
    assert visitor(town, person).client.get(path).status_code == 403


def test_the_answer_is_one_form_that_sends_the_message_and_shows_how_far_it_has_come(town: BoardTown) -> None:
    browser = visitor(town, "siri")
    path = "/patients/canary1x/answer"
    done = browser.send(path, path, **{"item.can_receive": "now", "item.contact": "73 00 00 00"})
    assert (done.status_code, done.headers["location"]) == (303, path)
    said = plain(browser.get(path))
    assert "Svaret er registrert" in said and "venter på å bli sendt" in said and "Kan ta imot nå" in said
    with town.engine.context.store.reading() as records:
        assert [row.message for row in records.outgoing_of_patient("canary1x")] == ["DIALOG_HELSEFAGLIG/7"]
    assert "Kommunen kan ta imot" in plain(visitor(town, "anna").get("/board"))


def test_the_same_form_twice_sends_one_message(town: BoardTown) -> None:
    """Mutant: each press is an act of its own."""
    browser, path = visitor(town, "siri"), "/patients/canary1x/answer"
    form = hidden_fields(browser.get(path)) | {"item.can_receive": "now", "item.contact": "73 00 00 00"}
    for _ in range(2):
        assert browser.client.post(path, data=form).status_code == 303
        town.passes(seconds=2)
    with town.engine.context.store.reading() as records:
        assert len(records.outgoing_of_patient("canary1x")) == 1


def test_what_the_answer_lacks_is_said_and_what_was_typed_is_kept(town: BoardTown) -> None:
    browser, path = visitor(town, "siri"), "/patients/canary1x/answer"
    answer = browser.send(path, path, **{"item.can_receive": "from_date", "item.contact": ""})
    assert answer.status_code == 422
    assert 'href="#item.offer_ready_on"' in answer.text and 'href="#item.contact"' in answer.text
    assert 'value="from_date" checked' in answer.text
    with town.engine.context.store.reading() as records:
        assert records.outgoing_of_patient("canary1x") == []


def test_somebody_else_was_first_and_nothing_is_lost(town: BoardTown) -> None:
    browser, path = visitor(town, "siri"), "/patients/canary1x/answer"
    form = hidden_fields(browser.get(path)) | {"item.can_receive": "cannot", "item.contact": "Min tekst"}
    task = town.engine.worklist(town.who("siri"), town.now)[0]
    town.engine.act(
        town.who("siri"), task.id, Act.COMMENT, version=task.version, key="x" * 9, now=town.now, comment="først"
    )
    answer = browser.client.post(path, data=form)
    assert answer.status_code == 409
    assert "Min tekst" in answer.text and 'value="cannot" checked' in answer.text


def test_an_answer_for_a_foreign_patient_or_with_anothers_task_is_refused(town: BoardTown) -> None:
    browser = visitor(town, "siri")
    form = hidden_fields(browser.get("/patients/canary1x/answer"))
    assert browser.client.post("/patients/canary2x/answer", data=form).status_code == 404
    foreign = town.engine.worklist(town.who("odd"), town.now)[0].id
    assert browser.client.post("/patients/canary1x/answer", data=form | {"task": foreign}).status_code == 404


def test_an_answer_for_one_patient_is_never_taken_as_anothers(town: BoardTown) -> None:
    """Mutant: any task of the office's own will do."""
    town.ready("3", "MED", "5001")
    browser = visitor(town, "siri")
    other = {each.patient_id: each for each in town.engine.worklist(town.who("siri"), town.now)}["canary3x"]
    form = hidden_fields(browser.get("/patients/canary1x/answer"))
    form |= {"task": other.id, "version": str(other.version), "item.can_receive": "now", "item.contact": "73 00 00 00"}
    assert browser.client.post("/patients/canary1x/answer", data=form).status_code == 404
    with town.engine.context.store.reading() as records:
        assert records.outgoing_of_patient("canary3x") == []


def test_places_are_saved_and_what_is_no_number_is_said_at_its_unit(town: BoardTown) -> None:
    browser = visitor(town, "siri")
    assert browser.send("/board", "/board/places", unit="inn1", free="3", total="20").status_code == 303
    assert "3 / 20" in plain(browser.get("/board"))
    for free, total in (("tre", ""), ("4", "3"), ("", "")):
        wrong = browser.send("/board", "/board/places", unit="inn1", free=free, total=total)
        assert wrong.status_code == 422 and 'id="wrong-inn1"' in wrong.text
    assert browser.send("/board", "/board/places", unit="inn2", free="1", total="").status_code == 403
    assert "Siri Søknad" in plain(visitor(town, "anna").get("/board"))


def registered(browser: Visitor, **fields: str) -> tuple[int, str, str]:
    given = {"identity": NUMBER, "status": "discharge_ready", "municipality": "5001", "day": "", **fields}
    answer = browser.send("/board/register", "/board/register", **given)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def test_registration_by_hand_leads_to_a_receipt_without_the_number(town: BoardTown) -> None:
    """Mutant: the number is in the address."""
    browser = visitor(town, "bo")
    status, location, _ = registered(browser)
    assert (status, bool(re.fullmatch(r"/board/register/\d{1,6}", location))) == (303, True)
    receipt = browser.get(location)
    assert "Tatt inn. Kommunen ser det nå." in receipt and NUMBER not in receipt and "Bo Avdeling, Kirurgi" in receipt
    assert visitor(town, "anna").client.get(location).status_code == 404
    assert "Uten navn" in plain(visitor(town, "siri").get("/board"))


def test_what_is_wrong_with_a_registration_says_what_would_be_right(town: BoardTown) -> None:
    status, _, html = registered(visitor(town, "bo"), identity="14093", status="home", day="i går", municipality="")
    assert status == 422 and "for eksempel 2026-11-20T13:00" in html
    status, _, html = registered(visitor(town, "bo"), identity="14093", status="home", municipality="")
    assert status == 422
    for field, words in (
        ("identity", "11 siffer"),
        ("municipality", "velg en kommune"),
        ("day", "da pasienten reiste"),
    ):
        assert f'href="#{field}"' in html and words in html
    assert 'value="14093"' in html  # what was typed is kept


def test_a_ward_with_integration_is_told_who_can_change_that(town: BoardTown) -> None:
    assert "Posten din er ikke satt opp" in visitor(town, "anna").get("/board/register")


def test_the_patients_page_tells_the_goal_first_and_why_on_every_task(town: BoardTown) -> None:
    html = visitor(town, "siri").get("/patients/canary1x")
    said = plain(html)
    assert said.index("Hva er viktig for deg?") < said.index("Status") < said.index("Faser") < said.index("Oppgaver")
    assert html.count('class="task-line') == html.count('<details class="why">') >= 4
    assert "linje " in said and "Slik er fristen regnet" in said
    assert "Siri Søknad, Tildeling 1 (Tildelingskontor): åpnet pasientforløpet" in said


def test_a_task_leads_to_its_patient(town: BoardTown) -> None:
    browser = visitor(town, "siri")
    task = town.engine.worklist(town.who("siri"), town.now)[0]
    assert 'href="/patients/canary1x"' in browser.get(f"/tasks/{task.id}")


def test_texts_of_patients_are_text(town: BoardTown) -> None:
    """What people write reaches the page as text and not as markup."""
    naughty = '<script>alert(1)</script>" onx='
    browser, path = visitor(town, "siri"), "/patients/canary1x/answer"
    browser.send(path, path, **{"item.can_receive": "now", "item.contact": naughty})
    for page in (path, "/patients/canary1x", "/board"):
        assert "<script>alert" not in browser.get(page)


def test_time_goes_on_and_the_board_with_it(town: BoardTown) -> None:
    browser = visitor(town, "anna")
    town.now += timedelta(minutes=5)
    assert "Oppdatert" in browser.get("/board")
    town.tell("discharged", "1", destination="home")
    assert "Reist" in plain(browser.get("/board"))
