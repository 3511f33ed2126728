"""What the client signs: that it is itself (private_key_jwt), and that the token request is its own (DPoP)."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LASTS_SECONDS = 60
DPOP_ALG = "ES256"


def client_assertion(key: RSAKey | ECKey | OKPKey, client_id: str, issuer: str, now: datetime) -> str:
    """Return the proof that the client is itself, for a minute and for this issuer alone."""
    at = int(now.timestamp())
    claims = {
        "iss": client_id, "sub": client_id, "aud": issuer, "jti": secrets.token_urlsafe(16),
        "iat": at, "nbf": at, "exp": at + LASTS_SECONDS,
    }  # fmt: skip
    header = {"alg": signing_alg(key), "typ": "client-authentication+jwt"}
    if key.kid:
        header["kid"] = key.kid
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def signing_alg(key: RSAKey | ECKey | OKPKey) -> str:
    """Return the algorithm that the key signs by: what it says itself, else the usual one of its kind."""
    named = key.alg
    if named:
        return str(named)
    if isinstance(key, RSAKey):
        return "PS256"
    return "EdDSA" if isinstance(key, OKPKey) else {"P-384": "ES384", "P-521": "ES512"}.get(key.curve_name, "ES256")


def dpop_key() -> ECKey:
    """Return a key for one sign-on."""
    return ECKey.generate_key("P-256", private=True)


def dpop_proof(key: ECKey, method: str, address: str, now: datetime, nonce: str = "") -> str:
    """Return the proof that whoever holds *key* sends this very request."""
    header = {"typ": "dpop+jwt", "alg": DPOP_ALG, "jwk": key.as_dict(private=False)}
    claims: dict[str, object] = {
        "jti": secrets.token_urlsafe(16), "htm": method, "htu": address, "iat": int(now.timestamp()),
    }  # fmt: skip
    if nonce:
        claims["nonce"] = nonce
    return jwt.encode(header, claims, key, algorithms=[DPOP_ALG])


def challenge_of(verifier: str) -> str:
    """Return PKCE's S256 challenge."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
