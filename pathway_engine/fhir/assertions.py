"""Proof of a program that it is itself: a short-lived assertion signed by its own key, taken once (private_key_jwt)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.fhir.clients import ALGORITHMS, Client, Clients, PublicKey, UnfitKeys
from pathway_engine.service.context import Context
from pathway_engine.storage.records import Records

LONGEST = timedelta(minutes=5)
LEEWAY_SECONDS = 30
"""How far ahead a program's clock may be where an instant of the past is told."""
MOST_CHARACTERS = 8 * 1024
FORGOTTEN_AFTER = 2 * LONGEST
SPENT = "assertion:"
UNREADABLE = "The assertion cannot be read; a signed JWT would be right."
TYPES = ("JWT", "client-authentication+jwt")


class NotProven(PathwayEngineError):
    """The assertion proves nothing; the text says what of it is wrong, and shows nothing of it."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A program that has proven itself by an assertion; `spent` is the hash under which that is known as used."""

    client: Client
    spent: str = field(repr=False)


def proven(assertion: str, clients: Clients, audience: str, now: datetime) -> Proven:
    """Return whose assertion it is; that it was not used before is for `spend` to say. Raises NotProven."""
    header, said = _parts(assertion)
    client = clients.get(str(said.get("iss", "")))
    if client is None:
        raise NotProven("iss: the client_id of a program that is registered here would be right.")
    key = _key_of(header, client, now)
    try:
        registry = JWSRegistry(algorithms=list(ALGORITHMS))
        claims = jwt.decode(assertion, key, algorithms=list(ALGORITHMS), registry=registry).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise NotProven("The assertion is not signed by the key that it names.") from None
    _check_claims(claims, client.client_id, audience, now.timestamp())
    return Proven(client, _hash(client.client_id, str(claims["jti"])))


def _parts(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims as they stand there; nothing of them is proven yet."""
    if len(assertion) > MOST_CHARACTERS:
        raise NotProven("The assertion is too long.")
    try:
        found = jws.extract_compact(assertion.encode())
        said = json.loads(found.payload or b"")
    except (JoseError, ValueError, TypeError, RecursionError):
        raise NotProven(UNREADABLE) from None
    if not isinstance(said, dict):
        raise NotProven(UNREADABLE)
    return found.headers(), said


def _key_of(header: Mapping[str, Any], client: Client, now: datetime) -> PublicKey:
    """The client's key that the header names, and no other: keys that an assertion brings along are not looked at."""
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in ALGORITHMS:
        raise NotProven(f"alg: one of {', '.join(ALGORITHMS)} would be right.")
    if header.get("typ", "JWT") not in TYPES:
        raise NotProven("typ: JWT would be right.")
    if not isinstance(kid, str) or not kid:
        raise NotProven("kid: the name of one of the program's keys would be right.")
    try:
        key = client.keys.named(kid, now)
    except UnfitKeys:
        raise NotProven("The program's keys cannot be had now; asking again in a minute would be right.") from None
    if key is None or key.alg not in (None, alg):
        raise NotProven("kid: the program has no such key for this alg; one that is registered would be right.")
    return key


def _check_claims(claims: Mapping[str, Any], client_id: str, audience: str, at: float) -> None:
    """Raise NotProven, naming the claim, unless the claims are for this house, this program and these minutes."""
    expires, jti, aud = _number(claims, "exp"), claims.get("jti"), claims.get("aud")
    begins = [_number(claims, name) for name in ("nbf", "iat") if name in claims]
    wrong = {
        "iss and sub: both the client_id": not claims.get("iss") == claims.get("sub") == client_id,
        f"aud: {audience}": aud not in (audience, [audience]),
        "exp: an instant within five minutes": expires is None or not at < expires <= at + LONGEST.total_seconds(),
        "nbf and iat: instants of the past": any(each is None or each > at + LEEWAY_SECONDS for each in begins),
        "jti: a new random name each time": not isinstance(jti, str) or not 0 < len(jti) <= 255,
    }
    for right, is_wrong in wrong.items():
        if is_wrong:
            raise NotProven(f"{right} would be right.")


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _hash(client_id: str, jti: str) -> str:
    return hashlib.sha256(f"{client_id}\0{jti}".encode("utf-8", "replace")).hexdigest()


def spend(context: Context, found: Proven, now: datetime) -> bool:
    """Let the assertion be used no more, by any process; False when it was used before.

    What has been out of date for a while is forgotten with it: it would be refused for that.
    """

    def done(records: Records) -> bool:
        key = SPENT + found.spent
        if records.result(key) is not None:
            return False
        records.forget_results(SPENT, now - FORGOTTEN_AFTER)
        records.put_result(key, b"", now)
        return True

    return context.committed(done)
