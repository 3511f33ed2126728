"""A quick answer to how the house is, also when the database gives none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from pathway_engine.domain.errors import StorageError

PATIENCE_SECONDS = 3.0
Health = Mapping[str, object]


class Pulse:
    """Looks in a thread of its own, one look at a time, whoever asks; a slow look is not waited for."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._thread = ThreadPoolExecutor(1, "health")
        self._look: asyncio.Future[Health] | None = None

    async def felt(self, look: Callable[[], Health]) -> Health:
        """Return what *look* returns; not ok when the database is gone, or does not answer in time."""
        if self._look is None or self._look.done():
            self._look = asyncio.get_running_loop().run_in_executor(self._thread, _safely, look)
        try:
            return await asyncio.wait_for(asyncio.shield(self._look), self._patience_seconds)
        except TimeoutError:
            return {"ok": False, "database": "does not answer"}


def _safely(look: Callable[[], Health]) -> Health:
    try:
        return look()
    except StorageError:
        return {"ok": False, "database": "cannot be used"}
