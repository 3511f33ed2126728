"""`pathway audit`, and that every command that shows patients is in it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def patient_of_kari(run: Run) -> str:
    found: str = json.loads(run("worklist", "--as", "kari", "--json").stdout)[0]["patient_id"]
    return found


def actions(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "pathway.sqlite") as connection:
        rows = [action for (action,) in connection.execute("SELECT action FROM audit ORDER BY id")]
    connection.close()
    return rows


def test_a_whole_audit_is_called_whole_and_a_touched_one_not(run_seeded: Run, tmp_path: Path) -> None:
    (tmp_path / "heads.txt").write_text(run_seeded("audit", "head").stdout + "\n", "utf-8")
    whole = run_seeded("audit", "verify", "--heads", "heads.txt")
    assert (whole.exit_code, whole.stdout.splitlines()[-1]) == (0, "whole")
    with sqlite3.connect(tmp_path / "pathway.sqlite") as connection:
        connection.execute("DROP TRIGGER audit_refuses_update")
        connection.execute("UPDATE audit SET actor = 'nobody' WHERE id = 7")
    connection.close()
    touched = run_seeded("audit", "verify")
    assert (touched.exit_code, touched.stdout.splitlines()[-1]) == (1, "not whole")
    assert "row 7 is not as it was sealed" in touched.stdout
    told = json.loads(run_seeded("audit", "verify", "--json").stdout)
    assert [(each["code"], each["row"]) for each in told["faults"]] == [("row_changed", 7)]


def test_a_head_that_is_none_is_refused(run_seeded: Run, tmp_path: Path) -> None:
    (tmp_path / "heads.txt").write_text("12:abc\n", "utf-8")
    ended = run_seeded("audit", "verify", "--heads", "heads.txt")
    assert ended.exit_code == 2 and "COUNT:HASH" in ended.stderr


def test_a_patient_is_told_who_has_looked_in_plain_words(run_seeded: Run) -> None:
    patient = patient_of_kari(run_seeded)
    run_seeded("episode", patient, "--actor", "drift-anne")
    told = run_seeded("audit", "export", "--patient", patient).stdout
    assert "Hvem har sett eller endret opplysninger om deg" in told
    assert "Så deg på en arbeidsliste. For å gi deg helsehjelp." in told
    assert "sykepleier i hjemmetjenesten, " in told and "drift-anne (drift)" in told and "Mottok melding" in told
    english = run_seeded("audit", "export", "--patient", patient, "--language", "en").stdout
    assert "Saw you on a worklist. To give you health care." in english and "arbeidsliste" not in english
    assert "Took out this list" in english


def test_the_export_for_spreadsheets_has_a_line_a_time(run_seeded: Run, tmp_path: Path) -> None:
    patient = patient_of_kari(run_seeded)
    assert run_seeded("audit", "export", "--patient", patient, "--csv", "--output", "out.csv").exit_code == 0
    raw = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")
    head, *lines = csv.reader(io.StringIO(raw))
    assert head == ["Når", "Hvem", "Rolle", "Virksomhet", "Hva", "Hvorfor"]
    assert lines and all(len(line) == 6 and line[0][2] == "." and line[1] for line in lines)


@pytest.mark.parametrize(("patient", "says"), [("29824000466", "identity number"), ("nobody", "no such patient")])
def test_an_export_of_nobody_is_refused(run_seeded: Run, patient: str, says: str) -> None:
    ended = run_seeded("audit", "export", "--patient", patient)
    assert ended.exit_code == 2 and says in ended.stderr


@pytest.mark.parametrize(
    ("words", "action"),
    [
        (["worklist", "--as", "kari"], "list read"), (["worklist", "--unit", "fjordby_lerkendal"], "list read"),
        (["inbox"], "inbox read"), (["outbox"], "outbox read"), (["account"], "account read"),
        (["message", "in/3"], "message read"), (["episode", "PATIENT"], "episode read"),
        (["log", "export", "PATIENT"], "log exported"), (["audit", "export", "--patient", "PATIENT"], "audit read"),
    ],
)  # fmt: skip
def test_every_command_that_shows_patients_is_on_record(
    run_seeded: Run, tmp_path: Path, words: list[str], action: str
) -> None:
    """Mutant: a list that is not put on record."""
    patient = patient_of_kari(run_seeded) if "PATIENT" in words else ""
    before = len(actions(tmp_path))
    ended = run_seeded(*[patient if word == "PATIENT" else word for word in words])
    assert ended.exit_code == 0, ended.output
    assert action in actions(tmp_path)[before:]
