"""A folder as the way out: each message is a file that appears whole, named so that a sorted listing is the order."""

from __future__ import annotations

import os
from pathlib import Path

from pathway_engine.service.outward import Letter, Refused, Sent

FILE_MODE = 0o600


class FolderTransport:
    """Puts each message into *folder*; whoever takes files from there answers for them from then on.

    The same message again writes over its own file. No receipt is awaited.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter) -> Sent | Refused:
        """Write under another name, let the disk have it, then give it its name. Raises OSError."""
        name = f"{letter.number:012}-{letter.message_id}.{letter.suffix}"
        unfinished = self._folder / f".{name}.part"
        _write(unfinished, letter.raw)
        unfinished.replace(self._folder / name)
        _sync(self._folder)
        return Sent(awaits_receipt=False)


def _write(path: Path, raw: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(number, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """A new name is on disk only when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
