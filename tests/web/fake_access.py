"""Sessions written out in memory, with the program's own rules about how long they are good."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime

from pathway_engine.domain.errors import UnknownPatient
from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.service.access.emergency import Emergency
from pathway_engine.service.access.errors import NotLinked, WrongPin, WrongSecret
from pathway_engine.service.access.sessions import Lengths, State, state_of
from pathway_engine.service.views import Principal
from pathway_engine.storage.access_rows import SessionRow, SignOnRow

PASSWORD = "en lang setning som er lett"
PIN = "4072"


@dataclass
class FakeAccess:
    """Everybody has one password; those in `pins` have the PIN."""

    sessions: dict[str, SessionRow] = field(default_factory=dict)
    pins: set[str] = field(default_factory=set)
    sign_ons: dict[str, SignOnRow] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def sign_in(self, person: str, password: str, address: str, now: datetime) -> str:
        if password != PASSWORD:
            raise WrongSecret
        return person

    def set_first_password(self, person: str, one_time: str, password: str, address: str, now: datetime) -> str:
        raise WrongSecret

    def change_password(self, person: str, old: str, new: str, now: datetime) -> None:
        raise WrongSecret

    def set_pin(self, person: str, password: str, pin: str, now: datetime) -> None:
        raise WrongSecret

    def has_pin(self, person: str) -> bool:
        return person in self.pins

    def has_password(self, person: str) -> bool:
        return True

    def begin(self, who: Principal, method: str, now: datetime, hint: str = "") -> str:
        secret = f"session-{next(self.numbers)}"
        self.sessions[secret] = SessionRow(
            id=secret, person=who.person, role=who.role, method=method, began_at=now, seen_at=now,
            hint=hint or None,
        )  # fmt: skip
        return secret

    def session(
        self, secret: str, lengths: Lengths, now: datetime, *, is_seen: bool = True
    ) -> tuple[State, SessionRow | None]:
        row = self.sessions.get(secret)
        state = state_of(row, lengths, now)
        if is_seen and row is not None and state is State.OPEN:
            self.sessions[secret] = replace(row, seen_at=now)
        return state, row

    def lock(self, secret: str, now: datetime) -> None:
        self.sessions[secret] = replace(self.sessions[secret], locked_at=now)

    def unlock(self, secret: str, pin: str, lengths: Lengths, now: datetime) -> str:
        row = self.sessions.get(secret)
        if row is None or pin != PIN:
            raise WrongPin
        self.end(secret, now)
        renewed = f"session-{next(self.numbers)}"
        self.sessions[renewed] = replace(row, locked_at=None, seen_at=now)
        return renewed

    def end(self, secret: str, now: datetime) -> None:
        if secret in self.sessions:
            self.sessions[secret] = replace(self.sessions[secret], ended_at=now)

    def end_all(self, person: str, now: datetime) -> int:
        for secret in self.sessions:
            self.end(secret, now)
        return len(self.sessions)

    def begin_sign_on(self, row: SignOnRow) -> None:
        self.sign_ons[row.state] = row

    def take_sign_on(self, state: str) -> SignOnRow | None:
        return self.sign_ons.pop(state, None)

    def person_of_subject(self, issuer: str, subject: str, claimed: str | None, now: datetime) -> str:
        raise NotLinked

    def begin_emergency(
        self, who: Principal, number: NationalIdentityNumber, reason: str, words: str, now: datetime
    ) -> Emergency:
        raise UnknownPatient

    def emergency(self, who: Principal, patient_id: str, now: datetime) -> Emergency:
        raise UnknownPatient
