"""The inbox's pages: what is typed stays out of addresses, and every act is a form of our own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

import pytest

from pathway_engine.domain.definition import Text
from pathway_engine.domain.errors import NotPermitted, UnknownTask
from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.service.inbox_acts import InboxAct
from pathway_engine.service.inbox_views import Candidate, MessageInFull, MessageLine, Pile, Sought
from pathway_engine.service.views import Principal
from pathway_engine.web import WebSettings, create_app
from tests.web.fakes import NOW, FakeService
from tests.web.visitor import TestClient, Visitor

MIA = Principal(
    person="mia", name="Mia Melding", role="message_responsible", seats=(("office", "message_responsible"),)
)
OPERATOR = Principal(person="dag", name="Dag Drift", role="operator", seats=(("drift", "operator"),))
LINE = MessageLine(
    id="in/7", pile=Pile.UNMATCHED, message="LOG_INNLAGT", other="Fjord", at=NOW, code="UnmatchedPatient",
    patient_name="Anna B.",
)  # fmt: skip
ANNA = Candidate(
    patient_id="p-1", name="Anna Berg", birth_date=date(1940, 1, 2), address="Strandveien 1", agrees=("family",)
)
NUMBER = make_synthetic(date(1940, 1, 2), 3)


@dataclass
class InboxFake(FakeService):
    """One nameless message."""

    acts_asked: list[InboxAct] = field(default_factory=list)
    searches: list[Sought] = field(default_factory=list)
    helps: bool = True
    allows: tuple[str, ...] = ("place", "run_again")

    def __post_init__(self) -> None:
        FakeService.__init__(self)

    def inbox(self, who: Principal, now: datetime) -> list[MessageLine]:
        return [LINE]

    def message_in_full(self, who: Principal, name: str, now: datetime, sought: Sought | None = None) -> MessageInFull:
        if name != "in/7":
            raise UnknownTask
        if sought is not None:
            self.searches.append(sought)
        return MessageInFull(
            line=LINE, said=(Text(f"innlagt {NUMBER}", "admitted"),), candidates=(ANNA,), acts=self.allows,
            reason="<b>bold</b>", placed_with="Berit Feil",
        )  # fmt: skip

    def act_on_message(self, who: Principal, name: str, asked: InboxAct, now: datetime) -> bool:
        if asked.patient_id == "gone":
            raise NotPermitted
        self.acts_asked.append(asked)
        return self.helps

    def principal(self, person: str, role: str) -> Principal | None:
        return {"mia": MIA, "dag": OPERATOR}.get(person) or super().principal(person, role)

    def principal_of_access_key(self, key: str) -> Principal | None:
        return {"mia-access-key": MIA, "dag-access-key": OPERATOR}.get(key) or super().principal_of_access_key(key)


@pytest.fixture
def service() -> InboxFake:
    return InboxFake()


@pytest.fixture
def mia(service: InboxFake, settings: WebSettings) -> Visitor:
    return _visitor(service, settings, "mia-access-key")


def _visitor(service: InboxFake, settings: WebSettings, key: str) -> Visitor:
    app = create_app(service, settings, lambda: NOW)
    return Visitor(TestClient(app, follow_redirects=False)).sign_in(key)


def test_the_inbox_says_why_each_message_stopped(mia: Visitor) -> None:
    page = mia.get("/inbox")
    assert "Anna B." in page and "Meldingen har ikke fødselsnummer, bare navn." in page and 'href="/inbox/in/7"' in page


def test_a_message_is_called_what_people_call_it(mia: Visitor) -> None:
    assert "Melding om innlagt pasient" in mia.get("/inbox") and "LOG_INNLAGT" not in mia.get("/inbox")
    assert "Notice of admission" in mia.get("/inbox?lang=en")
    page = mia.get("/inbox/in/7?lang=nb")
    assert "<small>Melding om innlagt pasient</small>" in page and page.count("LOG_INNLAGT") == 1


def test_a_message_that_nobody_can_read_the_type_of_is_called_so() -> None:
    assert replace(LINE, message="").title == Text("Melding uten lesbar type", "Message without a readable type")


@pytest.mark.parametrize(
    ("role", "home", "words"), [("admin", "/account", "Min konto"), ("home_care_nurse", "/", "Min dag")]
)
def test_who_may_not_open_a_page_is_led_to_one_that_opens(
    service: InboxFake, settings: WebSettings, role: str, home: str, words: str
) -> None:
    who = Principal(person="sigrid", name="Sigrid", role=role, seats=(("office", role),))
    service.principal_of_access_key = service.principal = lambda *_: who  # type: ignore[method-assign,assignment]
    refused = _visitor(service, settings, "any-access-key").client.get("/inbox")
    assert refused.status_code == 403
    assert f'href="{home}">Gå til {words}</a>' in refused.text


def test_a_number_that_is_searched_for_is_in_no_address_and_on_no_page(mia: Visitor, service: InboxFake) -> None:
    answer = mia.send("/inbox/in/7", "/inbox/in/7/search", number=f" {NUMBER} ", birth_date="", name="")
    assert answer.status_code == 200
    assert service.searches == [Sought(number=NUMBER)]
    assert NUMBER not in answer.text and NUMBER not in str(answer.url) + str(answer.headers)
    assert mia.client.get("/inbox/in/7/search", params={"number": "1"}).status_code in (403, 404, 405)


def test_a_search_for_nothing_says_what_would_be_right(mia: Visitor) -> None:
    answer = mia.send("/inbox/in/7", "/inbox/in/7/search", number="", birth_date="i går", name="")
    assert answer.status_code == 422 and "Skriv et fødselsnummer, eller velg en fødselsdato." in answer.text


def test_the_chosen_patient_is_placed_once_a_key_and_the_inbox_says_so(mia: Visitor, service: InboxFake) -> None:
    answer = mia.send("/inbox/in/7", "/inbox/in/7", act="place", patient="p-1")
    (asked,) = service.acts_asked
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    assert (asked.act, asked.patient_id, len(asked.key)) == ("place", "p-1", 32)
    assert "Meldingen er plassert" in mia.get("/inbox")
    assert "Meldingen er plassert" not in mia.get("/inbox")


def test_what_stops_again_is_shown_again(mia: Visitor, service: InboxFake) -> None:
    service.helps = False
    answer = mia.send("/inbox/in/7", "/inbox/in/7", act="run_again")
    assert answer.headers["location"] == "/inbox/in/7"
    assert "stoppet igjen" in mia.get("/inbox/in/7")


def test_a_message_is_moved_to_the_chosen_patient_for_a_reason(mia: Visitor, service: InboxFake) -> None:
    service.allows = ("move",)
    page = mia.get("/inbox/in/7")
    assert "Meldingen er lagt hos Berit Feil." in page and "Flytt til valgt pasient" in page
    assert mia.send("/inbox/in/7", "/inbox/in/7", act="move", patient="p-1", reason=" ").status_code == 422
    assert mia.send("/inbox/in/7", "/inbox/in/7", act="move", reason="Feil søsken").status_code == 422
    assert service.acts_asked == []
    answer = mia.send("/inbox/in/7", "/inbox/in/7", act="move", patient="p-1", reason="Feil søsken")
    (asked,) = service.acts_asked
    assert (answer.headers["location"], asked.patient_id, asked.reason) == ("/inbox", "p-1", "Feil søsken")
    assert "Meldingen er flyttet" in mia.get("/inbox")


def test_without_a_choice_nothing_is_placed(mia: Visitor, service: InboxFake) -> None:
    answer = mia.send("/inbox/in/7", "/inbox/in/7", act="place")
    assert (answer.status_code, service.acts_asked) == (422, [])
    assert mia.send("/inbox/in/7", "/inbox/in/7", act="place", patient="gone").status_code == 403


@pytest.mark.parametrize("fields", [{"act": "delete"}, {"act": "run_again", "key": "short"}])
def test_a_form_that_is_not_ours_is_refused(mia: Visitor, fields: dict[str, str]) -> None:
    assert mia.send("/inbox/in/7", "/inbox/in/7", **fields).status_code == 400
    assert mia.client.post("/inbox/in/7", data={"act": "run_again", "key": "k" * 32}).status_code == 403


def test_nurses_and_operators_are_kept_where_they_belong(
    kari: Visitor, service: InboxFake, settings: WebSettings
) -> None:
    assert kari.client.get("/inbox").status_code == 403
    operator = _visitor(service, settings, "dag-access-key")
    assert operator.send("/inbox/in/7", "/inbox/in/7/search", number=NUMBER).status_code == 403
    assert service.searches == []


def test_numbers_are_starred_and_words_are_words(mia: Visitor) -> None:
    page = mia.get("/inbox/in/7")
    assert NUMBER not in page and "***********" in page and "<b>bold" not in page
    assert mia.client.get("/inbox/in/8").status_code == 404
