"""Dropped files: received like any message, answered after the commit, set aside with a reason, none lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pathway_engine.channels import families
from pathway_engine.domain.errors import StorageError
from pathway_engine.service import receiving
from pathway_engine.transports import drop_folder
from pathway_engine.transports import folder as folder_transport
from pathway_engine.transports.drop_folder import IN, PROCESSED, QUARANTINE, RECEIPTS, TAKEN, safe_name
from tests.drop.house import MAX_BYTES, DropHouse, message


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[DropHouse]:
    made = DropHouse(sqlite_url, tmp_path / "drop")
    yield made
    made.close()


def test_a_file_is_received_answered_and_archived(house: DropHouse) -> None:
    house.puts("first.json", message(1))
    assert house.takes() == 1
    assert house.admissions() == ["admitted/VN1"]
    assert (house.names(IN), house.names(TAKEN), house.names(QUARANTINE)) == ([], [], [])
    assert house.names(PROCESSED) == ["000000000001-first.json"]
    assert (house.names(RECEIPTS), house.texts(RECEIPTS)) == (["000000000001-1-receipt.txt"], ["accepted"])


@pytest.mark.parametrize("name", [".hidden.json", "slow.json.part", "slow.JSON.TMP", "slow.filepart"])
def test_a_file_that_is_called_unfinished_is_not_taken(house: DropHouse, name: str) -> None:
    (house.drop.part(IN) / name).write_bytes(message(1))
    assert (house.takes(hours=1), house.takes(hours=1)) == (0, 0)
    assert house.names(IN) == [name] and house.inbox() == []


def test_a_file_that_still_grows_is_not_taken(sqlite_url: str, tmp_path: Path) -> None:
    """Mutant: half a message taken, because the file was there."""
    house = DropHouse(sqlite_url, tmp_path / "drop", settle_seconds=2.0)
    whole = message(1)
    path = house.drop.part(IN) / "growing.json"
    path.write_bytes(whole[:20])
    assert house.takes() == house.takes(seconds=1.5) == 0
    path.write_bytes(whole)
    assert house.takes(seconds=1.5) == house.takes(seconds=1.5) == 0
    assert house.takes(seconds=0.6) == 1
    assert house.admissions() == ["admitted/VN1"]
    house.close()


@pytest.mark.parametrize(
    ("raw", "nb", "en"),
    [
        pytest.param(b"", "Filen er tom", "The file is empty", id="empty"),
        pytest.param(b"%PDF-1.7", "ingen melding", "is no message", id="not-a-message"),
        pytest.param(b"{" + b" " * MAX_BYTES, f"{MAX_BYTES} byte", f"{MAX_BYTES} bytes", id="too-large"),
        pytest.param(message(7, bad=True), "avvist", "would be right: sense", id="refused"),
    ],
)
def test_what_cannot_be_taken_is_set_aside_with_its_reason(house: DropHouse, raw: bytes, nb: str, en: str) -> None:
    house.puts("wrong.json", raw)
    house.puts("right.json", message(1))
    assert house.takes() == 2
    file, reason = house.names(QUARANTINE)
    assert file.endswith("-wrong.json") and reason == f"{file}.reason.txt"
    assert (house.drop.part(QUARANTINE) / file).read_bytes() == raw
    said = (house.drop.part(QUARANTINE) / reason).read_text("utf-8")
    assert nb in said and en in said
    assert "admitted/VN1" in house.admissions()


def test_a_refused_message_is_answered_too(house: DropHouse) -> None:
    house.puts("wrong.json", message(7, bad=True))
    house.takes()
    (answer,) = house.texts(RECEIPTS)
    assert answer.startswith("error ")


def test_no_file_of_ours_is_called_by_an_identity_number(house: DropHouse) -> None:
    """Mutant: the sender's own name for the file, kept."""
    for name in ("07834100376.json", "078341 00376 ærlig.json", "../x.json".replace("/", "_")):
        house.puts(name, message(1))
        house.takes()
    ours = [name for part in (PROCESSED, QUARANTINE, RECEIPTS) for name in house.names(part)]
    assert len(ours) >= 3 and not any("78341" in name or "00376" in name for name in ours)


