"""Every sample of a Norwegian message is read, ours always and the official ones where they lie at hand."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path

import pytest

from adapters.norwegian.letters import envelope_of
from adapters.norwegian.messages import her_ids
from adapters.norwegian.reading import Agreed, read, read_receipt_of
from adapters.norwegian.receipts import receipts_in
from adapters.norwegian.schemas import Schemas
from pathway_engine.domain.directory import Directory, Organisation, Sender
from pathway_engine.language.directory import read_directory
from tests.norwegian.town import Town, receipts

TO_OTHERS = {"02", "06", "11", "13", "24", "25"}
"""The samples that a municipality sends: they are for the hospital and the doctor."""


def ours(repository: Path) -> list[Path]:
    return sorted((repository / "samples" / "norwegian").glob("*.xml"))


def every_type(repository: Path) -> Counter[str]:
    return Counter(envelope_of(path.read_bytes()).type for path in ours(repository))


def test_every_type_that_is_read_has_a_sample(repository: Path) -> None:
    from adapters.norwegian.rules import TYPES

    assert set(every_type(repository)) == (set(TYPES) - {"EPJ-EKSTRAKT"}) | {"APPREC"}


def test_every_sample_is_read_and_breaks_no_rule(repository: Path) -> None:
    for path in ours(repository):
        raw = path.read_bytes()
        envelope = envelope_of(raw)
        if envelope.type == "APPREC":
            assert read_receipt_of(raw).receipt is not None
            continue
        parties = (envelope.receiver, *envelope.other_receivers)
        found = read(raw, Agreed(), frozenset(each for party in parties for each in her_ids(party)))
        assert found.entries and found.notes == (), path.name


def test_a_municipality_takes_the_samples_that_are_for_it(sqlite_url: str, repository: Path) -> None:
    """The demonstration's directory knows the senders and the addresses of the samples."""
    known = read_directory((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())
    town = Town(sqlite_url, known)
    for path in ours(repository):
        received = town.receive(path.read_bytes())
        if path.name[:2] in TO_OTHERS:
            assert received.disposition in ("dead", "unplaced"), path.name
        else:
            assert received.disposition == "applied", (path.name, received.reason)
            assert len(receipts(received)) == 1
    assert town.names() == [
        "admitted", "need_reported", "need_reported", "discharge_ready", "discharge_ready_withdrawn",
        "discharge_ready", "discharged", "discharge_report_received", "discharge_letter_received",
        "gp_report_received", "request_received", "answer_received", "deviation_received", "note_received",
        "dialogue_received", "admitted",
    ]  # fmt: skip
    town.close()


# -- official samples, which the project does not hold itself


def folder_of(name: str) -> Path:
    named = os.environ.get(name, "")
    if not named:
        pytest.skip(f"no official material: set {name} to its folder")
    return Path(named)


def knowing(messages: list[bytes]) -> Directory:
    """A directory in which every sender is known and every receiver is here."""
    envelopes = [envelope_of(raw) for raw in messages]
    senders = {(("her", each.her_ids[0])) for each in envelopes if each.her_ids}
    own = {number for each in envelopes for number in her_ids(each.receiver)}
    return Directory(
        organisations={
            number: Organisation(id=number, name="", kind="other", her_id=number, ours=True) for number in own
        },
        senders={
            name: Sender(id=name[1], application=name[0], facility=name[1], organisation="x", accept_test=True)
            for name in senders
        },
    )  # fmt: skip


def test_the_official_samples_become_events_and_are_answered(sqlite_url: str) -> None:
    paths = sorted(folder_of("PATHWAY_SAMPLE_DIR").rglob("*.xml"))
    messages = [path.read_bytes() for path in paths]
    town = Town(sqlite_url, knowing(messages), now=datetime(2026, 11, 20, tzinfo=UTC))
    for path, raw in zip(paths, messages, strict=True):
        if envelope_of(raw).root == "AppRec":
            continue
        received = town.receive(raw)
        assert (received.disposition, len(receipts(received))) == ("applied", 1), (path.name, received.reason)
    with town.engine.context.store.reading() as records:
        rows = records.messages(limit=500)
    assert all(row.patient_id and (row.notes or "").count("reject") == 0 for row in rows)
    town.close()


def test_receipts_are_valid_by_the_official_schemas(sqlite_url: str, repository: Path) -> None:
    folder = folder_of("PATHWAY_SCHEMA_DIR")
    schemas = Schemas({path.name: path.read_bytes() for path in folder.rglob("*.xsd")})
    known = read_directory((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())
    lenient = {name: replace(each, rules={}) for name, each in known.senders.items()}
    town = Town(sqlite_url, replace(known, senders=lenient))
    written = 0
    for path in ours(repository):
        for raw in (path.read_bytes(), path.read_bytes().replace(b"a0000000", b"b000-000").replace(b"FNR", b"XXX")):
            for receipt in receipts_in(town.receive(raw).answer or b""):
                assert schemas.faults(receipt) == (), path.name
                written += 1
    assert written > 20
    town.close()


def test_our_samples_are_valid_by_the_official_schemas(repository: Path) -> None:
    folder = folder_of("PATHWAY_SCHEMA_DIR")
    schemas = Schemas({path.name: path.read_bytes() for path in folder.rglob("*.xsd")})
    faults = {path.name: schemas.faults(path.read_bytes()) for path in ours(repository)}
    assert {name: found for name, found in faults.items() if found} == {}
