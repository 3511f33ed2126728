"""How often Python looks for circles of garbage while the program serves."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 50_000
"""So many more objects made than freed, and the collector looks: some megabytes. Python's own 700 are a fraction of one
batch of messages, each of which it would look through several times and find nothing."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Leave what the start has made out of the collector's rounds, and let them come seldom; as before afterwards.

    Next to nothing in the program is a circle, so that counting references frees it at once.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
