"""A message family that is loaded when its first message comes, so that a program that never sees one starts sooner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from pathway_engine.domain.directory import Sender
from pathway_engine.domain.events import Identifier, Reading
from pathway_engine.service.channel import Answer, Channel, Header, read_named


class LaterChannel:
    """The channel *name*, which *load* makes at the first message."""

    def __init__(self, name: str, load: Callable[[], Channel]) -> None:
        self.name = name
        self._load = load

    @cached_property
    def loaded(self) -> Channel:
        """The channel itself."""
        return self._load()

    def header(self, raw: bytes) -> Header:
        """Read the envelope; never raises."""
        return self.loaded.header(raw)

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read the content by the sender's settings. Raises MessageError."""
        return self.loaded.read(raw, sender)

    def read_named(self, raw: bytes, sender: Sender, named: tuple[Identifier, ...]) -> Reading:
        """Read a message whose patient only a person could find. Raises MessageError."""
        return read_named(self.loaded, raw, sender, named)

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        """Write the answer, or None when the sender wants none of this kind."""
        return self.loaded.answer(raw, answer, now, number)
