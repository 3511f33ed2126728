"""Whoever looks on: after every step at the patients whom it touched, and now and then at everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import process_time

from tests.deterministic import invariants
from tests.deterministic.ledger import Ledger, check
from tests.deterministic.letters import Letter
from tests.deterministic.promises import check_promises
from tests.deterministic.service import TENANT, Service
from tests.deterministic.stories import Person


@dataclass
class Watch:
    """Looks at what is stored of *people*; `seconds` counts the CPU time that looking takes."""

    service: Service
    ledger: Ledger
    people: Mapping[int, Person]
    is_reorganised: bool = False
    promises_looked_at: int = 0
    applied: set[str] = field(default_factory=set)
    owners: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def look(self, patient_id: str, now: datetime) -> None:
        """Look at a patient who has just been brought up to *now*."""
        began = process_time()
        found = invariants.patient(self.service, patient_id)
        told_up_to = max(now, self.service.true_now)
        invariants.check_patient(found, self.ledger, now, told_up_to, self.is_reorganised)
        person = self.person_of(patient_id)
        if len(self.records_of(person)) == 1:
            letters = [letter for letter in self.people[person].letters if letter.id in self.applied]
            told = [tell for letter in letters for tell in letter.tells]
            self.promises_looked_at += check_promises(found, told, now)
        self.seconds["looking after each step"] += process_time() - began

    def look_at_letter(self, letter: Letter) -> None:
        rows = self.service.looking.execute(
            "SELECT id, conflict FROM inbox WHERE tenant = ? AND message_id = ? AND conflict = ?",
            (TENANT, letter.id, letter.fate == "rejected"),
        ).fetchall()
        check(len(rows) <= 1, "a message is kept once", (letter.id, rows))
        for number, _ in rows:
            self.look_at_inbox_row(number)

    def look_at_inbox_row(self, number: int) -> None:
        """What has been applied this very moment has brought its patient up to now."""
        message_id, patient_id, disposition, at, has_entries = self.service.looking.execute(
            "SELECT message_id, patient_id, disposition, disposed_at,"
            " EXISTS (SELECT 1 FROM log WHERE inbox_id = inbox.id) FROM inbox WHERE id = ?",
            (number,),
        ).fetchone()
        if disposition == "applied" and message_id not in self.applied:
            self.applied.add(message_id)
            if has_entries and invariants.instant(at) == self.service.now:
                self.look(patient_id, self.service.now)

    def look_at_applied(self) -> None:
        """Notice what a sweep has applied."""
        rows = self.service.looking.execute("SELECT message_id FROM inbox WHERE disposition = 'applied'")
        self.applied.update(row[0] for row in rows)

    def look_at_everybody(self) -> None:
        """Look at all patients; all must have been brought up to now."""
        self.look_at_applied()
        for number in self.people:
            for patient_id in self.records_of(number):
                self.look(patient_id, self.service.now)

    def records_in(self, service: Service, person: int) -> list[str]:
        """The records that a person has in *service*: two before a merge."""
        locals_ = (f"F{100000 + person}", f"T{100000 + person}")
        return invariants.patients_of_person(service, self.people[person].card.national, locals_)

    def records_of(self, person: int) -> list[str]:
        """The records that a person has in the service under test."""
        found = self.records_in(self.service, person)
        self.owners.update(dict.fromkeys(found, person))
        return found

    def person_of(self, patient_id: str) -> int:
        """Whose record it is, or was before a merge."""
        if patient_id not in self.owners:
            for number in self.people:
                self.records_of(number)
        check(patient_id in self.owners, "every record is somebody's", patient_id)
        return self.owners[patient_id]

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Count the CPU time of something."""
        began = process_time()
        yield
        self.seconds[what] += process_time() - began
