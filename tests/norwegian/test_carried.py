"""Norwegian messages through the drop folder: received and receipted, sent and given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from adapters.norwegian.messages import read_receipt, scan
from adapters.norwegian.receipts import Error, receipts_for
from pathway_engine.service.engine import Engine
from pathway_engine.service.outward import Post, Surroundings
from pathway_engine.service.receipts import given_at
from pathway_engine.service.telling import tell
from pathway_engine.storage.rows import OutgoingRow
from pathway_engine.transports.drop_folder import IN, OUT, PROCESSED, QUARANTINE, RECEIPTS, DropFolder
from pathway_engine.transports.folder import FolderTransport
from pathway_engine.workers.drop_reader import DropReader
from tests.adapters.norwegian import letters
from tests.adapters.norwegian.letters import admitted, copied_to, raw
from tests.norwegian.town import Town


class Answers:
    """Writes the answer to a patient ready for discharge, from the municipality to the hospital."""

    suffix = "xml"

    def write(self, row: OutgoingRow, around: Surroundings) -> bytes:
        told = letters.note(
            "DIALOG_HELSEFAGLIG", "7", "7322", id=row.message_id, sender=letters.TOWNS, receiver=letters.HOSPITALS
        )
        return raw(told)


@dataclass
class Carrier:
    """A town behind a drop folder, and whoever moves the files."""

    town: Town
    folder: Path
    files: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        names = count(1)
        self.drop = DropFolder(self.folder, lambda: f"t{next(names)}", settle_seconds=0)
        way_out = Post(FolderTransport(self.drop.part(OUT), receipted=("xml",)), otherwise=Answers())
        self.engine = Engine(replace(self.town.engine.context, post=way_out))
        self.reader = DropReader(self.engine.context, self.drop, lambda: self.town.now, max_bytes=1_000_000)

    def brings(self, message: bytes) -> None:
        (self.drop.part(IN) / f"{next(self.files)}.xml").write_bytes(message)
        assert self.reader.take_all() == 1

    def contents(self, part: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.drop.part(part).iterdir())]

    def decides(self) -> OutgoingRow:
        """The patient's task decides to answer; the message is handed over."""
        self.engine.context.committed(
            lambda records: records.put_outgoing(
                key="patient-1/answer", patient_id="patient-1", episode_id="E1", message="DIALOG_HELSEFAGLIG",
                body=b"{}", at=self.town.now,
            )
        )  # fmt: skip
        self.engine.send_due(lambda: self.town.now)
        return self.sent()

    def sent(self) -> OutgoingRow:
        with self.engine.context.store.reading() as records:
            return records.outgoing_messages()[0]

    def receipted(self, errors: Sequence[Error] = (), after: timedelta = timedelta()) -> datetime:
        """The hospital's receipt for what lies in `out`; return when it was written."""
        self.town.now += after
        written = self.town.now.replace(microsecond=0)
        envelope = scan(self.contents(OUT)[0])
        assert envelope.receiver is not None
        receipt = receipts_for(envelope, [envelope.receiver], errors, written)
        self.town.now += timedelta(hours=3)
        self.engine.miss_receipts(self.town.now)
        self.brings(receipt or b"")
        return written


@pytest.fixture
def carrier(town: Town, tmp_path: Path) -> Carrier:
    return Carrier(town, tmp_path / "drop")


def test_a_dropped_message_is_receipted_in_a_file(carrier: Carrier) -> None:
    carrier.brings(raw(admitted()))
    assert carrier.town.names() == ["admitted"]
    (receipt,) = carrier.contents(RECEIPTS)
    told = read_receipt(receipt).receipt
    assert (told.status.value if told.status else "", told.original.id if told.original else "") == (
        "1",
        letters.uuid(1),
    )
    assert len(carrier.contents(PROCESSED)) == 1


def test_the_same_message_again_has_no_second_receipt(carrier: Carrier) -> None:
    carrier.brings(raw(admitted()))
    for path in carrier.drop.part(RECEIPTS).iterdir():
        path.unlink()
    carrier.brings(raw(admitted()))
    assert carrier.contents(RECEIPTS) == [] and carrier.town.names() == ["admitted"]


def test_each_recipient_here_has_a_receipt_of_its_own(carrier: Carrier) -> None:
    carrier.brings(raw(admitted(other_receivers=(copied_to(letters.OFFICES),))))
    told = [read_receipt(each).receipt for each in carrier.contents(RECEIPTS)]
    assert len(told) == len({each.id for each in told}) == 2


def test_what_nobody_can_be_answered_about_is_set_aside(carrier: Carrier) -> None:
    carrier.brings(b"<MsgHead/>")
    assert carrier.contents(RECEIPTS) == [] and len(carrier.contents(QUARANTINE)) == 2


def test_an_answer_is_given_when_the_hospital_wrote_its_receipt(carrier: Carrier) -> None:
    """Mutant: given when it left."""
    carrier.brings(raw(admitted()))
    sent = carrier.decides()
    assert (sent.status, len(carrier.contents(OUT))) == ("sent", 1)
    written = carrier.receipted(after=timedelta(hours=5))
    assert carrier.sent().status == "acknowledged"
    with carrier.engine.context.store.reading() as records:
        assert given_at(records, "patient-1", sent.message_id) == written
    assert carrier.town.names() == ["admitted", "receipt_received"]


def test_a_late_receipt_is_late_and_gives_the_answer_all_the_same(carrier: Carrier) -> None:
    carrier.brings(raw(admitted()))
    carrier.decides()
    carrier.receipted(after=timedelta(hours=95))
    assert carrier.sent().status == "late"
    assert carrier.town.names()[-1] == "receipt_received"


def test_a_rejected_answer_is_not_given(carrier: Carrier) -> None:
    carrier.brings(raw(admitted()))
    carrier.decides()
    carrier.receipted([Error("E21", "Ukjent mottaker")])
    assert (carrier.sent().status, carrier.sent().reason) == ("refused", "Rejected:E21")
    assert carrier.town.names() == ["admitted"]


def test_a_message_is_told_by_its_own_id_and_names_nobody(carrier: Carrier) -> None:
    """Mutant: the message's text told as it is."""
    carrier.brings(raw(admitted()))
    (told,) = tell(carrier.engine.context, letters.uuid(1), "operator", carrier.town.now)
    words = " ".join(f"{line.nb} {line.en}" for line in (*told.said, *told.receipts, *told.did))
    assert "LOG_INNLAGT" in words and told.patient_id == "patient-1"
    assert letters.FNR not in words and "Fjell" not in words
