"""Who asks: a program by its token, a person's small program by an access key, or a sender by its own key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.fhir import scopes
from pathway_engine.fhir.clients import Clients
from pathway_engine.fhir.exchange import Caller
from pathway_engine.fhir.tokens import Tokens, is_token
from pathway_engine.service.access import tries
from pathway_engine.service.engine import Engine
from pathway_engine.service.views import Principal

EVERYTHING = scopes.EVERYTHING
"""What a person's key may do: whatever the person may."""
AS_SENDER = frozenset({"system/Encounter.cru", "system/Patient.cru"})
"""What a sender's key may do: tell of its own patients and their stays, and read back what it told."""
APPLICATION = "fhir"
"""What a sender that writes resources is called in the directory."""
INTEGRATOR = "integrator"
TRIED = "program"


class TooManyTries(PathwayEngineError):
    """Keys that are nobody's were tried too often from this address. Wait a while."""


def _nobody(_: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Callers:
    """Finds who comes with an ``Authorization`` header.

    `holder` tells whose key a header brings at the door for messages. Without `tokens` nobody comes by one.
    """

    engine: Engine
    clients: Clients = field(default_factory=dict)
    tokens: Tokens | None = field(default=None, repr=False)
    holder: Callable[[str], str | None] = _nobody

    def __call__(self, authorization: str, now: datetime, address: str = "") -> Caller | None:
        """Return the caller; None for nobody. Raises TooManyTries where keys were guessed from *address*."""
        scheme, _, held = authorization.partition(" ")
        held = held.strip()
        if scheme.lower() != "bearer" or not held:
            return None
        if is_token(held):
            return self._by_token(held, now)
        if self._must_wait(address, now):
            raise TooManyTries
        found = self._by_key(held) or self._as_sender(authorization)
        if found is None:
            self._note_failure(address, now)
        return found

    def _by_token(self, token: str, now: datetime) -> Caller | None:
        """The client as it is registered now: a scope or person that was taken away is gone at once."""
        read = self.tokens.read(token, now) if self.tokens else None
        client = self.clients.get(read[0]) if read else None
        if read is None or client is None:
            return None
        who = self.engine.principal(client.person, "")
        held = scopes.granted(" ".join(read[1]), client.scopes)
        return Caller(client=client.client_id, who=who, scopes=held, sender=client.sender) if who else None

    def _by_key(self, key: str) -> Caller | None:
        who = self.engine.principal_of_access_key(key)
        return Caller(client=who.person, who=who, scopes=EVERYTHING, sender=who.person) if who else None

    def _as_sender(self, authorization: str) -> Caller | None:
        """A sender of the directory; it sits nowhere, so it meets nobody but whom it told of itself."""
        holder = self.holder(authorization)
        directory = self.engine.context.directory
        named = [each for each in directory.senders.values() if each.id == holder and each.application == APPLICATION]
        if not named:
            return None
        organisation = directory.organisations.get(named[0].organisation)
        who = Principal(person=named[0].id, name=organisation.name if organisation else "", role=INTEGRATOR, seats=())
        return Caller(client=named[0].id, who=who, scopes=AS_SENDER, sender=named[0].facility)

    # -- guessing takes longer and longer

    def _must_wait(self, address: str, now: datetime) -> bool:
        with self.engine.context.store.reading() as records:
            return tries.must_wait(records, TRIED, address, now)

    def _note_failure(self, address: str, now: datetime) -> None:
        self.engine.context.committed(lambda records: tries.counted(records, TRIED, address, now))


def callers(
    engine: Engine, clients: Clients | None = None, tokens: Tokens | None = None,
    holder: Callable[[str], str | None] = _nobody,
) -> Callers:  # fmt: skip
    """Return what finds the caller of an ``Authorization`` header."""
    return Callers(engine, clients or {}, tokens, holder)
