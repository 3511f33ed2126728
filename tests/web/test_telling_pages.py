"""Meld fra on the patient's page: a form without script, what is wrong beside its field, nobody else's patient."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.board_town import BoardTown
from tests.web.board_visitors import visitor
from tests.web.visitor import hidden_fields

PATH, TOLD = "/patients/canary1x", "/patients/canary1x/told"


@pytest.fixture
def town(sqlite_url: str) -> Iterator[BoardTown]:
    made = BoardTown(sqlite_url)
    made.ready()
    made.tell("discharged", destination="home")
    made.passes(days=1)
    yield made
    made.close()


def test_a_fall_told_on_the_page_is_on_the_list(town: BoardTown) -> None:
    browser = visitor(town, "kari")
    done = browser.send(PATH, TOLD, event="fall_reported")
    assert (done.status_code, done.headers["location"]) == (303, PATH)
    shown = browser.get(PATH)
    assert "Meldingen er lagret" in shown and "HPH4" in shown and "meldte fra om noe" in shown


def test_what_was_done_is_said_by_whichever_page_comes_next(town: BoardTown) -> None:
    """Mutant: each room knows its own texts alone, and another room's page fails."""
    browser = visitor(town, "kari")
    browser.send(PATH, TOLD, event="fall_reported")
    assert "Meldingen er lagret" in browser.get("/")
    list_of, task = browser.get("/"), next(iter(town.engine.worklist(town.who("kari"), town.now)))
    assert "Meldingen er lagret" not in list_of
    browser.send(f"/tasks/{task.id}", f"/tasks/{task.id}", act="claim")
    assert "Oppgaven er din." in browser.get(PATH)


def test_what_does_not_fit_is_said_beside_its_field_and_what_was_typed_is_kept(town: BoardTown) -> None:
    browser = visitor(town, "kari")
    answer = browser.send(PATH, TOLD, event="fall_reported", at="2031-01-01T10:00")
    assert answer.status_code == 422 and 'id="problem-at"' in answer.text
    assert 'value="2031-01-01T10:00"' in answer.text and 'value="fall_reported" selected' in answer.text
    assert 'id="problem-event"' in browser.send(PATH, TOLD, event="died").text
    assert browser.send(PATH, TOLD, event="fall_reported", at="tomorrow").status_code == 422


def test_who_may_not_tell_has_no_form_and_is_refused(town: BoardTown) -> None:
    """Mutant: the form is everybody's."""
    ward, form = visitor(town, "anna"), hidden_fields(visitor(town, "anna").get("/board"))
    assert "/told" not in ward.get(PATH)
    assert ward.client.post(TOLD, data=form | {"event": "fall_reported", "key": "k" * 9}).status_code == 403
    stranger = visitor(town, "liv")
    form = hidden_fields(stranger.get("/")) | {"event": "fall_reported", "key": "k" * 9}
    assert stranger.client.post(TOLD, data=form).status_code == 404
