"""Browsers and programs before the application, in this process: real requests, without a network between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self

import httpx
from starlette.types import ASGIApp

ADDRESS = "http://127.0.0.1:8080"


class Unexpected(Exception):
    """A request was not answered as it must be."""


class Line(AbstractContextManager["Line"]):
    """One event loop for all who ask, one request at a time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._runner = asyncio.Runner()
        self.requests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.close()

    def client(self) -> httpx.AsyncClient:
        """Somebody new, who has no cookies yet."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self._app), base_url=ADDRESS)

    def ask(self, client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
        """Send one request and wait for its answer."""
        self.requests += 1
        return self._runner.run(client.send(request))


@dataclass
class Browser:
    """Somebody's browser: keeps cookies, sends forms back as they were shown, follows nothing by itself."""

    line: Line
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.line.client()

    def get(self, path: str) -> str:
        """Return a page. Raises Unexpected when it is not there."""
        answer = self.ask("GET", path)
        if answer.status_code != 200:
            raise Unexpected(f"GET {path.partition('?')[0]} was answered {answer.status_code}")
        return answer.text

    def post(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """Send a form."""
        return self.ask("POST", path, data=dict(fields))

    def ask(self, method: str, path: str, **parts: object) -> httpx.Response:
        """Send any request."""
        return self.line.ask(self.client, self.client.build_request(method, path, **parts))  # type: ignore[arg-type]

    def sign_in(self, key: str) -> None:
        """Sign in with an access key. Raises Unexpected."""
        shown = read_page(self.get("/sign-in"))
        answer = self.post("/sign-in", {**shown.hidden, "key": key})
        if answer.status_code != 303:
            raise Unexpected(f"signing in was answered {answer.status_code}")


# -- pages as a person reads them


@dataclass(slots=True)
class Question:
    """A question of a checklist: its field, what it may be answered with, and whether it must be."""

    name: str = ""
    options: list[str] = field(default_factory=list)
    kind: str = ""
    is_required: bool = False

    @property
    def item(self) -> str:
        """Which item of the checklist it is."""
        return self.name.removeprefix("item.")


@dataclass(slots=True)
class Card:
    """A task on a list: its id, which step, and what is said of its time and patient."""

    task: str
    step: str = ""
    left: str = ""
    about: str = ""

    @property
    def patient(self) -> str:
        """What the card calls the patient."""
        return self.about.partition(",")[0]


@dataclass(slots=True)
class Page:
    """What was found on a page."""

    hidden: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    heading: str = ""
    buttons: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    """Collects fields, cards and links; `_into` says where text belongs."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._into: str = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        kinds = told.get("class", "").split()
        if tag == "li" and "card" in kinds and told.get("data-task"):
            self.page.cards.append(Card(told["data-task"]))
        if "question" in kinds:
            self.page.questions.append(Question())
        if "required" in kinds and self.page.questions:
            self.page.questions[-1].is_required = True
        if tag == "a" and told.get("href"):
            self.page.links.append(told["href"])
        if tag == "button" and told.get("name") == "act":
            self.page.buttons.add(told.get("value", ""))
        if tag in ("input", "textarea"):
            self._field(tag, told)
        self._into = _meaning(tag, kinds, bool(self.page.cards)) or self._into

    def handle_endtag(self, tag: str) -> None:
        if tag in ("small", "span", "p", "h1", "li"):
            self._into = ""

    def handle_data(self, data: str) -> None:
        if self._into == "heading":
            self.page.heading += data
        elif self._into:
            card = self.page.cards[-1]
            setattr(card, self._into, (getattr(card, self._into) + data).strip())

    def _field(self, tag: str, told: Mapping[str, str]) -> None:
        name, kind = told.get("name", ""), told.get("type", tag)
        if kind == "hidden":
            self.page.hidden[name] = told.get("value", "")
        elif name.startswith("item.") and self.page.questions:
            question = self.page.questions[-1]
            question.name, question.kind = name, "number" if told.get("inputmode") == "decimal" else kind
            question.options += [told["value"]] if kind == "radio" else []


def _meaning(tag: str, kinds: list[str], in_list: bool) -> str:
    if not in_list:
        return "heading" if tag == "h1" else ""
    return next((into for name, into in (("code", "step"), ("left", "left"), ("about", "about")) if name in kinds), "")


def read_page(html: str) -> Page:
    """Return what is on a page; of a field that is there twice, the last."""
    reader = _Reader()
    reader.feed(html)
    return reader.page
