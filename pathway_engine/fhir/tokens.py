"""Access tokens: signed here, good for five minutes at this address, holding no more than who and what for."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry

LASTS = timedelta(minutes=5)
ALGORITHM = "HS256"
TYPE = "at+jwt"
MOST_CHARACTERS = 4 * 1024


class Tokens:
    """Gives and reads the access tokens of one tenant at one address.

    The key is derived from the installation's secret for this alone, so that neither a session nor another tenant's
    token is one of these. Every process with the same secret reads what the others gave.
    """

    def __init__(self, secret: str, tenant: str, base: str) -> None:
        derived = hmac.digest(secret.encode(), f"pathway-engine access token\0{tenant}".encode(), "sha256")
        self._key = OctKey.import_key(derived)
        self._base = base

    def given(self, client_id: str, scopes: Iterable[str], now: datetime) -> str:
        """Return a token for a program."""
        at = int(now.timestamp())
        claims = {
            "iss": self._base, "aud": self._base, "sub": client_id, "client_id": client_id,
            "scope": " ".join(sorted(scopes)), "iat": at, "exp": at + int(LASTS.total_seconds()),
        }  # fmt: skip
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._key, algorithms=[ALGORITHM])

    def read(self, token: str, now: datetime) -> tuple[str, frozenset[str]] | None:
        """Return whose token it is and the scopes that it holds; None for one that is not from here, or is too old."""
        if len(token) > MOST_CHARACTERS:
            return None
        try:
            registry = JWSRegistry(algorithms=[ALGORITHM])
            found = jwt.decode(token, self._key, algorithms=[ALGORITHM], registry=registry)
        except (JoseError, ValueError, TypeError):
            return None
        claims = found.claims
        is_ours = found.header.get("typ") == TYPE and claims.get("iss") == claims.get("aud") == self._base
        if not is_ours or now.timestamp() >= claims["exp"]:
            return None
        return str(claims["client_id"]), frozenset(str(claims["scope"]).split())


def is_token(text: str) -> bool:
    """Whether a bearer's text has the form of a token, which begins with a JSON object; a key is a word by chance."""
    return text.startswith("eyJ") and text.count(".") == 2
