"""Several programs on one drop folder, and programs killed between any two steps: each message once, none lost."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pathway_engine.transports.drop_folder import IN, PROCESSED, QUARANTINE, RECEIPTS, TAKEN
from tests.drop.house import DropHouse, dies_at, ended, in_a_program, message

MOST_STEPS = 80


def filled(url: str, folder: Path) -> None:
    house = DropHouse(url, folder)
    house.puts("good.json", message(1))
    house.puts("nonsense.json", b"nonsense")
    house.puts("refused.json", message(2, bad=True))
    house.close()


def read(url: str, folder: Path, step: int) -> None:
    house = DropHouse(url, folder)
    dies_at(step, folder)
    house.takes()
    house.close()


@pytest.mark.crash
def test_a_program_killed_before_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Mutants: the receipt before the commit; a file put away before it is received; a claim that a dead one keeps."""
    killed = 0
    for step in range(1, MOST_STEPS):
        place = tmp_path / f"{step}"
        place.mkdir()
        url, folder = f"sqlite:///{place}/pathway.sqlite", place / "drop"
        filled(url, folder)
        word = ended(in_a_program(lambda url=url, folder=folder, step=step: read(url, folder, step)))  # type: ignore[misc]
        assert word in (0, -signal.SIGKILL), step
        killed += word != 0
        house = DropHouse(url, folder)
        house.takes()
        house.takes(seconds=11)
        assert violations(house) == [], step
        house.close()
        if word == 0:
            break
    assert 15 <= killed < MOST_STEPS - 1


def violations(house: DropHouse) -> list[str]:
    """What breaks the promise, in words."""
    aside = [name for name in house.names(QUARANTINE) if not name.startswith(".")]
    wrong = [] if house.admissions() == ["admitted/VN1"] else [f"on the log: {house.admissions()}"]
    wrong += [f"left in {part}: {house.names(part)}" for part in (IN, TAKEN) if house.names(part)]
    wrong += [f"rows: {len(house.inbox())}"] if len(house.inbox()) != 2 else []
    visible = [name for name in house.names(RECEIPTS) if not name.startswith(".")]
    wrong += [f"receipts: {visible}"] if len(visible) != 2 else []
    wrong += [f"processed: {house.names(PROCESSED)}"] if len(house.names(PROCESSED)) != 1 else []
    files = [name for name in aside if not name.endswith(".reason.txt")]
    wrong += [f"without reason: {name}" for name in files if f"{name}.reason.txt" not in aside]
    return wrong + ([f"set aside: {files}"] if len(files) != 2 else [])


@pytest.mark.crash
def test_several_programs_take_each_file_once(tmp_path: Path) -> None:
    """Mutant: files that are not locked, so that two programs have one."""
    url, folder = f"sqlite:///{tmp_path}/pathway.sqlite", tmp_path / "drop"
    house = DropHouse(url, folder)
    numbers = range(1, 61)
    for number in numbers:
        house.puts(f"{number:03}.json", message(number))
    house.close()
    children = [in_a_program(lambda: _reads_all(url, folder)) for _ in range(3)]
    assert [ended(child) for child in children] == [0, 0, 0]
    house = DropHouse(url, folder)
    assert house.takes() == 0
    assert [(row.disposition, row.duplicates) for row in house.inbox()] == [("applied", 0)] * 60
    assert (len(house.names(PROCESSED)), len(house.names(RECEIPTS)), house.names(TAKEN)) == (60, 60, [])
    assert len(set(house.admissions())) == len(house.admissions()) == 60
    house.close()


def _reads_all(url: str, folder: Path) -> None:
    house = DropHouse(url, folder)
    while house.names(IN):
        house.takes()
    house.close()
