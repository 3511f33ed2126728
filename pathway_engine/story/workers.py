"""Those who work: they read their lists, open what stands there, fill in the checklist and send it, as people do.

When somebody gets round to a task is drawn for that task alone, so that it is the same in every run.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pathway_engine.domain.norway import OSLO
from pathway_engine.story.browsing import Browser, Card, Page, Question, read_page
from pathway_engine.story.times import SEED
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
    "HPH0": (0, 5), "HPH0B": (0, 30), "HPH1": (0, 22), "HPH2": (6, 80), "HPH3": (90, 340), "HPH5": (340, 640),
    "ANSWER": (-1, 0.4), "OFFER": (60, 120), "DAILY": (0, 3),
}  # fmt: skip
"""How many hours after they have seen it somebody gets round to a task of a step, from and to; else at once."""


WAITS = "Venter"
"""How a card says that its time has not begun."""


@dataclass(slots=True)
class Done:
    """One thing that somebody did on the pages: when, who, which step, for whom, and what came of it."""

    at: datetime
    person: str
    step: str
    patient: str
    outcome: str


@dataclass(slots=True)
class Worker:
    """Somebody with a list, who does tasks of *steps* and takes those of *takes*.

    `answers` are given instead of the usual ones, by the patient's short name and the step; `leaves` are tasks that
    are left alone. `first_seen` tells since when a task is known, `patients` where a patient's page is.
    """

    world: World
    person: str
    steps: frozenset[str]
    takes: frozenset[str] = frozenset()
    answers: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    leaves: frozenset[tuple[str, str]] = frozenset()
    first_seen: dict[str, datetime] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)

    @property
    def browser(self) -> Browser:
        """The person's browser, signed in."""
        return self.world.browser(self.person)

    def works(self) -> None:
        """Read the list and do what it is time for."""
        for card in read_page(self.browser.get("/?view=unit")).cards:
            seen = self.first_seen.setdefault(card.task, self.world.clock())
            if card.step in self.takes and seen == self.world.clock():
                self.does(card, "claim")
            elif self._is_time(card, seen):
                self.does(card, "complete")

    def _is_time(self, card: Card, seen: datetime) -> bool:
        low, high = HOURS.get(card.step, (0, 0))
        chance = random.Random(f"{SEED}/{card.patient}/{card.step}/{seen:%Y-%m-%d}")  # noqa: S311
        is_mine = card.step in self.steps and (card.patient, card.step) not in self.leaves
        return (
            is_mine and card.left != WAITS and self.world.clock() >= seen + timedelta(hours=chance.uniform(low, high))
        )

    def does(self, card: Card, act: str) -> None:
        """Open the task, answer what must be answered, and do it."""
        page = self.opens(card)
        if act in page.buttons:
            answer = self.browser.post(f"/tasks/{card.task}", self.filled(page, card) | {"act": act})
            self.note(card.patient, card.step, act if answer.status_code == 303 else f"refused {answer.status_code}")

    def opens(self, card: Card) -> Page:
        """Read a task's page; where the patient's own page is, is remembered."""
        page = read_page(self.browser.get(f"/tasks/{card.task}"))
        for link in page.links:
            if link.startswith("/patients/"):
                self.patients[card.patient] = link
        return page

    def filled(self, page: Page, card: Card) -> dict[str, str]:
        """The form's fields as they are sent back."""
        own = self.answers.get((card.patient, card.step), {})
        asked = [each for each in page.questions if each.is_required or each.item in ASKED_FOR | own.keys()]
        return page.hidden | {each.name: self._answer(each, own) for each in asked if self._answer(each, own)}

    def _answer(self, question: Question, own: Mapping[str, str]) -> str:
        known = own.get(question.item) or ANSWERS.get(question.item, "")
        match question.kind:
            case "radio":
                return known if known in question.options else question.options[0]
            case "date":
                return known or (
                    "" if question.item in ASKED_FOR else f"{self.world.clock().astimezone(OSLO):%Y-%m-%d}"
                )
            case "number":
                return known or "1"
            case _:
                return known or ("" if question.item == "gp" else WORDS.get(question.item, "Oppdiktet svar"))

    def tells(self, patient: str, event: str) -> None:
        """Tell on the patient's page what no message tells."""
        page = read_page(self.browser.get(self.patients[patient]))
        answer = self.browser.post(f"{self.patients[patient]}/told", page.hidden | {"event": event})
        self.note(patient, event, "told" if answer.status_code == 303 else f"refused {answer.status_code}")

    def note(self, patient: str, step: str, outcome: str) -> None:
        """Keep what was done."""
        self.done.append(Done(self.world.clock(), self.person, step, patient, outcome))
