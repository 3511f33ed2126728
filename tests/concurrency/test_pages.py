"""Two programs serve the same worklist: of many who send the same task's form one is told that it is done."""

from __future__ import annotations

from pathway_engine.service.engine import Engine
from tests.concurrency.pages import contest, nurses, served, storm
from tests.service.community import Community
from tests.web.visitor import hidden_fields

NURSES = 6


def test_of_many_browsers_one_wins_and_the_others_are_shown_who(home: Community, engines: list[Engine]) -> None:
    """Mutant: the version ignored."""
    with (
        served(engines[0], home) as one,
        served(engines[1], home) as other,
        nurses(home, [one, other], NURSES) as browsers,
    ):
        assert contest(home, browsers, {"act": "comment", "comment": "Ringte"}) == []
        home.passes(minutes=1)
        assert contest(home, browsers, {"act": "claim"}) == []


def test_a_form_sent_many_times_at_once_is_one_act(home: Community, engines: list[Engine]) -> None:
    with served(engines[0], home) as one, nurses(home, [one], 1) as browsers:
        assert storm(home, browsers[0], NURSES, {"act": "answer", "item.what_matters": "Hagen"}) == []


def test_answers_that_a_used_key_carries_are_not_told_saved(home: Community) -> None:
    """The answer to a save was lost on the way; the next save has the old key and one answer more."""
    with served(home.engine, home) as address, nurses(home, [address], 1) as (browser,):
        path = f"/tasks/{home.list_of('kari')['HPH2'].id}"
        form = hidden_fields(browser.get(path).text) | {"item.what_matters": "Hagen"}
        assert browser.post(f"{path}/answers", data=form).status_code == 200
        lost = browser.post(f"{path}/answers", data=form | {"item.weight": "71"})
        assert lost.status_code == 409
        assert "Ikke lagret" in lost.text and "Kari Sykepleier" in lost.text
        shown = browser.post(path, data=form | {"act": "answer", "item.weight": "71"})
        assert shown.status_code == 409 and 'value="71"' in shown.text
