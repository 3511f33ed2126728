"""Texts that programs stumble over, in every free text of the pages: kept as they are, shown as text, no more."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from icalendar import Calendar
from lxml import html

from adapters.hl7v2.escaping import decode, encode
from pathway_engine.csv_text import csv_text
from pathway_engine.domain.definition import Text
from pathway_engine.domain.events import Act
from pathway_engine.log_lines import LogLines, allowed_value
from pathway_engine.service.feeds import Appointment
from pathway_engine.service.views import TaskView
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.calendar_pages import calendar_of
from pathway_engine.web.language import language
from tests.naughty import NAUGHTY, SENDABLE
from tests.service.community import Community
from tests.web.fakes import NOW
from tests.web.visitor import SECRET, TestClient, Visitor, hidden_fields

ADDRESSES = ("href", "src", "action", "formaction", "data", "poster", "xlink:href")
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])
CONTROL_BYTES = {*range(9), 11, 12, *range(14, 32), 127}
ITEMS = ("what_matters", "breathing", "elimination", "skin", "sleep_mood", "senses", "self_care", "carer")
KEY = "a-key-of-kari-in-this-test"


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Community]:
    """Astrid is at home, and Kari is to visit."""
    community = Community(f"sqlite:///{tmp_path_factory.mktemp('naughty')}/pathway.sqlite")
    community.tell("admitted", receives_services=True)
    community.passes(hours=26)
    community.tell("discharged", destination="home")
    community.engine.grant_access_key("kari", KEY, community.now)
    yield community
    community.close()


@pytest.fixture(scope="module")
def kari(community: Community) -> Visitor:
    settings = WebSettings(session_secret=SECRET, https_only=False, demo_sign_in=False)
    app = create_app(community.engine, settings, lambda: community.now)
    return Visitor(TestClient(app, follow_redirects=False)).sign_in(KEY)


def visit(community: Community) -> TaskView:
    tasks = community.engine.worklist(community.who("kari"), community.now)
    return next(task for task in tasks if task.step == "HPH2")


def fields_of(page: str) -> dict[str, str]:
    """What stands in the text fields of a page, by name; a browser leaves out a line feed at the very beginning."""
    tree = html.fromstring(page)
    written = {each.get("name"): each.text or "" for each in tree.xpath("//textarea")}
    return written | {each.get("name"): each.get("value") or "" for each in tree.xpath("//input[@type='text']")}


class Running(HTMLParser):
    """What of a page can run, or lead elsewhere: scripts, handlers, addresses that are code, foreign attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "object", "embed", "svg", "math", "base", "meta", "link", "style", "img"}:
            self.found.append(f"{tag} {dict(attrs).get('src') or dict(attrs).get('href') or ''}")
        for name, value in attrs:
            is_code = name in ADDRESSES and (value or "").strip().lower().startswith(
                ("javascript:", "data:", "vbscript:")
            )
            if name.startswith("on") or name in {"style", "formaction", "srcdoc"} or is_code:
                self.found.append(f"{tag} {name}")
            if name.startswith(("hx-", "data-hx-")):
                self.found.append(f"{tag} {name}={value}")


def running(page: str) -> list[str]:
    parser = Running()
    parser.feed(page)
    return sorted(set(parser.found))


def nodes(page: str) -> list[str]:
    """The same by another parser, which repairs as browsers do."""
    tree = html.fromstring(page)
    code = tree.xpath("//script|//iframe|//object|//embed|//base|//@*[starts-with(name(), 'on')]|//svg|//math")
    return sorted(str(getattr(each, "tag", each)) for each in code)


def told(text: str) -> str:
    """What a form makes of a text: the same without what no text may hold, lines ended alike, ends cut."""
    sent = text.encode("utf-8", "replace").decode()
    return sent.translate(CONTROL).replace("\r\n", "\n").strip()


def test_every_text_in_a_comment_is_shown_as_text(community: Community, kari: Visitor) -> None:
    """Mutant: a comment goes into the page as markup."""
    task = visit(community)
    before = kari.get(f"/tasks/{task.id}")
    for number, text in enumerate(each for each in SENDABLE if told(each)):
        if number % 6:
            act(community, task.id, Act.COMMENT, number, comment=told(text)[:3999])
        else:
            form = hidden_fields(kari.get(f"/tasks/{task.id}")) | {"act": "comment", "comment": text[:3999]}
            assert kari.client.post(f"/tasks/{task.id}", data=form).status_code == 303, number
    page = kari.get(f"/tasks/{task.id}")
    assert running(page) == running(before) and nodes(page) == nodes(before)
    detail = community.engine.task(community.who("kari"), task.id, community.now)
    kept = {"".join(said.split()) for _, _, said in detail.comments}
    lost = [text for text in SENDABLE if "".join(told(text).split()) not in kept | {""}]
    assert lost == []
    answer = kari.client.get(f"/api/tasks/{task.id}")
    assert len(json.loads(answer.text)["comments"]) == len(detail.comments)


