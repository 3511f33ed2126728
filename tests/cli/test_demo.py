"""The demonstration as a real program: a stay sent from another program shows on the right list only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.programs import Program, ran, started

STAY = ("01-A01-admitted", "03-A16-discharge-ready", "06-A03-discharged")
PATIENT = "Ragnhild Ærlig Å."


def samples(repository: Path) -> list[str]:
    return [str(repository / "samples" / "adt" / f"{name}.hl7") for name in STAY]


def worklist(program: Program, folder: Path, url: str, unit: str) -> dict[str, Any]:
    listed = ran("worklist", "--unit", unit, "--json", folder=folder, database_url=url)
    assert listed.returncode == 0, listed.stderr
    return {task["step"]: task for task in json.loads(listed.stdout) if task["patient_name"] == PATIENT}


def test_a_stay_sent_by_another_program_is_on_the_right_list_with_the_right_window(
    repository: Path, tmp_path: Path
) -> None:
    with started("demo", "--serve", folder=tmp_path) as program:
        port = program.until("MLLP:").rpartition(":")[2]
        url = program.until("export PATHWAY_DATABASE_URL=")
        program.until("Klar.")
        sent = ran("send", *samples(repository), "--port", port, folder=tmp_path)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        right = worklist(program, tmp_path, url, "fjordby_lerkendal")
        other = worklist(program, tmp_path, url, "fjordby_ostbyen")
        assert ran("rebuild", "--check", folder=tmp_path, database_url=url).returncode == 0
        assert program.end() == 0
    # discharged on Thursday 19 November 2026 at 13:30
    assert right["HPH2"]["window"] == [None, "2026-11-22T23:59:59+01:00"]
    assert right["HPH5"]["window"] == ["2026-12-03T00:00:00+01:00", "2026-12-17T23:59:59+01:00"]
    assert (right["HPH2"]["owner_role"], right["HPH5"]["owner_role"]) == ("home_care_nurse", "primary_contact")
    assert other == {}


def test_the_demonstration_shows_what_a_stay_led_to_and_ends_without_a_terminal(tmp_path: Path) -> None:
    shown = ran("demo", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("-> AA") == 3
    for said in (
        "HPH2  Strukturert oppfølging",
        "HPH5  Fire-ukers samtale",
        "Hjemmesykepleien Lerkendal",
        "regnestykke",
        "LOG_UTSKRIVNINGSKLAR   kvittert: OK",
        "DIALOG_HELSEFAGLIG/7   Kommunen kan ta imot pasienten nå.",
    ):
        assert said in shown.stdout
    assert "Ferdig." in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_demonstration_needs_no_settings_and_heeds_no_dangerous_ones(tmp_path: Path) -> None:
    shown = ran("demo", folder=tmp_path, web_host="0.0.0.0", database_url="sqlite:///real.sqlite")
    assert shown.returncode == 0, shown.stderr
    assert not (tmp_path / "real.sqlite").exists()
