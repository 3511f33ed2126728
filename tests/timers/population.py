"""Patients who each wait for one instant, told to the real service, and what time must do to each of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pathway_engine.domain.directory import Directories
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.store import Store
from tests.service.community import PlainChannel, directory

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
"""When the schedulers of a run begin, by their own time; the earliest wake-up is a little later."""
OSLO = ZoneInfo("Europe/Oslo")
PATHWAY = """
pathway: {name}
version: "1.0.0"
title: {{nb: Prøve, en: Trial}}
source: A made-up pathway for tests
end: [ended]
enrol:
  - {{event: begun}}
phases:
  waiting: {{nb: Venter, en: Waiting}}
  ended: {{nb: Avsluttet, en: Ended}}
moves:
  - {{event: stopped, from: any, to: ended}}
steps:
  CALL:
    title: {{nb: Ring, en: Call}}
    when_entering: waiting
    due: 1 hour
    owner: home_care_nurse
    escalate: [{{after: 0 hours, to: home_care_leader}}]
    severity: local
    verified: true
    basis: made up
  ROUND:
    title: {{nb: Runde, en: Round}}
    every: {every}
    in: waiting
    owner: home_care_nurse
    severity: local
    verified: true
    basis: made up
"""


@dataclass(frozen=True, slots=True)
class Population:
    """*size* patients whose wake-ups are spread evenly over *seconds* from `BEGIN`; a round comes *every* so often."""

    size: int
    seconds: float
    every: str = "1 hour"

    def due(self, number: int) -> datetime:
        """The instant at which patient *number* must be woken first."""
        return BEGIN + timedelta(seconds=round((number + 0.5) * self.seconds / self.size, 3))

    def rounds(self, number: int, until: datetime) -> list[datetime]:
        """The instants up to *until* at which a round comes for the patient, counted here anew."""
        began = self.due(number) - HOUR
        after = (self._round(began, count) for count in itertools.count())
        return list(itertools.takewhile(lambda at: at <= until, after))

    def _round(self, began: datetime, count: int) -> datetime:
        if self.every == "1 hour":
            return began + HOUR * (count + 1)
        first: date = began.astimezone(OSLO).date()
        return datetime.combine(first + timedelta(weeks=count + 1), time(0), tzinfo=OSLO).astimezone(UTC)

    def files(self) -> Mapping[str, bytes]:
        """The pathway's files."""
        return {"pathway.yaml": PATHWAY.format(name="trial", every=self.every).encode()}

    def engine(self, url: str) -> Engine:
        """An engine over the database at *url* that knows the pathway."""
        patients = itertools.count(1)
        directories = Directories(((BEGIN - timedelta(days=99), directory()),))
        context = build_context(
            Store(url), directories, [self.files()], [PlainChannel()], lambda: f"patient-{next(patients)}", BEGIN - HOUR
        )
        return Engine(context)

    def told_to(self, engine: Engine) -> None:
        """Let the service receive one message about each patient, all before `BEGIN`."""
        for number in range(self.size):
            received = engine.receive(Incoming(self._message(number), "plain", "test"), BEGIN)
            assert received.disposition == "applied", received

    def _message(self, number: int) -> bytes:
        at = (self.due(number) - HOUR).isoformat()
        entry = {"id": f"E{number}", "name": "begun", "cause": f"begun/{number}", "at": at, "recorded": at}
        return json.dumps({"id": f"M{number}", "patient": f"P{number}", "district": "01", "entries": [entry]}).encode()
