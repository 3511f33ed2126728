"""The writer of Norwegian messages, loaded when the first one is written: most programs never write any."""

from __future__ import annotations

from functools import cached_property

from pathway_engine.service.context import Context
from pathway_engine.service.outward import Writer
from pathway_engine.storage.rows import OutgoingRow


class LaterNorwegianWriter:
    """Stands where the writer will stand."""

    suffix = "xml"

    @cached_property
    def loaded(self) -> Writer:
        """The writer itself."""
        from pathway_engine.norwegian_writer import NorwegianWriter

        return NorwegianWriter()

    def write(self, row: OutgoingRow, context: Context) -> bytes:
        """Return the message. Raises Lacking."""
        return self.loaded.write(row, context)
