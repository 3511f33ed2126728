"""A folder as the way out: each message is a file that appears whole, named so that a sorted listing is the order."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from pathway_engine.service.outward import Letter, Refused, Sent

FILE_MODE = 0o600


class FolderTransport:
    """Puts each message into *folder*; whoever takes files from there answers for them from then on.

    The same message again writes over its own file. A receipt is awaited for files of the kinds *receipted*
    (by their suffix) and for no others.
    """

    def __init__(self, folder: Path, receipted: Collection[str] = ()) -> None:
        self._folder = folder
        self._receipted = frozenset(receipted)

    def send(self, letter: Letter) -> Sent | Refused:
        """Write under another name, let the disk have it, then give it its name. Raises OSError."""
        put_whole(self._folder, f"{letter.number:012}-{letter.message_id}.{letter.suffix}", letter.raw)
        return Sent(awaits_receipt=letter.suffix in self._receipted)


def put_whole(folder: Path, name: str, raw: bytes) -> None:
    """Let a file appear whole, on disk, readable by its owner only. Raises OSError."""
    unfinished = folder / f".{name}.{os.getpid()}.part"
    _write(unfinished, raw)
    unfinished.replace(folder / name)
    sync(folder)


def _write(path: Path, raw: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(number, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Let the disk have what a folder's files are called: a new name is on disk only when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
