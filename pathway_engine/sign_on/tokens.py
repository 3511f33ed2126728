"""The identity token: taken only as this issuer's, for this client, in time, and as the answer to this sign-on."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from pathway_engine.sign_on.issuer import SignOnFailed

ALGORITHMS = ("ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
"""Only those with a public key: neither none nor one with a shared secret."""
LEEWAY_SECONDS = 30
OLDEST_SECONDS = 600
MOST_CHARACTERS = 32 * 1024


class UnknownKey(SignOnFailed):
    """The token is signed with a key that the issuer has not told of."""


def read_token(token: object, keys: KeySet) -> dict[str, Any]:
    """Return the claims of a token that one of *keys* has signed. Raises SignOnFailed and UnknownKey."""
    if not isinstance(token, str) or len(token) > MOST_CHARACTERS:
        raise SignOnFailed("There is no identity token.")
    _check_header(token, keys)
    try:
        found = jwt.decode(token, keys, algorithms=list(ALGORITHMS), registry=JWSRegistry(algorithms=list(ALGORITHMS)))
    except (JoseError, ValueError, TypeError, KeyError):
        raise SignOnFailed("The identity token is not signed by the issuer.") from None
    return dict(found.claims)


def _check_header(token: str, keys: KeySet) -> None:
    from joserfc.jws import extract_compact

    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise SignOnFailed("The identity token cannot be read.") from None
    if header.get("alg") not in ALGORITHMS:
        raise SignOnFailed("The identity token is signed by an algorithm that is not taken.")
    kid = header.get("kid")
    if kid is not None and kid not in {key.kid for key in keys.keys}:
        raise UnknownKey


def check_claims(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, acr: str, now: datetime) -> str:
    """Return the subject of claims that are this sign-on's. Raises SignOnFailed, naming the claim."""
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    at, expires, issued = now.timestamp(), _number(claims, "exp"), _number(claims, "iat")
    begins, said, subject = _number(claims, "nbf"), claims.get("nonce"), claims.get("sub")
    wrong = {
        "iss": claims.get("iss") != issuer,
        "aud": client_id not in several,
        "azp": (len(several) > 1 or "azp" in claims) and claims.get("azp") != client_id,
        "exp": expires is None or at >= expires + LEEWAY_SECONDS,
        "iat": issued is None or not at - OLDEST_SECONDS <= issued <= at + LEEWAY_SECONDS,
        "nbf": "nbf" in claims and (begins is None or begins > at + LEEWAY_SECONDS),
        "nonce": not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()),
        "acr": bool(acr) and claims.get("acr") != acr,
        "sub": not isinstance(subject, str) or not 0 < len(subject) <= 255,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise SignOnFailed(f"The identity token's {name} is not right.")
    return str(subject)


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
