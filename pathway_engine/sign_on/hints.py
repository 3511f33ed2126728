"""The identity token of a sign-on, kept sealed until its person signs out: the key is in the browser alone."""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

HEADER = {"alg": "dir", "enc": "A256GCM"}
LONGEST = 6000
"""Characters of a token that still fits into an address."""


def sealed(token: str) -> tuple[str, str]:
    """Return a new key and *token* sealed by it; both empty when the token is too long to be shown again."""
    if len(token) > LONGEST:
        return "", ""
    key = OctKey.generate_key(256)
    return str(key.as_dict()["k"]), jwe.encrypt_compact(HEADER, token, key)


def opened(hint: str, key: str) -> str:
    """Return the token, empty when the two do not belong together."""
    try:
        found = jwe.decrypt_compact(hint, OctKey.import_key({"kty": "oct", "k": key}))
    except (JoseError, ValueError, TypeError, KeyError):
        return ""
    return (found.plaintext or b"").decode()
