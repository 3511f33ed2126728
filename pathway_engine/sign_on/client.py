"""The client: sends the browser to the issuer and exchanges what it brings back for who it is."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import httpx

from pathway_engine.sign_on.hints import opened, sealed
from pathway_engine.sign_on.issuer import Issuer, IssuerSettings, Known, SignOnFailed, told
from pathway_engine.sign_on.proofs import (
    ASSERTION_TYPE,
    DPOP_ALG,
    challenge_of,
    client_assertion,
    dpop_key,
    dpop_proof,
)
from pathway_engine.sign_on.tokens import UnknownKey, check_claims, read_token

PAR = "pushed_authorization_request_endpoint"
LASTS = timedelta(minutes=10)
"""So long somebody may take at the issuer."""
log = logging.getLogger(__name__)


class Kept(Protocol):
    """What was kept of a sign-on while the browser was away."""

    @property
    def nonce(self) -> str:
        """What the identity token must hold."""

    @property
    def verifier(self) -> str:
        """What the code is exchanged with."""

    @property
    def begun_at(self) -> datetime:
        """When it began."""


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-on as it begins."""

    address: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """Whom the issuer says it is: `person` as the claim has it, None when it has none.

    `hint` is the identity token, sealed by `hint_key`: the issuer is shown it again when the person signs out. The
    two are kept apart, since the token may hold an identity number.
    """

    issuer: str
    subject: str = field(repr=False)
    person: str | None = field(repr=False)
    hint: str = field(default="", repr=False)
    hint_key: str = field(default="", repr=False)


class Client:
    """One client at one issuer."""

    def __init__(self, settings: IssuerSettings, http: httpx.Client) -> None:
        self._settings = settings
        self._issuer = Issuer(settings.issuer, http)

    def start(self, now: datetime) -> Started:
        """Begin a sign-on. Raises SignOnFailed."""
        known = self._issuer.known(now)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = self._asked(state, nonce, verifier)
        if known.endpoint(PAR):
            asked = {"client_id": self._settings.client_id, "request_uri": self._pushed(known, asked, now)}
        elif known.metadata.get("require_pushed_authorization_requests") is True:
            raise SignOnFailed("The issuer asks for PAR and has no address for it.")
        return Started(f"{known.endpoint('authorization_endpoint')}?{urlencode(asked)}", state, nonce, verifier)

    def finish(self, code: str, issuer: str | None, kept: Kept, now: datetime) -> Done:
        """Exchange the code that the browser brought back. Raises SignOnFailed."""
        known = self._issuer.known(now)
        if now - kept.begun_at > LASTS:
            raise SignOnFailed("The sign-on took too long.")
        is_promised = known.metadata.get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and is_promised) or issuer not in (None, self._settings.issuer):
            raise SignOnFailed("The answer is another issuer's.")
        answer = self._exchanged(known, code, kept.verifier, now)
        claims = self._claims(answer.get("id_token"), known, now)
        settings = self._settings
        subject = check_claims(
            claims, issuer=settings.issuer, client_id=settings.client_id, nonce=kept.nonce, acr=settings.acr, now=now
        )
        said = claims.get(settings.person_claim) if settings.person_claim else None
        hint_key, hint = sealed(str(answer["id_token"]))
        return Done(settings.issuer, subject, said if isinstance(said, str) and said else None, hint, hint_key)

    @property
    def led_to(self) -> str:
        """The origin to which signing out leads, empty when it leads nowhere."""
        parts = urlsplit(self._settings.issuer)
        return f"{parts.scheme}://{parts.netloc}" if self._settings.after_logout_url else ""

    def end_address(self, hint: str, hint_key: str, now: datetime) -> str:
        """Return where the browser is to go so that the person signs out at the issuer as well.

        Empty when the issuer has no such address, or none is agreed to come back to. Raises SignOnFailed.
        """
        back = self._settings.after_logout_url
        address = self._issuer.known(now).endpoint("end_session_endpoint") if back else ""
        if not address:
            return ""
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        token = opened(hint, hint_key)
        return f"{address}?{urlencode({**asked, 'id_token_hint': token} if token else asked)}"

    def _asked(self, state: str, nonce: str, verifier: str) -> dict[str, str]:
        settings = self._settings
        asked = {
            "client_id": settings.client_id, "response_type": "code", "scope": settings.scopes,
            "redirect_uri": settings.redirect_url, "state": state, "nonce": nonce,
            "code_challenge": challenge_of(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        return {**asked, "acr_values": settings.acr} if settings.acr else asked

    def _pushed(self, known: Known, asked: Mapping[str, str], now: datetime) -> str:
        answer = told(self._issuer.post(known.endpoint(PAR), {**asked, **self._itself(now)}, {}), "a pushed request")
        found = answer.get("request_uri")
        if not isinstance(found, str) or not found:
            raise SignOnFailed("The issuer took the pushed request and gave it no name.")
        return found

    def _exchanged(self, known: Known, code: str, verifier: str, now: datetime) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._settings.redirect_url,
            "code_verifier": verifier, "client_id": self._settings.client_id,
        }  # fmt: skip
        address = known.endpoint("token_endpoint")
        if "dpop_signing_alg_values_supported" not in known.metadata:
            return told(self._issuer.post(address, {**form, **self._itself(now)}, {}), "a token")
        if not known.offers("dpop_signing_alg_values_supported", DPOP_ALG):
            raise SignOnFailed(f"The issuer takes no DPoP proof by {DPOP_ALG}.")
        return told(self._with_proof(address, form, now), "a token")

    def _with_proof(self, address: str, form: Mapping[str, str], now: datetime) -> httpx.Response:
        """Ask with a DPoP proof, and once more with the nonce that the issuer may want in it."""
        key = dpop_key()
        proof = dpop_proof(key, "POST", address, now)
        response = self._issuer.post(address, {**form, **self._itself(now)}, {"DPoP": proof})
        nonce = response.headers.get("dpop-nonce", "")
        if response.status_code not in (400, 401) or not nonce:
            return response
        proof = dpop_proof(key, "POST", address, now, nonce)
        return self._issuer.post(address, {**form, **self._itself(now)}, {"DPoP": proof})

    def _itself(self, now: datetime) -> dict[str, str]:
        assertion = client_assertion(self._settings.key, self._settings.client_id, self._settings.issuer, now)
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}

    def _claims(self, token: object, known: Known, now: datetime) -> dict[str, Any]:
        try:
            return read_token(token, known.keys)
        except UnknownKey:
            return read_token(token, self._issuer.renewed(now).keys)
