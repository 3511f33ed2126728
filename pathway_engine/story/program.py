"""A program that reads along: it proves who it is with its key (SMART Backend Services) and asks the FHIR face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from joserfc import jwt

from pathway_engine.domain.tasks import OPEN
from pathway_engine.story.browsing import ADDRESS, Browser, Unexpected, read_page
from pathway_engine.story.world import PROGRAM, READS_FOR, SCOPES, World

NOTICE = "UNDELIVERED"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASKED: Mapping[str, str] = {
    "Task": f"Task?status={','.join(sorted(OPEN))}", "Encounter": "Encounter?status=in-progress",
    "CarePlan": "CarePlan?status=active",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What the program found: how many of each type, and how many tasks stood on the page of whom it reads for."""

    at: datetime
    found: Mapping[str, int]
    tasks: int

    @property
    def agrees(self) -> bool:
        """Whether the program sees the open tasks that the page shows."""
        return self.found["Task"] == self.tasks


@dataclass(slots=True)
class Program:
    """The program; it comes with a token of its own each time."""

    world: World
    readings: list[Reading] = field(default_factory=list)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def reads(self) -> None:
        """Ask for open tasks, stays and plans, and keep how many there are."""
        browser = Browser(self.world.line)
        browser.client.headers["Authorization"] = f"Bearer {self._token(browser)}"
        found = {kind: self._count(browser, path) for kind, path in ASKED.items()}
        cards = read_page(self.world.browser(READS_FOR).get("/?view=unit")).cards
        self.readings.append(Reading(self.world.clock(), found, sum(card.step != NOTICE for card in cards)))

    def _token(self, browser: Browser) -> str:
        told = {
            "grant_type": "client_credentials", "scope": " ".join(SCOPES), "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(),
        }  # fmt: skip
        return str(_answered(browser, "POST", "/fhir/auth/token", data=told)["access_token"])

    def _assertion(self) -> str:
        now, address = int(self.world.clock().timestamp()), f"{ADDRESS}/fhir/auth/token"
        claims = {
            "iss": PROGRAM,
            "sub": PROGRAM,
            "aud": address,
            "jti": f"jti-{next(self.numbers)}",
            "exp": now + 240,
        }
        head = {"alg": "ES384", "kid": self.world.program_key.kid}
        return jwt.encode(head, claims, self.world.program_key, algorithms=["ES384"])

    def _count(self, browser: Browser, path: str) -> int:
        return int(_answered(browser, "GET", f"/fhir/{path}&_summary=count")["total"])


def _answered(browser: Browser, method: str, path: str, **parts: object) -> dict[str, Any]:
    answer = browser.ask(method, path, **parts)
    if answer.status_code != 200:
        raise Unexpected(f"{method} {path.partition('?')[0]} was answered {answer.status_code}")
    told: dict[str, Any] = answer.json()
    return told
