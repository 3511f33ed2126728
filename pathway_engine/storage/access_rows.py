"""Rows of people's access, as plain records; whatever is secret is a hash and stands in no repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """How a person of the directory proves who he or she is.

    `password` and `pin` are argon2id hashes; None until one is chosen. `one_time` is the SHA-256 of a secret that
    sets the password once, until `one_time_until`. `issuer` and `subject` name the same person at an issuer.
    """

    person: str
    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    one_time: str | None = field(default=None, repr=False)
    one_time_until: datetime | None = None
    locked: bool = False
    issuer: str | None = None
    subject: str | None = field(default=None, repr=False)
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A person at work in a browser; `id` is the SHA-256 of what the browser holds.

    `method` is how he or she signed in: password, oidc, key or demo. Locked, it asks for the PIN first. `hint` is what
    the issuer is shown when the person signs out, sealed.
    """

    id: str = field(repr=False)
    person: str
    role: str
    method: str
    began_at: datetime
    seen_at: datetime
    locked_at: datetime | None = None
    ended_at: datetime | None = None
    pin_failures: int = 0
    hint: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOnRow:
    """A sign-on under way at an issuer; `state` is a SHA-256, `onwards` the page that was asked for."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    onwards: str
    begun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRow:
    """Access to a patient without a relation; `reason` is a code, `words` what the person wrote."""

    id: str
    person: str
    patient_id: str
    reason: str
    words: str = field(repr=False)
    at: datetime
    until: datetime
