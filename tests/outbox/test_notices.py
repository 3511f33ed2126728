"""Notices: on whose list they stand, who may do what to them, and what the doctor says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathway_engine.domain.directory import Directory, Organisation
from pathway_engine.domain.errors import IllegalTransition, UnknownTask, VersionConflict
from pathway_engine.domain.events import Act
from pathway_engine.domain.tasks import Place
from pathway_engine.service.concerns import seats_for
from pathway_engine.service.receipts import send_again
from pathway_engine.service.views import TaskDetail, TaskView
from pathway_engine.web import WebSettings, create_app
from tests.outbox.house import House
from tests.outbox.receiver import Wire
from tests.service.community import directory
from tests.web.visitor import SECRET, TestClient, Visitor

EAST, OFFICE = ("east", "home_care_nurse"), ("office", "message_responsible")
TOWN = Place(municipality="5001", district="01")


def with_units(*units: Organisation) -> Directory:
    known = directory()
    return replace(known, organisations={**known.organisations, **{unit.id: unit for unit in units}})


OPERATOR = Organisation(id="op", name="Drift", kind="other", roles=("operator",))
EVERYWHERE = Organisation(id="help", name="Felles", kind="other", roles=("message_responsible",))


@pytest.mark.parametrize(
    ("known", "place", "sender", "seats"),
    [
        pytest.param(directory(), TOWN, EAST, (EAST, OFFICE), id="sender-and-message-responsible"),
        pytest.param(directory(), TOWN, None, (OFFICE,), id="message-responsible-of-the-place"),
        pytest.param(with_units(OPERATOR), TOWN, None, (OFFICE,), id="the-operator-only-when-there-is-nobody-else"),
        pytest.param(with_units(OPERATOR), Place(), None, (("op", "operator"),), id="nobody-knows-where"),
        pytest.param(
            with_units(OPERATOR, EVERYWHERE), Place(), None, (("help", "message_responsible"),), id="the-community's"
        ),
        pytest.param(Directory(), TOWN, None, (), id="nobody"),
    ],
)
def test_whose_list_it_is(known: Directory, place: Place, sender: tuple[str, str] | None, seats: object) -> None:
    assert seats_for(known, place, sender) == seats


@pytest.fixture
def notice(house: House, wire: Wire) -> TaskView:
    wire.happens = lambda letter, attempt: "refuse"
    house.decides("anna")
    house.sends()
    return house.notices()[0]


def act(house: House, notice: TaskView, act: Act, key: str, person: str = "mia", comment: str = "") -> TaskDetail:
    """Do it to the notice in the version that *notice* shows."""
    who = house.community.who(person)
    return house.engine.act(
        who, notice.id, act, version=notice.version, key=key, now=house.clock(), comment=comment
    )  # fmt: skip


def test_a_notice_is_claimed_commented_and_completed(house: House, notice: TaskView) -> None:
    claimed = act(house, notice, Act.CLAIM, "a")
    assert claimed.task.performer == "mia"
    said = act(house, claimed.task, Act.COMMENT, "b", comment="ringt")
    assert [text for _, _, text in said.comments] == ["ringt"]
    done = act(house, said.task, Act.COMPLETE, "c")
    assert done.task.status == "completed" and done.allowed == ("comment",)
    assert house.notices() == house.notices("kari") == []
    assert house.counts() == {"refused": 1}


def test_an_act_sent_twice_is_done_once(house: House, notice: TaskView) -> None:
    first = act(house, notice, Act.COMMENT, "same", comment="ringt")
    again = act(house, notice, Act.COMMENT, "same", comment="ringt")
    assert len(again.comments) == 1 and again.task.version == first.task.version


def test_of_two_at_once_one_sees_that_the_other_was_first(house: House, notice: TaskView) -> None:
    act(house, notice, Act.CLAIM, "a")
    with pytest.raises(VersionConflict):
        act(house, notice, Act.CLAIM, "b", person="kari")


def test_a_notice_is_not_deferred(house: House, notice: TaskView) -> None:
    with pytest.raises(IllegalTransition):
        act(house, notice, Act.DEFER, "a")


def test_a_foreign_notice_looks_like_a_missing_one(house: House, notice: TaskView) -> None:
    per = house.community.who("per")
    with pytest.raises(UnknownTask):
        house.engine.task(per, notice.id, house.clock())
    with pytest.raises(UnknownTask):
        house.engine.act(per, notice.id, Act.CLAIM, version=notice.version, key="x", now=house.clock())


def test_what_is_read_and_done_is_on_record(house: House, notice: TaskView) -> None:
    act(house, notice, Act.CLAIM, "a")
    with house.engine.context.store.reading() as records:
        rows = records.audit("anna")
    assert [(row.actor, row.action) for row in rows] == [("mia", "notice read"), ("mia", "notice claim")]


def test_failing_again_while_the_notice_is_open_adds_a_line_and_no_second_notice(house: House, wire: Wire) -> None:
    wire.happens = lambda letter, attempt: "down"
    house.decides("anna")
    house.settles()
    send_again(house.engine.context, house.rows()["anna/0"].id, "op", house.clock())
    house.settles()
    assert len(house.notices()) == 1


def test_the_health_counts_notices_and_those_that_nobody_sees(house: House, notice: TaskView) -> None:
    health = house.engine.health(house.clock())
    assert (health["notices"], health["notices_on_no_list"]) == (1, 0)
    assert notice.patient_id == "anna"


def test_a_notice_is_read_and_completed_on_the_pages(house: House, notice: TaskView) -> None:
    house.engine.grant_access_key("mia", "mias-access-key", house.clock())
    settings = WebSettings(session_secret=SECRET, https_only=False, demo_sign_in=False)
    app = create_app(house.engine, settings, house.clock)
    mia = Visitor(TestClient(app, follow_redirects=False)).sign_in("mias-access-key")
    assert notice.id in mia.get("/")
    page = mia.get(f"/tasks/{notice.id}")
    assert "Melding har ikke kommet fram" in page and "Refused:E21" in page and "0–0" not in page
    assert mia.act(notice.id, {"act": "complete"}).status_code == 303
    assert notice.id not in mia.get("/")
