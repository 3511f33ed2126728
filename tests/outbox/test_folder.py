"""Messages as files: each appears whole, and a sorted listing is the order in which they were decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathway_engine.service.outward import Letter, Sent
from pathway_engine.settings import SettingsError, check_outbox, read_settings
from pathway_engine.transports.folder import FolderTransport


def letter(number: int, raw: bytes = b"{}") -> Letter:
    return Letter(number=number, message_id=f"id-{number}", message="REPORT", suffix="json", raw=raw)


def test_files_are_named_in_the_order_of_decision(tmp_path: Path) -> None:
    way_out = FolderTransport(tmp_path)
    for number in (100, 9, 20):
        assert way_out.send(letter(number)) == Sent(awaits_receipt=False)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["000000000009-id-9.json", "000000000020-id-20.json", "000000000100-id-100.json"]


def test_a_message_sent_again_is_the_same_file(tmp_path: Path) -> None:
    way_out = FolderTransport(tmp_path)
    way_out.send(letter(1, b"first"))
    way_out.send(letter(1, b"first"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


def test_a_file_that_is_not_on_disk_yet_has_no_name_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash before the file is on disk leaves nothing that a reader would take."""

    def fails(number: int) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", fails)
        with pytest.raises(OSError):
            FolderTransport(tmp_path).send(letter(1))
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    FolderTransport(tmp_path).send(letter(1))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_setting_that_names_no_folder_is_refused(tmp_path: Path) -> None:
    check_outbox(read_settings(outbox_folder=tmp_path))
    with pytest.raises(SettingsError, match="PATHWAY_OUTBOX_FOLDER"):
        check_outbox(read_settings(outbox_folder=tmp_path / "none"))
