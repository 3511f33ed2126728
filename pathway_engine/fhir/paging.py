"""Where a search goes on: an opaque address that says what was asked and how far it has come.

It is encrypted, because what was posted may be somebody's name; and sealed, so that nobody writes a search into it
that was never asked. It is the asker's alone, and whose patients are shown is decided anew on every page.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import digest
from typing import Any

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from adapters.fhir.outcome import refusal
from pathway_engine.fhir.exchange import Exchange, Pairs

PAGE = "_page"
"""The one parameter of a next page's address."""
_HEADER = {"alg": "dir", "enc": "A256GCM"}


class _Place(msgspec.Struct, array_like=True):
    """What an address holds."""

    type: str
    client: str
    pairs: list[tuple[str, str]]
    position: list[Any]


def next_address(exchange: Exchange, pairs: Pairs, position: tuple[Any, ...]) -> str:
    """Return the address of the page behind *position* of the search that *pairs* ask for."""
    place = _Place(exchange.type, exchange.caller.client, list(pairs), list(position))
    sealed = jwe.encrypt_compact(_HEADER, msgspec.json.encode(place), _key(exchange.secret))
    return f"{exchange.base}/{exchange.type}?{PAGE}={sealed}"


def opened(exchange: Exchange, text: str) -> tuple[Pairs, tuple[Any, ...]]:
    """Return what `next_address` put in. Raises FhirRefusal for anything that it did not make for this caller."""
    try:
        found = jwe.decrypt_compact(text.encode(), _key(exchange.secret)).plaintext
        place = msgspec.json.decode(found or b"", type=_Place)
    except (JoseError, ValueError, KeyError, TypeError):  # whatever is wrong with what is no page of ours
        raise _no_page() from None
    if (place.type, place.client) != (exchange.type, exchange.caller.client):
        raise _no_page()
    return tuple(place.pairs), tuple(place.position)


def _no_page() -> Exception:
    return refusal(400, "invalid", "This is no next page of a search of yours, or not any more; search again.")


def _key(secret: bytes) -> OctKey:
    return OctKey.import_key(digest(secret, b"the next page of a FHIR search", sha256))
