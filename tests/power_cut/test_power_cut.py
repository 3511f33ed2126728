"""What was acknowledged outlives a power cut under SQLite. Many more cuts: ``python -m tests.power_cut``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.power_cut.disk import SECTOR, Disk, Plate, Shortened, Written
from tests.power_cut.trial import Machine


def test_nothing_acknowledged_is_lost_when_the_power_fails(tmp_path: Path) -> None:
    """Mutants: SQLite told not to wait for the disk, wholly or at each commit."""
    figures = Machine(tmp_path, seed=2).cut(40)
    assert figures.words == []
    assert figures.is_good and figures.cuts == 40 and figures.acknowledged > 100


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_database_that_does_not_wait_for_the_disk_is_seen_to_lose(tmp_path: Path, synchronous: str) -> None:
    """The test of the test: the cuts find what they are there to find."""
    assert not Machine(tmp_path, seed=2, synchronous=synchronous).cut(15).is_good


# -- the disk itself


def test_what_was_not_synced_is_lost_by_sectors() -> None:
    plate = Plate()
    plate.unsynced = [Written(SECTOR - 2, b"abcd")]
    assert [(part.at, part.content) for part in plate.unsynced[0].sectors()] == [  # type: ignore[union-attr]
        (SECTOR - 2, b"ab"), (SECTOR, b"cd"),
    ]  # fmt: skip


def test_what_was_synced_is_safe_and_in_the_order_in_which_it_was_written() -> None:
    plate = Plate()
    plate.unsynced = [Written(0, b"first"), Shortened(2), Written(4, b"x")]
    plate.synced()
    assert (bytes(plate.safe), plate.exists, plate.unsynced) == (b"fi\0\0x", True, [])


def test_a_new_file_that_was_never_synced_may_be_gone(tmp_path: Path) -> None:
    file, disk = tmp_path / "new", Disk()
    plate = disk.opened(str(file))
    file.write_bytes(b"seen by the system")
    plate.unsynced.append(Written(0, b"seen by the system"))
    disk.power_returns(_Unlucky())
    assert not file.exists()


def test_a_file_that_was_removed_without_a_sync_of_its_folder_may_be_back(tmp_path: Path) -> None:
    file, disk = tmp_path / "old", Disk()
    file.write_bytes(b"old")
    disk.opened(str(file))
    file.unlink()
    disk.removed(str(file), is_synced=False)
    disk.power_returns(_Unlucky())
    assert file.read_bytes() == b"old"


class _Unlucky(random.Random):
    """Nothing that was not synced survives."""

    def choice(self, _seq: object) -> float:  # type: ignore[override]
        return 0.0
