"""A disk whose power can fail: only what was synced is safe, the rest survives by chance, sector by sector.

SQLite works on real files through apsw's VFS, so that locks and shared memory are its own. Beside them the
disk keeps what would be on the plates. A cut puts that into the files.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""
_names = count(1)


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes given to the operating system at a place in a file."""

    at: int
    content: bytes

    def sectors(self) -> Iterator[Written]:
        """The same, cut where the disk's sectors end."""
        begin, end = self.at, self.at + len(self.content)
        while begin < end:
            stop = min(end, (begin // SECTOR + 1) * SECTOR)
            yield Written(begin, self.content[begin - self.at : stop - self.at])
            begin = stop


@dataclass(frozen=True, slots=True)
class Shortened:
    """A file cut to a length."""

    to: int


@dataclass
class Plate:
    """One file as the disk has it: what is safe, and what has not been synced since.

    A file is in its folder for good once it was synced: SQLite's own VFS syncs the folder with a new
    file's first sync. A removal is for good when the folder was synced for it.
    """

    safe: bytearray = field(default_factory=bytearray)
    exists: bool = False
    is_removed: bool = False
    unsynced: list[Written | Shortened] = field(default_factory=list)

    def synced(self) -> None:
        """Everything written is safe now."""
        for change in self.unsynced:
            _apply(self.safe, change)
        self.unsynced.clear()
        self.exists, self.is_removed = True, False


def _apply(content: bytearray, change: Written | Shortened) -> None:
    if isinstance(change, Shortened):
        del content[change.to :]
        return
    content.extend(bytes(max(0, change.at - len(content))))
    content[change.at : change.at + len(change.content)] = change.content


class Disk:
    """The files that are opened through it, a power switch, and a size."""

    def __init__(self) -> None:
        self.plates: dict[str, Plate] = {}
        self.is_on = True
        self.operations = 0
        self.cut_at = 0
        self.free_bytes: int | None = None
        self.fails_to = ""
        self.autocheckpoint_pages = 1000
        self.vfs = _PowerVfs(self)

    # -- what SQLite does

    def asked_to(self, operation: str) -> None:
        """Count an operation; the power goes at number `cut_at`, and then nothing works."""
        if self.is_on:
            self.operations += 1
            self.is_on = self.operations != self.cut_at
        if not self.is_on or operation == self.fails_to:
            raise apsw.IOError(f"the disk cannot {operation}")

    def allotted(self, more_bytes: int) -> None:
        """A file grows, if there is room; `free_bytes` None is room enough for ever."""
        if self.free_bytes is None or more_bytes <= 0:
            return
        if more_bytes > self.free_bytes:
            raise apsw.FullError("the disk is full")
        self.free_bytes -= more_bytes

    def opened(self, path: str) -> Plate:
        """A file is opened; one that was there before is safe as it is."""
        known = self.plates.get(path)
        if known is None:
            file = Path(path)
            known = Plate(bytearray(file.read_bytes()), exists=True) if file.exists() else Plate()
            self.plates[path] = known
        elif known.is_removed:
            known.unsynced.append(Shortened(0))
        return known

    def removed(self, path: str, is_synced: bool) -> None:
        """A file is removed, for good or until the folder is synced."""
        if is_synced:
            self.plates.pop(path, None)
        elif path in self.plates:
            self.plates[path].is_removed = True

    # -- what an operator sees

    def cut_power_at(self, operation: int) -> None:
        """Let the power fail at the so-manieth operation from now."""
        self.operations, self.cut_at = 0, operation

    def power_returns(self, chance: random.Random) -> None:
        """Put what survived into the files. Nobody may have them open."""
        odds = chance.choice((0.0, 0.5, 0.9, 1.0))
        for path, plate in self.plates.items():
            _survive(plate, odds, chance)
            Path(f"{path}-shm").unlink(missing_ok=True)
            if plate.exists and not (plate.is_removed and chance.random() < odds):
                Path(path).write_bytes(plate.safe)
            else:
                Path(path).unlink(missing_ok=True)
        self.plates.clear()
        self.is_on, self.cut_at = True, 0


def _survive(plate: Plate, odds: float, chance: random.Random) -> None:
    """Of what was not synced each sector survives or not, whatever came before or after it."""
    for change in plate.unsynced:
        parts: list[Written | Shortened] = list(change.sectors()) if isinstance(change, Written) else [change]
        for part in parts:
            if chance.random() < odds:
                _apply(plate.safe, part)
                plate.exists = True


class _PowerVfs(apsw.VFS):
    """The machine's own VFS, with the disk looking on."""

    def __init__(self, disk: Disk) -> None:
        self.name = f"power-{next(_names)}"
        self._disk = disk
        super().__init__(self.name, base="")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _PowerFile(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._disk.asked_to("remove")
        super().xDelete(filename, syncdir)
        self._disk.removed(filename, syncdir)

    def excepthook(self, *_: object) -> bool:
        """What cannot be told to SQLite's caller is of no interest."""
        return True


class _PowerFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._plate = disk.opened(path)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.asked_to("write")
        self._disk.allotted(offset + len(data) - super().xFileSize())
        super().xWrite(data, offset)
        self._plate.unsynced.append(Written(offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.asked_to("truncate")
        super().xTruncate(newsize)
        self._plate.unsynced.append(Shortened(newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.asked_to("sync")
        super().xSync(flags)
        self._plate.synced()

    def excepthook(self, *_: object) -> bool:
        """What cannot be told to SQLite's caller is of no interest."""
        return True
