"""A copy is whole, is the reader's alone, takes nobody's place, and refuses what is no database of ours."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage.copying import back_up, restore
from pathway_engine.storage.schema import head_revision
from tests.cli.conftest import Run, run, run_seeded, seeded_database  # noqa: F401 - fixtures
from tests.service.community import Community


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Path]:
    """The file of a database with a patient in it, whose last commits are in the WAL."""
    community = Community(f"sqlite:///{tmp_path}/live.sqlite")
    community.brought_home()
    yield tmp_path / "live.sqlite"
    community.close()


def counted(file: Path, table: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_copy_is_one_file_with_all_that_was_committed(house: Path, tmp_path: Path) -> None:
    assert Path(f"{house}-wal").stat().st_size > 0
    copied = back_up(f"sqlite:///{house}", tmp_path / "copy")
    assert (copied.revision, copied.size) == (head_revision(), (tmp_path / "copy").stat().st_size)
    assert counted(tmp_path / "copy", "log") == counted(house, "log") > 0
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy"]


def test_a_copy_is_its_owner_s_alone(house: Path, tmp_path: Path) -> None:
    back_up(f"sqlite:///{house}", tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def test_no_file_is_written_over(house: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("an older copy")
    with pytest.raises(StorageError, match="another name"):
        back_up(f"sqlite:///{house}", tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "an older copy"


@pytest.mark.parametrize("left", ["", "-wal", "-shm", "-journal"])
def test_a_database_that_is_there_is_not_restored_over(house: Path, tmp_path: Path, left: str) -> None:
    back_up(f"sqlite:///{house}", tmp_path / "copy")
    (tmp_path / f"other.sqlite{left}").write_bytes(b"x")
    with pytest.raises(StorageError, match="move it away"):
        restore(tmp_path / "copy", f"sqlite:///{tmp_path}/other.sqlite")
    assert (tmp_path / f"other.sqlite{left}").read_bytes() == b"x"


def test_what_is_restored_is_worked_on_as_before(house: Path, tmp_path: Path) -> None:
    back_up(f"sqlite:///{house}", tmp_path / "copy")
    restore(tmp_path / "copy", f"sqlite:///{tmp_path}/again.sqlite")
    community = Community(f"sqlite:///{tmp_path}/again.sqlite")
    assert community.list_of("kari")
    community.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"rubbish" * 1000, "SQLITE_NOTADB", id="no-database"),
        pytest.param(b"", "no schema", id="empty"),
    ],
)
def test_what_is_no_copy_of_ours_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(StorageError, match=said):
        restore(tmp_path / "copy", f"sqlite:///{tmp_path}/new.sqlite")
    assert [each.name for each in tmp_path.iterdir()] == ["copy"]


def test_a_copy_that_is_damaged_is_refused(house: Path, tmp_path: Path) -> None:
    back_up(f"sqlite:///{house}", tmp_path / "copy")
    raw = bytearray((tmp_path / "copy").read_bytes())
    for page in range(4096 * 3, len(raw), 4096):
        raw[page : page + 200] = b"\xff" * 200
    (tmp_path / "copy").write_bytes(raw)
    with pytest.raises(StorageError):
        restore(tmp_path / "copy", f"sqlite:///{tmp_path}/new.sqlite")
    assert not (tmp_path / "new.sqlite").exists()


def test_another_database_is_told_what_copies_it(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="pg_dump"):
        back_up("postgresql://pathway@localhost/pathway", tmp_path / "copy")


def test_the_commands_say_what_they_did(run_seeded: Run, tmp_path: Path) -> None:  # noqa: F811
    copied = run_seeded("db", "backup", "copy")
    assert copied.exit_code == 0 and copied.output.startswith(f"copied: schema {head_revision()}, ")
    (tmp_path / "pathway.sqlite").rename(tmp_path / "away")
    for left in tmp_path.glob("pathway.sqlite-[ws]*"):
        left.unlink()
    restored = run_seeded("db", "restore", "copy")
    assert restored.exit_code == 0 and restored.output.startswith("restored: schema")
    assert run_seeded("rebuild", "--check").exit_code == 0
