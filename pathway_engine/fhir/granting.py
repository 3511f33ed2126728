"""The token endpoint's decision (RFC 6749, SMART Backend Services): a proven program gets a token, others a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pathway_engine.fhir import scopes
from pathway_engine.fhir.assertions import NotProven, Proven, proven, spend
from pathway_engine.fhir.clients import Client, Clients
from pathway_engine.fhir.tokens import LASTS, Tokens
from pathway_engine.service.access import tries
from pathway_engine.service.context import Context
from pathway_engine.sign_on.proofs import ASSERTION_TYPE
from pathway_engine.storage.records import Records

PATH = "/auth/token"
TRIED = "program"
UNKNOWN = "unknown"
Form = Sequence[tuple[str, str]]


class NotGranted(Exception):
    """No token; `error` is a word of RFC 6749, `text` says what would be right, `status` is the HTTP status."""

    def __init__(self, error: str, text: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.text, self.status = error, text, status


@dataclass(frozen=True, slots=True)
class Granting:
    """Gives tokens to the programs of one tenant; its address is what an assertion must be for."""

    context: Context
    clients: Clients
    tokens: Tokens = field(repr=False)
    base: str

    @property
    def address(self) -> str:
        """Where tokens are asked for."""
        return self.base + PATH

    def grant(self, form: Form, address: str, now: datetime) -> dict[str, object]:
        """Return the answer that holds the token; that it was given is on record. Raises NotGranted."""
        told = _once(form)
        if told.get("grant_type") != "client_credentials":
            raise NotGranted("unsupported_grant_type", "grant_type=client_credentials would be right.")
        client = self._client(told, address, now)
        held = scopes.granted(told.get("scope", ""), client.scopes)
        if not held:
            registered = " ".join(sorted(client.scopes))
            raise NotGranted("invalid_scope", f"scope: some of {registered} would be right.")
        self.context.committed(lambda records: _note(records, client.client_id, "token given", now))
        return {
            "access_token": self.tokens.given(client.client_id, held, now), "token_type": "bearer",
            "expires_in": int(LASTS.total_seconds()), "scope": " ".join(sorted(held)),
        }  # fmt: skip

    def _client(self, told: Mapping[str, str], address: str, now: datetime) -> Client:
        with self.context.store.reading() as records:
            if tries.must_wait(records, TRIED, address, now):
                raise NotGranted("invalid_client", "Too many tries failed; waiting a while would be right.", 429)
        try:
            return self._proven(told, now).client
        except NotProven as error:
            self.context.committed(lambda records: _refused(records, address, now))
            raise NotGranted("invalid_client", str(error), 401) from None

    def _proven(self, told: Mapping[str, str], now: datetime) -> Proven:
        if told.get("client_assertion_type") != ASSERTION_TYPE or not told.get("client_assertion"):
            raise NotProven(f"client_assertion_type={ASSERTION_TYPE} with a client_assertion would be right.")
        found = proven(told["client_assertion"], self.clients, self.address, now)
        if told.get("client_id", found.client.client_id) != found.client.client_id:
            raise NotProven("client_id: the same as in the assertion, or none, would be right.")
        if self.context.directory.people.get(found.client.person) is None:
            raise NotProven("The program's person is not in the directory any more.")
        if not spend(self.context, found, now):
            raise NotProven("jti: the assertion was used before; a new one each time would be right.")
        return found


def _once(form: Form) -> dict[str, str]:
    """The form's fields; one that comes twice says nothing that can be relied on."""
    told = dict(form)
    if len(told) != len(form):
        raise NotGranted("invalid_request", "Each field once would be right.")
    return told


def _refused(records: Records, address: str, now: datetime) -> None:
    tries.counted(records, TRIED, address, now)
    _note(records, UNKNOWN, "token refused", now)


def _note(records: Records, actor: str, action: str, now: datetime) -> None:
    outcome = "refused" if action.endswith("refused") else "ok"
    records.write_audit(
        at=now, actor=actor, role="", action=action, patient_id=None, object_id=None, outcome=outcome
    )  # fmt: skip