def act(community: Community, task: str, what: Act, number: int, **given: Any) -> None:
    """Do it as Kari, to the task as it is now."""
    community.now += timedelta(seconds=1)
    who, version = community.who("kari"), visit(community).version
    community.engine.act(who, task, what, version=version, key=f"{what}{number}", now=community.now, **given)


def test_every_text_in_an_answer_is_kept_and_shown_as_text(community: Community, kari: Visitor) -> None:
    """Mutant: an answer goes into its field as markup."""
    task = visit(community)
    act(community, task.id, Act.CLAIM, 0)
    plain = kari.get(f"/tasks/{task.id}")
    texts = [told(each)[:4000] for each in SENDABLE if told(each)]
    for start in range(0, len(texts), len(ITEMS)):
        answers = dict(zip(ITEMS, texts[start : start + len(ITEMS)], strict=False))
        act(community, task.id, Act.ANSWER, start, answers=answers)
        page = kari.get(f"/tasks/{task.id}")
        assert running(page) == running(plain) and nodes(page) == nodes(plain), start
        assert {name: fields_of(page).get(f"item.{name}") for name in answers} == {
            name: text.replace("\r", "\n") for name, text in answers.items()
        }
    lists = kari.get("/?view=unit")
    assert "alert(1)" not in "".join(running(lists))


def test_no_export_has_a_cell_that_is_a_formula() -> None:
    """By comma, by semicolon and by tab, as spreadsheets of different countries part cells."""
    written = csv_text([["a", "b"], *([text, f"x {text}"] for text in NAUGHTY)])
    written.encode()
    back = list(csv.reader(io.StringIO(written, newline="")))
    assert len(back) == len(NAUGHTY) + 1 and all(len(row) == 2 for row in back)
    for parted in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=parted):
            for cell in row:
                assert not cell.lstrip(' \t\r\n"\ufeff\u200b\u00a0\ufffd').startswith(("=", "+", "-", "@", "＝")), row
    assert csv_text([["-5", -5, 1.5, None, True]]) == "'-5,-5,1.5,,True\n"


def test_a_text_that_is_no_formula_is_left_as_it_is() -> None:
    said = ["Hun sa = hei", "7-9 dager", "kari@fjordby.no", "a; b", "ja/nei", "«Ja», sa hun", "", "Ø"]
    assert list(csv.reader(io.StringIO(csv_text([said])))) == [said]


def test_every_text_goes_out_by_hl7_and_back() -> None:
    for text in NAUGHTY:
        sent = text.encode("utf-8", "replace").decode()
        wire = encode(sent)
        assert not set(wire) & set("|^&~\r\n\x0b\x1c"), repr(text[:40])
        assert decode(wire) == sent, repr(text[:40])


def test_no_text_comes_through_the_log() -> None:
    """But for single words in small letters, which are those of the program."""
    import logging

    for text in NAUGHTY:
        record = logging.makeLogRecord({"name": "pathway_engine.x", "msg": "said %s", "args": (text,)})
        line = LogLines("json").format(record)
        assert "\n" not in line and line.isascii()
        assert allowed_value(text) in ("*", text) and (allowed_value(text) == "*" or text.isascii())


def test_today_is_a_day_of_the_story(community: Community) -> None:
    """Guards the guard: the visit is there to be written on."""
    assert isinstance(visit(community).due_at, datetime)


def test_no_text_breaks_the_calendar() -> None:
    """A title is a pathway's, and whoever writes pathways may write anything: each stays in its own line."""
    for number, text in enumerate(NAUGHTY):
        title = Text(text, text)
        due = NOW + timedelta(days=2)
        found = [Appointment(f"t-{number}", title, NOW, due, 1, NOW), Appointment("last", title, NOW, due, 1, NOW)]
        raw = calendar_of(found, NOW, language("nb"))
        back = Calendar.from_ical(raw)
        events = back.walk("VEVENT")
        assert [str(each["uid"]) for each in events] == [f"t-{number}@pathway-engine", "last@pathway-engine"], text
        assert set(back.walk("VEVENT")[0]) == set(events[1]) and len(events[0]) == 9
        assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
        assert not CONTROL_BYTES.intersection(raw), text
