"""Passwords and PINs: argon2id with a bound on how many are worked at, and what may be chosen."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from pathway_engine.service.access.errors import Busy, UnfitPassword

SHORTEST, LONGEST = 12, 200
AT_A_TIME = 2
"""Hashes worked at in one program; each takes a processor and 19 MiB, which others need too."""
PATIENCE_SECONDS = 5.0
FEWEST_SIGNS = 5
"""Different signs that a password must have."""
PIN_SIGNS = (4, 8)

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_PLACES = threading.BoundedSemaphore(AT_A_TIME)


def hashed(secret: str) -> str:
    """Return the argon2id hash of *secret*. Raises Busy."""
    with _place():
        return _HASHER.hash(_normal(secret))


def fits(stored: str | None, secret: str) -> bool:
    """Whether *secret* is what was hashed; without a hash it takes as long, and is not. Raises Busy."""
    with _place():
        try:
            _HASHER.verify(stored or _nobodys(), _normal(secret))
        except (Argon2Error, InvalidHashError):
            return False
    return stored is not None


def check_password(secret: str, *names: str) -> None:
    """Raise UnfitPassword unless *secret* is long, not known, and not made of *names* or a few signs."""
    plain = _normal(secret).casefold()
    if not SHORTEST <= len(plain) <= LONGEST:
        raise UnfitPassword("access.password_length")
    if len(set(plain)) < FEWEST_SIGNS or _is_row(plain) or _bare(plain) in _known():
        raise UnfitPassword("access.password_known")
    parts = [part for name in names for part in name.casefold().split() if len(part) > 2]
    left = plain
    for part in parts:
        left = left.replace(part, "")
    if len(left) < SHORTEST // 2:
        raise UnfitPassword("access.password_name")


def check_pin(pin: str) -> None:
    """Raise UnfitPassword unless *pin* is some digits that are neither all the same nor in a row."""
    fewest, most = PIN_SIGNS
    if not (pin.isascii() and pin.isdigit() and fewest <= len(pin) <= most):
        raise UnfitPassword("access.pin_form")
    if len(set(pin)) < 2 or _is_row(pin):
        raise UnfitPassword("access.pin_easy")


def one_time_secret() -> str:
    """Return a secret that is typed once, in groups that can be read aloud."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(5))


def digest(secret: str) -> str:
    """Return the SHA-256, in hex, of a secret that nobody could guess."""
    return hashlib.sha256(secret.strip().encode("utf-8", "replace")).hexdigest()


def same(stored: str | None, secret: str) -> bool:
    """Whether *secret* has the digest *stored*."""
    return stored is not None and hmac.compare_digest(stored, digest(secret))


@contextmanager
def _place() -> Iterator[None]:
    if not _PLACES.acquire(timeout=PATIENCE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _PLACES.release()


def _normal(secret: str) -> str:
    """The same for every keyboard: æøå typed in one sign or in two."""
    return unicodedata.normalize("NFKC", secret)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


@cache
def _known() -> frozenset[str]:
    words = files("pathway_engine.service.access").joinpath("known_passwords.txt").read_text("utf-8").split()
    return frozenset(word for word in words if not word.startswith("#"))


def _bare(plain: str) -> str:
    """Without what people put behind a known word: years, digits and marks."""
    return plain.replace(" ", "").rstrip("0123456789!?.,*#@&-_+")


def _is_row(plain: str) -> bool:
    """Whether each sign follows the one before it, up or down, in the alphabet or among the digits."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
