"""Those who work: they read their lists, open what stands there, fill in the checklist and send it, as people do.

When somebody gets round to a task is drawn for that task alone, so that it is the same in every run.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pathway_engine.story.browsing import Browser, Card, Page, Question, read_page
from pathway_engine.story.times import OSLO, SEED
from pathway_engine.story.world import World

GP = "8400002"
ANSWERS: Mapping[str, str] = {
    "nutrition": "no", "cognition": "no", "fall_risk": "no", "function_changed": "same", "general": "same",
    "goals_met": "met", "level": "same", "news2": "2", "pain": "3", "trigger": "fall", "contacted": "gp",
    "decision": "stay", "can_receive": "now", "gp": GP, "tell_gp": "yes",
}  # fmt: skip
ASKED_FOR = frozenset({"gp", "tell_gp", "gp_wish", "offer_ready_on", "offer"})
"""Answered though nobody must."""
WORDS: Mapping[str, str] = {
    "contact": "Tildelingskontoret, 73 00 00 01", "what_matters": "Å klare trappen selv", "first_visit": "I kveld",
    "services": "Hjemmesykepleie to ganger daglig", "gp_wish": "Vurdering ved neste time",
}  # fmt: skip
HOURS: Mapping[str, tuple[float, float]] = {
    "HPH0": (0, 5), "HPH0B": (0, 30), "HPH1": (0, 22), "HPH2": (6, 80), "HPH3": (90, 340), "HPH5": (0, 320),
    "HPH6": (0, 1.5), "HPH4": (0, 1), "ANSWER": (0, 1.2), "OFFER": (60, 120), "DAILY": (0, 3),
}  # fmt: skip
"""How many hours after they have seen it somebody gets round to a task of a step, from and to."""
NOT_YET = ("venter på", "åpner")
"""How a card says that the time for a task has not come."""


@dataclass(slots=True)
class Done:
    """One thing that somebody did on the pages: when, who, which step, for whom, and what came of it."""

    at: datetime
    person: str
    step: str
    about: str
    outcome: str


@dataclass(slots=True)
class Worker:
    """Somebody with a list; `first_seen` tells since when a task is known."""

    world: World
    person: str
    steps: frozenset[str]
    answers: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    first_seen: dict[str, datetime] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)

    def works(self) -> int:
        """Read the list and do what it is time for; return how many cards stood there."""
        browser = self.world.browser(self.person)
        cards = read_page(browser.get("/?view=unit")).cards
        for card in cards:
            seen = self.first_seen.setdefault(card.task, self.world.clock())
            if self._is_time(card, seen):
                self.does(browser, card)
        return len(cards)

    def _is_time(self, card: Card, seen: datetime) -> bool:
        low, high = HOURS.get(card.step, (0, 0))
        chance = random.Random(f"{SEED}/{card.about}/{card.step}/{seen:%Y-%m-%d}")  # noqa: S311
        return card.step in self.steps and self.world.clock() >= seen + timedelta(hours=chance.uniform(low, high))

    def does(self, browser: Browser, card: Card) -> None:
        """Open the task, answer what must be answered, and complete it."""
        page = read_page(browser.get(f"/tasks/{card.task}"))
        if "complete" not in page.buttons:
            return
        answer = browser.post(f"/tasks/{card.task}", self.filled(page, card) | {"act": "complete"})
        self.note(card, "done" if answer.status_code == 303 else f"refused {answer.status_code}")

    def filled(self, page: Page, card: Card) -> dict[str, str]:
        """The form's fields as they are sent back."""
        own = self.answers.get((card.about.partition(",")[0], card.step), {})
        asked = [each for each in page.questions if each.is_required or each.name[5:] in ASKED_FOR | own.keys()]
        return page.hidden | {each.name: self._answer(each, own) for each in asked if self._answer(each, own)}

    def _answer(self, question: Question, own: Mapping[str, str]) -> str:
        name = question.name.removeprefix("item.")
        if name in own:
            return own[name]
        known = ANSWERS.get(name, "")
        if question.kind == "radio":
            return known if known in question.options else question.options[0]
        if question.kind == "date":
            return "" if name == "offer_ready_on" else f"{self.world.clock().astimezone(OSLO):%Y-%m-%d}"
        return known or ("1" if question.kind == "number" else WORDS.get(name, "Oppdiktet svar"))

    def note(self, card: Card, outcome: str) -> None:
        """Keep what was done."""
        about = card.about.partition(",")[0]
        self.done.append(Done(self.world.clock(), self.person, card.step, about, outcome))
