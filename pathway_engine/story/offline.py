"""A nurse's day without a network: the day is downloaded, forms are kept, and sent as the telephone sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pathway_engine.story.browsing import Browser, Card, Page, read_page
from pathway_engine.story.workers import Worker

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A form of the outbox that was sent: for whom, what, when it was filled in and sent, and what became of it."""

    patient: str
    act: str
    written_at: datetime
    sent_at: datetime
    outcome: str


@dataclass(slots=True)
class Telephone:
    """What a nurse's telephone keeps: the day's pages, and forms that wait for the network."""

    worker: Worker
    pages: dict[str, str] = field(default_factory=dict)
    waiting: list[tuple[Card, datetime, Fields]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def downloads(self) -> None:
        """Keep every page of the day."""
        browser = self.worker.browser
        told = browser.ask("GET", "/offline/pages").json()
        for path in told["pages"]:
            answer = browser.ask("GET", path)
            if answer.status_code == 200:
                self.pages[path] = answer.text

    def fills_in(self, patient: str, step: str) -> None:
        """Answer the form of a page that is kept; nothing is asked of any server."""
        cards = read_page(self.pages["/?view=unit"]).cards
        card = next(each for each in cards if (each.patient, each.step) == (patient, step))
        page: Page = read_page(self.pages[f"/tasks/{card.task}"])
        fields = self.worker.filled(page, card) | {"act": "complete"}
        self.waiting.append((card, self.worker.world.clock(), fields))

    def is_back(self) -> None:
        """Send what waits, each form twice, as a telephone does that heard no answer; what is closed is a comment."""
        browser = self.worker.browser
        token = browser.ask("GET", "/outbox/token").json()["form_token"]
        for card, written_at, fields in self.waiting:
            answers = [self._send(browser, token, card, fields) for _ in range(2)]
            self._note(card, "complete", written_at, answers[0]["outcome"])
            if answers[0]["outcome"] != "done":
                version = str(answers[1]["version"])
                comment = {
                    "act": "comment",
                    "version": version,
                    "key": f"{fields['key'][:50]}-comment",
                    "comment": KEPT,
                }
                self._note(card, "comment", written_at, self._send(browser, token, card, comment)["outcome"])
        self.waiting.clear()

    def _send(self, browser: Browser, token: str, card: Card, fields: Fields) -> dict[str, object]:
        body = {**fields, "task": card.task, "form_token": token}
        told: dict[str, object] = browser.post("/outbox", body).json()
        return told

    def _note(self, card: Card, act: str, written_at: datetime, outcome: object) -> None:
        now = self.worker.world.clock()
        self.sent.append(Sent(card.patient, act, written_at, now, str(outcome)))
        self.worker.note(card.patient, card.step, f"offline {act}: {outcome}")


KEPT = "Skrevet uten nett: besøket var gjort da pasienten ble innlagt."
"""What a form comes to whose task was closed meanwhile."""
