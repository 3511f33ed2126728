"""The writer of Norwegian messages, loaded when the first one is written: most programs never write any."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from pathway_engine.service.outward import Surroundings, Writer
from pathway_engine.storage.rows import OutgoingRow

if TYPE_CHECKING:
    from adapters.norwegian.schemas import Schemas


class LaterNorwegianWriter:
    """Stands where the writer will stand; *schemas* gives the official schemas, if there are any."""

    suffix = "xml"

    def __init__(self, schemas: Callable[[], Schemas | None] = lambda: None) -> None:
        self._schemas = schemas

    @cached_property
    def loaded(self) -> Writer:
        """The writer itself."""
        from pathway_engine.channels.norwegian_writer import NorwegianWriter

        return NorwegianWriter(self._schemas())

    def write(self, row: OutgoingRow, around: Surroundings) -> bytes:
        """Return the message. Raises Lacking."""
        return self.loaded.write(row, around)
