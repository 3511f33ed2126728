"""An issuer: what it says of itself and its keys, asked for once a day, and nothing from anywhere else."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from pathway_engine.domain.errors import PathwayEngineError

KEPT_FOR = timedelta(hours=24)
ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""How soon keys may be asked for again when a token names one that is not known."""
MOST_BYTES = 256 * 1024
SECONDS = 5.0
DISCOVERY = "/.well-known/openid-configuration"
REQUIRED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
ENDPOINTS = (*REQUIRED, "pushed_authorization_request_endpoint", "end_session_endpoint")


class SignOnFailed(PathwayEngineError):
    """The sign-on was not completed; the text says at which step, and names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerSettings:
    """What an installation has agreed with its issuer.

    `key` is the client's private key. `person_claim` is the claim whose value the directory knows as a person's
    `login` or id; empty when accounts are linked by hand. `acr` is asked for and demanded, if there is one.
    `after_logout_url` is where the issuer sends those who have signed out; without it they sign out here alone.
    """

    issuer: str
    client_id: str
    key: RSAKey | ECKey | OKPKey = field(repr=False)
    redirect_url: str
    scopes: str = "openid profile"
    person_claim: str = ""
    acr: str = ""
    after_logout_url: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What an issuer said of itself, and its public keys, at `at`."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: datetime

    def endpoint(self, name: str) -> str:
        """Return an endpoint's address, empty when the issuer has none of that name."""
        return str(self.metadata.get(name, ""))

    def offers(self, name: str, value: str) -> bool:
        """Whether *value* is among those listed under *name*; an issuer that lists none offers it."""
        told = self.metadata.get(name)
        return told is None or (isinstance(told, list) and value in told)


class Issuer:
    """Keeps what the issuer says for a day; asks at its own address alone."""

    def __init__(self, address: str, http: httpx.Client) -> None:
        self.address = address
        self._http = http
        self._known: Known | None = None
        self._lock = threading.Lock()

    def known(self, now: datetime) -> Known:
        """Return what the issuer says of itself. Raises SignOnFailed."""
        with self._lock:
            if self._known is None or now - self._known.at >= KEPT_FOR:
                self._known = self._asked(now)
            return self._known

    def renewed(self, now: datetime) -> Known:
        """Ask again, since a token names a key that is not known; not more often than once a minute."""
        with self._lock:
            if self._known is None or now - self._known.at >= ASKED_AGAIN_AFTER:
                self._known = self._asked(now)
            return self._known

    def post(self, address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> httpx.Response:
        """Send a form to one of the issuer's endpoints. Raises SignOnFailed when it does not answer."""
        return self._sent("POST", address, data=dict(form), headers=dict(headers))

    def _asked(self, now: datetime) -> Known:
        metadata = told(self._sent("GET", self.address.rstrip("/") + DISCOVERY), "metadata")
        if metadata.get("issuer") != self.address:
            raise SignOnFailed("The metadata are another issuer's.")
        missing = [name for name in REQUIRED if not isinstance(metadata.get(name), str)]
        if missing:
            raise SignOnFailed(f"The metadata have no {missing[0]}.")
        for name in ENDPOINTS:
            if name in metadata:
                check_address(str(metadata[name]), self.address)
        try:
            keys = KeySet.import_key_set(told(self._sent("GET", metadata["jwks_uri"]), "keys"))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise SignOnFailed("The issuer's keys cannot be read.") from None
        return Known(metadata, keys, now)

    def _sent(self, method: str, address: str, **more: Any) -> httpx.Response:
        return sent(self._http, method, address, **more)


def sent(http: httpx.Client, method: str, address: str, **more: Any) -> httpx.Response:
    """Ask an address, within bounds of time and length, and nobody that it sends one on to. Raises SignOnFailed."""
    try:
        response = http.request(method, address, timeout=SECONDS, follow_redirects=False, **more)
    except httpx.HTTPError as error:
        raise SignOnFailed(f"The issuer does not answer ({type(error).__name__}).") from None
    if len(response.content) > MOST_BYTES:
        raise SignOnFailed("The issuer's answer is too long.")
    return response


def told(response: httpx.Response, what: str) -> dict[str, Any]:
    """Return an answer's JSON object. Raises SignOnFailed."""
    if response.status_code not in (200, 201):
        raise SignOnFailed(f"The issuer answered {response.status_code} when asked for {what}.")
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SignOnFailed(f"The issuer's {what} are not a JSON object.")
    return found


def check_address(address: str, issuer: str) -> None:
    """Raise SignOnFailed unless *address* is on the issuer's own host, over HTTPS or on this machine."""
    parts, own = urlsplit(address), urlsplit(issuer)
    if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        raise SignOnFailed("An endpoint is not at the issuer's own address.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise SignOnFailed("An endpoint is not over HTTPS.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
