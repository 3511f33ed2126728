"""Access as the pages ask for it: one object over the context, one method a use case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.service.access import accounts, emergency, sessions
from pathway_engine.service.access.emergency import Emergency
from pathway_engine.service.access.sessions import Lengths, State
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.access_rows import SessionRow, SignOnRow


@dataclass(frozen=True, slots=True)
class Access:
    """Accounts, sessions, sign-ons and emergency access."""

    context: Context

    def sign_in(self, person: str, password: str, address: str, now: datetime) -> str:
        """Return whose password it is. Raises WrongSecret and Busy."""
        return accounts.person_of_password(self.context, person, password, address, now)

    def set_first_password(self, person: str, one_time: str, password: str, address: str, now: datetime) -> str:
        """Set a password with the one-time secret. Raises WrongSecret, UnfitPassword and Busy."""
        return accounts.set_first_password(self.context, person, one_time, password, address, now)

    def change_password(self, person: str, old: str, new: str, now: datetime) -> None:
        """Change one's own password; every session ends. Raises WrongSecret, UnfitPassword and Busy."""
        accounts.change_password(self.context, person, old, new, now)

    def set_pin(self, person: str, password: str, pin: str, now: datetime) -> None:
        """Choose the PIN that opens a locked session. Raises WrongSecret, UnfitPassword and Busy."""
        accounts.set_pin(self.context, person, password, pin, now)

    def has_pin(self, person: str) -> bool:
        """Whether the person can open a locked session."""
        return accounts.has_pin(self.context, person)

    def has_password(self, person: str) -> bool:
        """Whether the person signs in with a password here."""
        return accounts.has_password(self.context, person)

    def begin(self, who: Principal, method: str, now: datetime, hint: str = "") -> str:
        """Begin a session and return its secret; *hint* is for signing out at the issuer."""
        return sessions.begin(self.context, who, method, now, hint)

    def session(
        self, secret: str, lengths: Lengths, now: datetime, *, is_seen: bool = True
    ) -> tuple[State, SessionRow | None]:
        """Return what the session is good for; note that its person was seen, if it was that person who asked."""
        return sessions.find(self.context, secret, lengths, now, is_seen=is_seen)

    def lock(self, secret: str, now: datetime) -> None:
        """Lock the session."""
        sessions.lock(self.context, secret, now)

    def unlock(self, secret: str, pin: str, lengths: Lengths, now: datetime) -> str:
        """Open a locked session and return its new secret. Raises WrongPin and Busy."""
        return sessions.unlock(self.context, secret, pin, lengths, now)

    def end(self, secret: str, now: datetime) -> None:
        """End the session."""
        sessions.end(self.context, secret, now)

    def end_all(self, person: str, now: datetime) -> int:
        """End every session of the person; return how many."""
        return accounts.end_all(self.context, person, now)

    def begin_sign_on(self, row: SignOnRow) -> None:
        """Keep a sign-on that begins at an issuer."""
        self.context.committed(lambda records: records.put_sign_on(row))

    def take_sign_on(self, state: str) -> SignOnRow | None:
        """Return a sign-on and let it be used no more."""
        return self.context.committed(lambda records: records.take_sign_on(state))

    def person_of_subject(self, issuer: str, subject: str, claimed: str | None, now: datetime) -> str:
        """Return whom a subject of an issuer is here. Raises NotLinked."""
        return accounts.person_of_subject(self.context, issuer, subject, claimed, now)

    def begin_emergency(
        self, who: Principal, number: NationalIdentityNumber, reason: str, words: str, now: datetime
    ) -> Emergency:
        """Give access to a patient for a while, with an alarm. Raises AccessRefused and UnknownPatient."""
        return emergency.begin(self.context, who, number, reason, words, now)

    def emergency(self, who: Principal, patient_id: str, now: datetime) -> Emergency:
        """Return the emergency access of *who* to a patient. Raises UnknownPatient."""
        return emergency.of(self.context, who, patient_id, now)
