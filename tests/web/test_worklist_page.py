"""Min dag shows what is to be done, in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from pathway_engine.domain.definition import Text
from pathway_engine.web.language import language
from pathway_engine.web.window import left_text, section_of, window_text
from tests.web.fakes import NOW, FakeService, oslo_night, view
from tests.web.visitor import Visitor

NB, EN = language("nb"), language("en")
NOON, MIDNIGHT = (datetime(2026, 11, 18, hour, tzinfo=UTC) for hour in (12, 23))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_list_opens_on_what_is_mine_when_something_is(kari: Visitor) -> None:
    page = words(kari.get("/"))
    assert "Mine (4) Ruten (7) Ufordelt (3)" in page
    assert "Kari N." in page
    assert "Berit L." not in page


def test_the_list_opens_on_the_unit_when_nothing_is_mine(stranger: Visitor) -> None:
    assert "Berit L." in stranger.sign_in("ola-access-key").get("/")


def test_sections_stand_in_order_of_urgency(kari: Visitor) -> None:
    headings = re.findall(r'class="group"[^>]*><span>([^<]+)<', kari.get("/?view=unit"))
    assert headings == [
        "Over frist (1)",
        "I dag (2)",
        "Denne uken (2)",
        "Senere (1)",
        "Venter på hendelse (1)",
    ]


def test_another_units_task_is_in_no_selection(kari: Visitor) -> None:
    assert all("Ukjent U." not in kari.get(f"/?view={name}") for name in ("mine", "unit", "unassigned"))


def test_a_card_says_everything_in_words(kari: Visitor) -> None:
    page = words(kari.get("/"))
    for said in ("Kari N. , 84 år · Prinsens gate 4B", "1 dag over", "Løftet til deg", "Lovfestet"):
        assert said in page
    assert page.count("Ikke verifisert regel") == 2


def test_a_route_stands_under_one_heading_in_the_order_of_its_addresses(kari: Visitor) -> None:
    page = words(kari.get("/?view=unit&order=route"))
    assert "7030 Trondheim (2)" in page
    assert page.index("Elgeseter gate 4") < page.index("Elgeseter gate 12")


def test_all_of_a_patients_tasks_stand_under_one_name(kari: Visitor) -> None:
    assert "Anne B., 88 år · Nardovegen 14 (3) Besøk Anne B." in words(kari.get("/?view=unit&order=patient"))


def test_the_list_is_narrowed_by_step_deadline_and_route(kari: Visitor) -> None:
    assert re.findall(r'data-task="([^"]+)"', kari.get("/?view=unit&step=HPH5")) == ["t-later"]
    assert re.findall(r'data-task="([^"]+)"', kari.get("/?view=unit&overdue=1")) == ["t-over"]
    assert set(re.findall(r'data-task="([^"]+)"', kari.get("/?view=unit&route=7030"))) == {"t-today", "t-free"}


def test_a_name_is_searched_for_without_standing_in_any_address(kari: Visitor) -> None:
    answer = kari.send("/?view=unit", "/?view=unit", search="berit elgeseter")
    assert re.findall(r'data-task="([^"]+)"', answer.text) == ["t-free"]
    assert not re.search(r'(href|action)="[^"]*berit', answer.text, re.IGNORECASE)


def test_an_empty_list_says_what_will_come_and_where_to_look(stranger: Visitor) -> None:
    page = stranger.sign_in("ola-access-key").get("/?view=mine")
    assert "Ingen oppgaver er dine nå" in page
    assert "Se ufordelte (3)" in page


def test_the_list_carries_no_birth_date(kari: Visitor) -> None:
    assert "1938" not in kari.get("/?view=unit")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "kan gjøres 17.–20. nov.", id="a-window-of-days"),
        pytest.param({"due_at": oslo_night(18)}, "i dag", id="the-rest-of-today"),
        pytest.param({"due_at": NOON}, "i dag innen kl. 13.00", id="hour-in-oslo"),
        pytest.param({"due_at": MIDNIGHT, "raised_at": NOW}, "i dag", id="midnight-ends-the-day-before"),
        pytest.param({"due_at": None, "waits_for": "discharged", "waits_for_words": Text("utskrevet", "discharged")},
                     "Fristen starter ved: utskrevet", id="waits"),
        pytest.param({"due_at": oslo_night(17), "overdue": True}, "Fristen var tir. 17. nov.", id="was"),
        pytest.param({"opens_at": oslo_night(18).replace(hour=23), "due_at": oslo_night(24)},
                     "kan gjøres 19.–24. nov.", id="opens-later"),
    ],
)  # fmt: skip
def test_a_window_is_written_as_norwegians_do(changes: dict[str, object], expected: str) -> None:
    assert window_text(view("t", **changes), NOW, NB) == expected


def test_a_window_in_english() -> None:
    assert window_text(view("t"), NOW, EN) == "can be done 17–20 Nov"


@pytest.mark.parametrize(
    ("changes", "section", "left"),
    [
        pytest.param({"due_at": oslo_night(22)}, "week", "4 dager igjen", id="sunday-is-this-week"),
        pytest.param({"due_at": oslo_night(23)}, "later", "5 dager igjen", id="monday-is-not"),
        pytest.param({"deferred_until": oslo_night(18)}, "today", "2 dager igjen", id="wish-date-first"),
        pytest.param({"due_at": None}, "waiting", "Venter", id="no-deadline-yet"),
    ],
)
def test_a_task_stands_in_its_section(changes: dict[str, object], section: str, left: str) -> None:
    task = view("t", **changes)
    assert (section_of(task, NOW), left_text(task, NOW, NB)) == (section, left)


def test_a_name_that_is_code_is_only_text(service: FakeService, kari: Visitor) -> None:
    naughty = '<script>alert("x")</script>\'"><img src=x onerror=y>'
    service.__init__([view("t", patient_name=naughty, address=naughty)])  # type: ignore[misc]
    page = kari.get("/?view=unit") + kari.get("/tasks/t")
    assert "<script>alert" not in page and "<img" not in page
    assert "&lt;script&gt;" in page


def test_the_json_list_holds_what_the_page_holds(kari: Visitor) -> None:
    tasks = kari.client.get("/api/worklist").json()["tasks"]
    assert {task["id"] for task in tasks} == {
        "t-over", "t-today", "t-answer", "t-week", "t-free", "t-later", "t-waits",
    }  # fmt: skip
    assert next(task for task in tasks if task["id"] == "t-week")["due_at"] == "2026-11-20T22:59:59Z"
