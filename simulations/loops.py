"""Which event loop there is: compiled where numba is installed, else plain Python; both give the same to the bit."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

FAST, PLAIN = "numba", "python"


@cache
def best_loop() -> str:
    """Return the fastest event loop that is installed here."""
    return FAST if find_spec("numba") is not None else PLAIN


def arrays(loop: str = "") -> Any:
    """Return the module that works on whole arrays as *loop* does; both give the same to the bit."""
    if (loop or best_loop()) == FAST:
        from simulations import fast_arrays

        return fast_arrays
    from simulations import plain_arrays

    return plain_arrays
