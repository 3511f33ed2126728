"""Who asks: a program by its token, or a small sender by its key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pathway_engine.fhir.exchange import Caller
from pathway_engine.service.engine import Engine

EVERYTHING = frozenset({"system/*.cruds"})
"""What a key may do: whatever its person may."""


def callers(engine: Engine) -> Callable[[str, datetime], Caller | None]:
    """Return what finds the caller of an ``Authorization`` header."""

    def caller_of(authorization: str, now: datetime) -> Caller | None:
        scheme, _, key = authorization.partition(" ")
        who = engine.principal_of_access_key(key.strip()) if scheme.lower() == "bearer" and key.strip() else None
        return Caller(client=who.person, who=who, scopes=EVERYTHING, sender=who.person) if who else None

    return caller_of