def test_a_long_or_strange_name_becomes_a_plain_one() -> None:
    assert safe_name("innlagt æ/1.xml") == "innlagt___1.xml"
    assert len(safe_name("a" * 300 + ".xml")) <= 80
    assert safe_name("...") and not safe_name("..hidden").startswith(".")


def test_the_same_file_twice_is_taken_once_and_answered_the_same(house: DropHouse) -> None:
    for name in ("one.json", "two.json"):
        house.puts(name, message(1))
        house.takes()
    assert [row.duplicates for row in house.inbox()] == [1]
    assert house.admissions() == ["admitted/VN1"] and len(house.names(PROCESSED)) == 2


def test_a_norwegian_message_that_comes_twice_is_answered_once(
    house: DropHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: a second receipt for a message that the sender sent twice."""
    monkeypatch.setattr(families, "is_answered_again", lambda family: False)
    house.puts("one.json", message(1))
    house.takes()
    for receipt in house.drop.part(RECEIPTS).iterdir():
        receipt.unlink()  # the carrier has taken it
    house.puts("two.json", message(1))
    assert house.takes() == 1
    assert house.names(RECEIPTS) == []


def test_while_a_message_waits_its_file_does_too_and_its_receipt_is_the_last_word(house: DropHouse) -> None:
    house.puts("poison.json", message(1, poison=True))
    house.puts("good.json", message(2))
    assert house.takes() == 1
    (waits,) = house.names(TAKEN)
    assert house.names(RECEIPTS) == ["000000000001-1-receipt.txt"]  # that of the good one
    for _ in range(5):
        house.takes()
    assert [row.attempts for row in house.inbox() if row.disposition is None] == [1]
    for _ in range(5):
        house.takes(hours=1)
    assert house.names(TAKEN) == [] and waits in house.names(QUARANTINE)
    assert [row.disposition for row in house.inbox()] == ["applied", "dead"]
    assert [row.duplicates for row in house.inbox()] == [0, 0]


def test_without_a_database_nothing_is_answered_and_nothing_is_lost(
    house: DropHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: a receipt before the commit."""

    def away(*_: object) -> None:
        raise StorageError

    house.puts("one.json", message(1))
    with monkeypatch.context() as outage:
        outage.setattr(receiving, "store", away)
        with pytest.raises(StorageError):
            house.takes()
        assert house.names(RECEIPTS) == [] and len(house.names(TAKEN)) == 1
    assert house.takes() == 1
    assert house.admissions() == ["admitted/VN1"] and house.texts(RECEIPTS) == ["accepted"]


def test_one_file_that_cannot_be_handled_stops_no_other(house: DropHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    put, refused = folder_transport.put_whole, list[str]()

    def full(folder: Path, name: str, raw: bytes) -> None:
        if folder.name == RECEIPTS and not refused:
            refused.append(name)
            raise OSError
        put(folder, name, raw)

    monkeypatch.setattr(drop_folder, "put_whole", full)
    for number in (1, 2):
        house.puts(f"{number}.json", message(number))
    assert house.takes() == 1
    assert house.takes() == 1
    assert house.admissions() == ["admitted/VN1", "admitted/VN2"] and house.texts(RECEIPTS) == ["accepted"] * 2


def test_a_link_is_not_followed(house: DropHouse, tmp_path: Path) -> None:
    """Mutant: a file of the machine's, received because somebody put a link to it."""
    secret = tmp_path / "secret.json"
    secret.write_bytes(message(1))
    (house.drop.part(IN) / "link.json").symlink_to(secret)
    assert house.takes() == 0 and house.inbox() == [] and house.names(IN) == ["link.json"]


@pytest.mark.parametrize(
    ("raw", "family"),
    [
        pytest.param(b"MSH|^~\\&|EPJ", "hl7v2", id="hl7"),
        pytest.param(b"\x0bMSH|^~\\&|EPJ", "hl7v2", id="framed"),
        pytest.param(b"\xef\xbb\xbf\r\nMSH|", "hl7v2", id="with-a-mark"),
        pytest.param(b"<?xml version='1.0'?><MsgHead/>", "norwegian", id="xml"),
        pytest.param("<MsgHead/>".encode("utf-16"), "norwegian", id="xml-in-utf-16"),
        pytest.param(b"{}", None, id="json"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_family_is_known_by_its_first_bytes(raw: bytes, family: str | None) -> None:
    assert families.family_of(raw) == family
