"""`message`, `drop` and `send`: what a message said and did, dropped files, and what waits to be sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run

IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{11}(?!\d)")


def rows(run: Run, *words: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run(*words, "--json").stdout)
    return found


def test_a_message_is_told_in_plain_words(run_seeded: Run) -> None:
    """Mutant: the raw message printed, identity number and all."""
    applied = next(row for row in rows(run_seeded, "inbox") if "A03" in row["message_type"])
    told = run_seeded("message", f"in/{applied['id']}")
    assert told.exit_code == 0
    assert "Meldingen sa" in told.stdout and "tatt inn og brukt" in told.stdout and "besvart: ja" in told.stdout
    assert "hendelse: " in told.stdout and "oppgave " in told.stdout
    assert not IDENTITY_NUMBER.search(told.stdout) and "PID|" not in told.stdout
    english = run_seeded("message", applied["message_id"], "--language", "en").stdout
    assert "The message said" in english and "taken in and applied" in english and "Meldingen" not in english


def test_what_a_message_said_is_in_words(run_seeded: Run, repository: Path) -> None:
    """Mutant: codes of messages and facts as the program has them."""
    ready = repository / "samples" / "norwegian" / "05-LOG_UTSKRIVNINGSKLAR.xml"
    received = rows(run_seeded, "receive", "--family", "plo", str(ready))
    told = rows(run_seeded, "message", f"in/{received[0]['inbox_id']}")
    about, ready_at = told[0]["said"][0], told[0]["said"][1]
    assert about.startswith("Melding om utskrivningsklar pasient [LOG_UTSKRIVNINGSKLAR] fra her|")
    assert re.search(r"^meldt utskrivningsklar .*: innlagt = \d\d\.\d\d\.\d{4} \d\d\.\d\d; .*post = ", ready_at)
    assert "_at" not in ready_at


def test_a_message_of_no_type_from_nobody_is_said_to_be_so(run_seeded: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.hl7").write_text("nothing of use")
    received = rows(run_seeded, "receive", "odd.hl7")
    told = rows(run_seeded, "message", f"in/{received[0]['inbox_id']}")
    assert told[0]["said"][0].startswith("Melding uten lesbar type fra en ukjent avsender, mottatt ")


def test_an_outgoing_message_is_told_with_its_receipts(run_seeded: Run) -> None:
    waiting = rows(run_seeded, "outbox")[0]
    (told,) = rows(run_seeded, "message", waiting["message_id"])
    assert (told["id"], told["patient_id"]) == (f"out/{waiting['id']}", waiting["patient_id"])
    assert any("venter på å bli sendt" in line for line in told["receipts"])
    assert run_seeded("message", f"out/{waiting['id']}", "--language", "en").stdout.count("waits to be sent") == 1


@pytest.mark.parametrize("name", ["in/999999", "out/999999", "6f1c1a52-0000-4000-8000-0000000000aa", "in/x", "17"])
def test_a_message_that_is_not_there_is_said_so(run_seeded: Run, name: str) -> None:
    told = run_seeded("message", name)
    assert told.exit_code == 2 and "in/17" in told.stderr and "Traceback" not in told.stderr


def test_an_identity_number_is_no_message_and_is_not_repeated(run_seeded: Run) -> None:
    told = run_seeded("message", "07834100376")
    assert told.exit_code == 2 and "07834100376" not in told.output


def test_reading_a_message_is_put_on_record(run_seeded: Run, tmp_path: Path) -> None:
    import sqlite3

    run_seeded("message", "in/1", "--actor", "revisor")
    with sqlite3.connect(tmp_path / "pathway.sqlite") as database:
        told = database.execute("SELECT action, object_id FROM audit WHERE actor = 'revisor'").fetchall()
    database.close()
    assert told == [("message read", "in/1")]


def test_dropped_files_are_taken_once(
    run_seeded: Run, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_seeded("drop").exit_code == 2
    drop = tmp_path / "drop"
    (drop / "in").mkdir(parents=True)
    monkeypatch.setenv("PATHWAY_DROP_FOLDER", str(drop))
    raw = (repository / "samples" / "adt" / "01-A01-admitted.hl7").read_bytes()
    (drop / "in" / "a.hl7").write_bytes(raw.replace(b"|FS0001|", b"|DROP1|"))
    told = run_seeded("drop", "--wait", "0")
    assert (told.exit_code, told.stdout) == (0, "1 files taken, 0 of them set aside\n")
    (receipt,) = (drop / "receipts").iterdir()
    assert b"MSA|AA|DROP1" in receipt.read_bytes()
    (drop / "in" / "b.txt").write_bytes(b"nothing")
    told = run_seeded("drop", "--wait", "0", "--json")
    assert (told.exit_code, json.loads(told.stdout)) == (1, {"taken": 1, "set_aside": 1})


def test_what_waits_is_sent_once(run_seeded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = run_seeded("send")
    assert nowhere.exit_code == 2 and "PATHWAY_DROP_FOLDER" in nowhere.stderr
    drop = tmp_path / "drop"
    drop.mkdir()
    monkeypatch.setenv("PATHWAY_DROP_FOLDER", str(drop))
    waiting = rows(run_seeded, "outbox", "--status", "waiting")
    told = run_seeded("send", "--json")
    assert told.exit_code == 0
    assert {line["message id"] for line in json.loads(told.stdout)} == {row["message_id"] for row in waiting}
    assert len(list((drop / "out").iterdir())) == len(waiting) > 0
    assert run_seeded("send").stdout.splitlines()[1:] == []
