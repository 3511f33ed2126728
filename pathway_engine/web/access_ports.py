"""What the pages ask about access: accounts, sessions, sign-ons, emergency access."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.service.access.emergency import Emergency
from pathway_engine.service.access.sessions import Lengths, State
from pathway_engine.service.views import Principal
from pathway_engine.storage.access_rows import SessionRow, SignOnRow


class AccessService(Protocol):
    """Who somebody is; refusals are of the AccessRefused family."""

    def sign_in(self, person: str, password: str, address: str, now: datetime) -> str:
        """Return whose password it is. Raises WrongSecret and Busy."""

    def set_first_password(self, person: str, one_time: str, password: str, address: str, now: datetime) -> str:
        """Set a password with the one-time secret. Raises WrongSecret, UnfitPassword and Busy."""

    def change_password(self, person: str, old: str, new: str, now: datetime) -> None:
        """Change one's own password; every session ends. Raises WrongSecret, UnfitPassword and Busy."""

    def set_pin(self, person: str, password: str, pin: str, now: datetime) -> None:
        """Choose the PIN that opens a locked session. Raises WrongSecret, UnfitPassword and Busy."""

    def has_pin(self, person: str) -> bool:
        """Whether the person can open a locked session."""

    def has_password(self, person: str) -> bool:
        """Whether the person signs in with a password here."""

    def begin(self, who: Principal, method: str, now: datetime, hint: str = "") -> str:
        """Begin a session and return its secret; *hint* is for signing out at the issuer."""

    def session(
        self, secret: str, lengths: Lengths, now: datetime, *, is_seen: bool = True
    ) -> tuple[State, SessionRow | None]:
        """Return what the session is good for; note that its person was seen, if it was that person who asked."""

    def lock(self, secret: str, now: datetime) -> None:
        """Lock the session."""

    def unlock(self, secret: str, pin: str, lengths: Lengths, now: datetime) -> str:
        """Open a locked session and return its new secret. Raises WrongPin and Busy."""

    def end(self, secret: str, now: datetime) -> None:
        """End the session."""

    def end_all(self, person: str, now: datetime) -> int:
        """End every session of the person; return how many."""

    def begin_sign_on(self, row: SignOnRow) -> None:
        """Keep a sign-on that begins at an issuer."""

    def take_sign_on(self, state: str) -> SignOnRow | None:
        """Return a sign-on and let it be used no more."""

    def person_of_subject(self, issuer: str, subject: str, claimed: str | None, now: datetime) -> str:
        """Return whom a subject of an issuer is here. Raises NotLinked."""

    def begin_emergency(
        self, who: Principal, number: NationalIdentityNumber, reason: str, words: str, now: datetime
    ) -> Emergency:
        """Give access to a patient for a while, with an alarm. Raises AccessRefused and UnknownPatient."""

    def emergency(self, who: Principal, patient_id: str, now: datetime) -> Emergency:
        """Return the emergency access of *who* to a patient. Raises UnknownPatient."""


class SignOnStart(Protocol):
    """A sign-on at the issuer as it begins: where to send the browser, and what to keep until it is back."""

    @property
    def address(self) -> str:
        """Where the browser goes."""

    @property
    def state(self) -> str:
        """What the browser brings back."""

    @property
    def nonce(self) -> str:
        """What the identity token must hold."""

    @property
    def verifier(self) -> str:
        """What the code is exchanged with."""


class SignOnDone(Protocol):
    """Whom the issuer says it is."""

    @property
    def issuer(self) -> str:
        """The issuer's name."""

    @property
    def subject(self) -> str:
        """The person at the issuer."""

    @property
    def person(self) -> str | None:
        """The person of the directory whom the claim names, if it names one."""

    @property
    def hint(self) -> str:
        """What the issuer is shown when the person signs out, sealed; empty when there is nothing."""

    @property
    def hint_key(self) -> str:
        """What opens `hint`: for the browser to keep."""


class SignOn(Protocol):
    """Signing in at an issuer, and out. All raise SignOnFailed, which names what went wrong and nobody."""

    @property
    def led_to(self) -> str:
        """The origin to which signing out leads, empty when it leads nowhere."""

    def end_address(self, hint: str, hint_key: str, now: datetime) -> str:
        """Return where to sign out at the issuer, empty when it has no such place."""

    def start(self, now: datetime) -> SignOnStart:
        """Begin."""

    def finish(self, code: str, issuer: str | None, kept: SignOnRow, now: datetime) -> SignOnDone:
        """Exchange the *code* that the browser brought back; *issuer* is what came beside it."""
