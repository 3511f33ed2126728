"""Programs that are known here: whose eyes they see with, what they may do, and the keys that they prove it by."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.sign_on.issuer import SignOnFailed, sent, told

ALGORITHMS = ("ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384")
"""By which a program may sign: each with a public key, none with a shared secret."""
CURVES = ("P-256", "P-384")
SMALLEST_RSA = 2048
MOST_KEYS = 20
KEPT_FOR = timedelta(hours=1)
ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""How soon an address of keys may be asked again when an assertion names one that is not known."""

PublicKey = RSAKey | ECKey
PublicKeys = Mapping[str, PublicKey]


class UnfitKeys(PathwayEngineError):
    """The keys cannot be used; the text says why, and shows nothing of them."""


class Keys(Protocol):
    """Where a program's public keys come from."""

    def named(self, kid: str, now: datetime) -> PublicKey | None:
        """Return the key of that name. Raises UnfitKeys when the keys cannot be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A program as an installation has registered it.

    `person` is somebody of the directory whose seats decide which patients the program meets. `sender` is the
    facility that its messages carry, of the application ``fhir``; empty for a program that sends none.
    """

    client_id: str
    name: str
    person: str
    scopes: frozenset[str]
    keys: Keys = field(repr=False)
    sender: str = ""


Clients = Mapping[str, Client]


def read_keys(document: object) -> PublicKeys:
    """Return the keys of a JWKS by name. Raises UnfitKeys."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_KEYS:
        raise UnfitKeys(f'the JWKS holds no list of keys; {{"keys": [...]}} with 1 to {MOST_KEYS} would be right')
    found: dict[str, PublicKey] = {}
    for number, each in enumerate(listed, 1):
        kid, key = _key(number, each)
        if kid in found:
            raise UnfitKeys(f"key {number} has the kid of another one; a kid of its own would be right")
        found[kid] = key
    return found


def _key(number: int, each: object) -> tuple[str, PublicKey]:
    told = each if isinstance(each, dict) else {}
    kid, kind = told.get("kid"), told.get("kty")
    if not isinstance(kid, str) or not 0 < len(kid) <= 255:
        raise UnfitKeys(f"key {number} has no kid; a name of its own would be right")
    if kind not in ("RSA", "EC"):
        raise UnfitKeys(f"key {number} is of another kind; RSA or EC would be right")
    if "d" in told:
        raise UnfitKeys(f"key {number} is a private key, which nobody else may have; its public half would be right")
    if kind == "RSA" and len(str(told.get("n", ""))) * 6 < SMALLEST_RSA:
        raise UnfitKeys(f"key {number} is too short; an RSA key of at least {SMALLEST_RSA} bits would be right")
    try:
        key = import_key(told)
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnfitKeys(f"key {number} cannot be read; a JWK would be right") from None
    assert isinstance(key, RSAKey | ECKey), kind
    _check(number, key, told)
    return kid, key


def _check(number: int, key: PublicKey, told: Mapping[str, object]) -> None:
    if isinstance(key, ECKey) and key.curve_name not in CURVES:
        raise UnfitKeys(f"key {number} is on another curve; {' or '.join(CURVES)} would be right")
    if told.get("use", "sig") != "sig" or told.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
        raise UnfitKeys(f"key {number} is not for signing by one of {', '.join(ALGORITHMS)}, as would be right")


@dataclass(frozen=True, slots=True)
class FixedKeys:
    """Keys from a file of the installation's."""

    keys: PublicKeys = field(repr=False)

    def named(self, kid: str, now: datetime) -> PublicKey | None:
        """Return the key of that name."""
        return self.keys.get(kid)


class FetchedKeys:
    """Keys from the program's own address, kept for an hour; asked again at most once a minute, working or not."""

    def __init__(self, address: str, http: httpx.Client) -> None:
        self._address = address
        self._http = http
        self._keys: PublicKeys = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._lock = threading.Lock()

    def named(self, kid: str, now: datetime) -> PublicKey | None:
        """Return the key of that name. Raises UnfitKeys when the address does not give any."""
        with self._lock:
            is_old = self._fetched_at is None or now - self._fetched_at >= KEPT_FOR
            if is_old or kid not in self._keys:
                self._ask(now)
            if self._fetched_at is None or now - self._fetched_at >= KEPT_FOR:
                raise UnfitKeys("the address of the keys does not answer as it should")
            return self._keys.get(kid)

    def _ask(self, now: datetime) -> None:
        """Ask, unless it was asked just now; what cannot be had leaves what was known."""
        if self._asked_at is not None and now - self._asked_at < ASKED_AGAIN_AFTER:
            return
        self._asked_at = now
        try:
            self._keys = read_keys(told(sent(self._http, "GET", self._address), "keys"))
        except (SignOnFailed, UnfitKeys):
            return
        self._fetched_at = now
