"""What each command prints, and how it ends."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pathway_engine import clock
from pathway_engine.service import health
from pathway_engine.serving import running
from pathway_engine.steady_clock import SteadyClock
from tests.cli.conftest import Run


def test_a_database_that_is_not_there_is_told_in_one_line(run: Run) -> None:
    ended = run("worklist", "--as", "kari")
    assert ended.exit_code == 2
    assert "pathway db upgrade" in ended.stderr and ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "url", ["oracle://db/x", "nonsense", "sqlite:////no/such/folder/x.sqlite", "postgresql://me:hunter2@127.0.0.1:1/x"]
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PATHWAY_DATABASE_URL", url)
    ended = run("db", "current")
    assert ended.exit_code == 2
    assert "Traceback" not in ended.output and "hunter2" not in ended.output


def test_the_schema_is_made_and_named(run: Run) -> None:
    assert run("db", "current").exit_code == 1
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "current").exit_code == 0
    assert "already" in run("db", "upgrade").output


def test_a_worklist_is_cut_to_the_persons_seats(run_seeded: Run) -> None:
    ended = run_seeded("worklist", "--as", "ola", "--json")
    tasks = json.loads(ended.stdout)
    assert ended.exit_code == 0
    assert tasks and {task["unit"] for task in tasks} == {"fjordby_ostbyen"}


def test_a_worklist_begins_with_the_earliest_deadline(run_seeded: Run) -> None:
    tasks = json.loads(run_seeded("worklist", "--unit", "fjordby_lerkendal", "--json").stdout)
    deadlines = [task["due_at"] for task in tasks]
    assert len(set(deadlines)) > 3 and deadlines == sorted(deadlines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--as", "kary"], "'kari'", id="person"),
        pytest.param(["--as", "kari", "--role", "ward_nurse"], "home_care_nurse", id="role"),
        pytest.param(["--unit", "fjordby_lerkendl"], "'fjordby_lerkendal'", id="unit"),
        pytest.param([], "--as PERSON or --unit UNIT", id="nobody"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_one(run_seeded: Run, words: list[str], said: str) -> None:
    ended = run_seeded("worklist", *words)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_norwegian_messages_are_received_and_their_receipts_printed(run_seeded: Run, repository: Path) -> None:
    """Mutant: the receipt stays in the database."""
    file = str(repository / "samples" / "norwegian" / "01-LOG_INNLAGT.xml")
    received = run_seeded("receive", "--family", "norwegian", file)
    assert received.exit_code == 0, received.stdout
    assert "1 messages: 1 applied" in received.stdout
    assert received.stdout.count("<AppRec ") == 1 and '<Status V="1" DN="OK"/>' in received.stdout


def test_files_are_received_as_the_wire_is(run_seeded: Run, repository: Path) -> None:
    files = [str(path) for path in sorted((repository / "samples" / "adt").glob("*.hl7"))]
    first, again = run_seeded("receive", *files, "--json"), run_seeded("receive", *files, "--json")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert {line["outcome"] for line in json.loads(first.stdout)} == {"new"}
    assert {line["outcome"] for line in json.loads(again.stdout)} == {"duplicate"}


def test_a_message_that_cannot_be_placed_waits_visibly_and_can_be_run_again(run_seeded: Run, repository: Path) -> None:
    raw = (repository / "samples" / "adt" / "01-A01-admitted.hl7").read_bytes().replace(b"|EPJ|", b"|NEW|")
    received = run_seeded("receive", "-", given=raw)
    assert received.exit_code == 1
    assert "unplaced" in received.stdout
    (row,) = json.loads(run_seeded("inbox", "--disposition", "unplaced", "--json").stdout)
    assert row["reason_code"] == "UnknownSender"
    assert "unplaced messages" in run_seeded("doctor").output
    assert run_seeded("inbox", "--run-again", str(row["id"])).exit_code == 1


def test_only_what_was_set_aside_can_be_run_again(run_seeded: Run) -> None:
    assert run_seeded("inbox", "--run-again", "1").exit_code == 2
    assert "no such message" in run_seeded("inbox", "--run-again", "999").stderr


def test_an_empty_file_holds_no_message(run_seeded: Run) -> None:
    ended = run_seeded("receive", "-", given=b"\n\n")
    assert (ended.exit_code, ended.stdout.splitlines()[-1]) == (0, "no messages")


def test_a_task_is_claimed_and_completed_once_its_questions_are_answered(run_seeded: Run) -> None:
    tasks = json.loads(run_seeded("worklist", "--as", "kari", "--role", "home_care_nurse", "--json").stdout)
    task = next(each for each in tasks if each["step"] == "HPH1" and each["performer"] is None)
    assert run_seeded("task", "claim", task["id"], "--as", "kari").stdout == "HPH1 accepted\n"
    assert run_seeded("task", "claim", task["id"], "--as", "amir").exit_code == 2
    unanswered = run_seeded("task", "complete", task["id"], "--as", "kari")
    assert unanswered.exit_code == 2 and "Required items are unanswered" in unanswered.stderr
    assert run_seeded("task", "give-back", task["id"], "--as", "kari").stdout == "HPH1 requested\n"


def test_a_foreign_units_task_looks_like_a_missing_one(run_seeded: Run) -> None:
    task = json.loads(run_seeded("worklist", "--as", "kari", "--json").stdout)[0]["id"]
    foreign, missing = run_seeded("task", "claim", task, "--as", "ola"), run_seeded("task", "claim", "x", "--as", "ola")
    assert foreign.exit_code == missing.exit_code == 2
    assert foreign.stderr == missing.stderr


def _whys(run_seeded: Run, patient: str) -> list[dict[str, Any]]:
    (episode,) = json.loads(run_seeded("episode", patient, "--why", "--json").stdout)
    return [task["why"] | {"step": task["step"]} for task in episode["tasks"]]


def test_an_episode_says_why_each_task_is_there(run_seeded: Run, repository: Path) -> None:
    listed = json.loads(run_seeded("worklist", "--as", "kari", "--json").stdout)
    patients = sorted({line["patient_id"] for line in listed})
    whys = [why for patient in patients for why in _whys(run_seeded, patient)]
    for why in whys:
        assert why["lines"][0] > 0 and why["message"].startswith("hl7v2 ADT^")
    (clarifies,) = [why for why in whys if why["step"] == "CLARIFY"]
    lines = (repository / "pathways" / clarifies["file"]).read_text().splitlines()
    assert all("event: discharged" in lines[line - 1] and "if: " in lines[line - 1] for line in clarifies["lines"])
    assert "if: " in clarifies["rule"], "the condition that nobody could decide"
    assert "rule    " in run_seeded("episode", patients[0], "--why").stdout


def test_an_identity_number_is_read_from_a_file_never_from_the_command_line(run_seeded: Run, repository: Path) -> None:
    number = "07834100376"
    run_seeded("receive", str(repository / "samples" / "adt" / "03-A16-discharge-ready.hl7"))
    refused = run_seeded("episode", number)
    assert refused.exit_code == 2 and number not in refused.stderr
    (episode,) = json.loads(run_seeded("episode", "--identifier-file", "-", "--json", given=f"{number}\n").stdout)
    assert episode["phase"] == "discharge_ready"


def test_a_wrong_identity_number_is_not_repeated(run_seeded: Run) -> None:
    ended = run_seeded("episode", "--identifier-file", "-", given="07834100377\n")
    assert ended.exit_code == 2 and "07834100377" not in ended.output


def test_what_is_stored_follows_from_the_log(run_seeded: Run) -> None:
    ended = run_seeded("rebuild", "--check", "--json")
    assert ended.exit_code == 0
    found = json.loads(ended.stdout)
    assert found["differing"] == [] and found["patients"] >= 12


def test_the_doctor_misses_the_heartbeat(run_seeded: Run) -> None:
    ended = run_seeded("doctor", "--json")
    assert ended.exit_code == 1
    found = json.loads(ended.stdout)
    no_heartbeat, unsealed, no_way_out = found["problems"]
    assert "audit" in unsealed, "what was seeded has no seal before a worker runs"
    assert no_heartbeat == "no heartbeat yet; is `pathway serve` running?"
    assert no_way_out.endswith("messages wait and there is no way out; set PATHWAY_OUTBOX_FOLDER")
    assert found["settings"]["PATHWAY_TENANT"] == "default"


def test_the_doctor_holds_the_clock_against_the_databases(run_seeded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database_clock", lambda _: clock.now() - timedelta(hours=1))
    found = json.loads(run_seeded("doctor", "--json").stdout)
    assert "this machine's clock is +3600 seconds from the database's" in found["problems"]


def test_all_that_is_served_goes_by_the_steady_clock(run_seeded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks: list[object] = []
    monkeypatch.setattr(running, "run", lambda engine, settings, parts, clock, ready: clocks.append(clock))
    assert run_seeded("serve", "worker").exit_code == 0
    (given,) = clocks
    assert isinstance(given, SteadyClock)


def test_an_episode_whose_state_cannot_be_read_is_shown_as_such(run_seeded: Run, tmp_path: Path) -> None:
    patient = json.loads(run_seeded("worklist", "--as", "kari", "--json").stdout)[0]["patient_id"]
    with closing(sqlite3.connect(tmp_path / "pathway.sqlite")) as connection, connection:
        connection.execute("UPDATE episode SET state = '{' WHERE patient_id = ?", (patient,))
    (episode,) = json.loads(run_seeded("episode", patient, "--json").stdout)
    assert not episode["readable"]
    assert episode["tasks"] == []
    assert "the stored state cannot be read; `pathway rebuild`" in run_seeded("episode", patient).stdout


def test_parked_episodes_are_listed_and_tried_again(run_seeded: Run, tmp_path: Path) -> None:
    assert run_seeded("parked").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "pathway.sqlite")) as connection, connection:
        (first,) = connection.execute("SELECT min(id) FROM episode").fetchone()
        connection.execute("UPDATE episode SET parked_reason = 'a bug', parked_at = 0, retry_at = 9000000000000000")
    listed = run_seeded("parked", "--json")
    rows = json.loads(listed.stdout)
    assert listed.exit_code == 1 and rows[0]["parked_reason"] == "a bug"
    assert f"{len(rows)} episodes are parked; `pathway parked`" in run_seeded("doctor").stdout
    assert run_seeded("parked", "--try-again", "nobody").exit_code == 2
    assert run_seeded("parked", "--try-again", first).exit_code == 1
    tried = json.loads(run_seeded("parked", "--json").stdout)
    assert [row["id"] for row in tried if row["retry_at"] < "2200"] == [first]


def test_the_doctor_tells_of_a_missing_database_instead_of_failing(run: Run) -> None:
    ended = run("doctor")
    assert ended.exit_code == 1
    assert "pathway db upgrade" in ended.stdout


def test_the_directory_is_checked_and_imported(run_seeded: Run, tmp_path: Path) -> None:
    file = tmp_path / "town.yaml"
    file.write_text(
        "directory: T\norganisations:\n  - {id: t, name: T, kind: hospital, roles: [message_responsible]}\n", "utf-8"
    )
    assert run_seeded("directory", "check", "town.yaml").exit_code == 0
    assert "imported" in run_seeded("directory", "import", "town.yaml").stdout
    assert "already" in run_seeded("directory", "import", "town.yaml").stdout
    file.write_text("directory: T\norganisations:\n  - {id: t, name: T, kind: town}\n", "utf-8")
    wrong = run_seeded("directory", "check", "town.yaml")
    assert wrong.exit_code == 1 and "town.yaml:3:" in wrong.stdout
    assert run_seeded("directory", "import", "town.yaml").exit_code == 2


def test_a_task_is_named_by_its_step_where_the_list_has_one_of_it(run_seeded: Run) -> None:
    listed = [line["step"] for line in json.loads(run_seeded("worklist", "--as", "kari", "--json").stdout)]
    one = next(step for step in listed if listed.count(step) == 1)
    assert run_seeded("task", "claim", one, "--as", "kari").stdout == f"{one} accepted\n"
    assert run_seeded("task", "claim", "NONE", "--as", "kari").exit_code == 2
    many = next((step for step in listed if listed.count(step) > 1), "")
    assert many and f"{listed.count(many)} tasks of {many}" in run_seeded("task", "claim", many, "--as", "kari").stderr


def test_messages_from_files_are_moved_in_time(run: Run, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = repository / "docs/tutorials/first-pathway"
    monkeypatch.setenv("PATHWAY_PATHWAYS", str(steps / "step-5"))
    assert run("db", "upgrade").exit_code == 0
    assert run("directory", "import", str(steps / "step-6/community.yaml")).exit_code == 0
    files = [str(file) for file in sorted((steps / "step-6/messages").glob("*.hl7"))]
    assert run("receive", *files, "--as-of", "2026-03-02T13:30").exit_code == 0
    number = str(steps / "step-6/oddny.txt")
    assert (
        "wound_care 1.0.0: at_home (active) since 27.02.2026 08.20"
        in run("episode", "--identifier-file", number).stdout
    )
    assert run("receive", "--family", "plo", files[0], "--as-of", "now").exit_code == 2


def test_an_access_key_is_for_a_person_of_the_directory(run_seeded: Run) -> None:
    assert len(run_seeded("access-key", "kari").stdout.strip()) >= 32
    assert run_seeded("access-key", "nobody").exit_code == 2


def test_shipped_pathways_are_right_and_a_wrong_one_is_told(run: Run, repository: Path, tmp_path: Path) -> None:
    assert run("check", str(repository / "pathways")).exit_code == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pathway.yaml").write_text("pathway: mine\n", "utf-8")
    wrong = run("check", "mine")
    assert wrong.exit_code == 1 and "mine/pathway.yaml:1:1: found" in wrong.stdout
    assert run("check", "mine/pathway.yaml").stdout == wrong.stdout
    assert run("check", "nowhere").exit_code == 2
    (tmp_path / "empty").mkdir()
    assert run("check", "empty").stdout.startswith("empty/pathway.yaml:1:1: found a folder without a pathway")


def test_a_pathway_is_drawn(run: Run) -> None:
    assert run("diagram", "hph").stdout.startswith("stateDiagram-v2")
    assert run("diagram", "hph", "--format", "svg").stdout.startswith("<svg")
    assert "heart_failure, hph" in run("diagram", "hpf").stderr


def test_a_drawing_and_journeys_say_where_a_designer_stands(run: Run, repository: Path, tmp_path: Path) -> None:
    right = shutil.copytree(repository / "docs/tutorials/first-pathway/step-1", tmp_path / "one")
    assert run("diagram", "one").stderr == "pathway: one has no pathway.yaml; would be right: one/wound_care\n"
    none = run("journeys", "one")
    assert none.exit_code == 1 and "none   wound_care  has no journey yet; put one into one/wound_care" in none.stdout
    shutil.copytree(repository / "docs/tutorials/first-pathway/step-1-mistakes", right, dirs_exist_ok=True)
    for command, at in (("journeys", "one"), ("diagram", "one/wound_care")):
        wrong = run(command, at)
        assert wrong.exit_code == 2 and "\none/wound_care/pathway.yaml:17:31: found the unknown phase" in wrong.stderr
    (tmp_path / "empty").mkdir()
    assert "empty has no pathway.yaml" in run("journeys", "empty").stderr


def test_sending_to_nobody_is_told_in_one_line(run: Run, repository: Path) -> None:
    ended = run("send", str(repository / "samples" / "adt" / "01-A01-admitted.hl7"), "--port", "1")
    assert ended.exit_code == 2
    assert "nobody answers at 127.0.0.1 port 1" in ended.stderr


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout.strip().count(".") == 2


def test_journeys_run_and_say_which_one_ends_otherwise(run: Run, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "pathways" / "heart_failure"
    copied = Path(shutil.copytree(shipped, tmp_path / "heart_failure"))
    right = run("journeys", str(tmp_path))
    assert right.exit_code == 0 and "0 otherwise" in right.output
    journey = copied / "journeys" / "two-contacts-after-discharge.yaml"
    journey.write_text(journey.read_text().replace("phase: at_home", "phase: in_hospital", 1))
    wrong = run("journeys", str(tmp_path))
    assert wrong.exit_code == 1 and journey.name in wrong.output


def test_a_log_that_is_taken_out_is_folded_again_elsewhere(run_seeded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = json.loads(run_seeded("worklist", "--as", "ola", "--json").stdout)[0]["patient_id"]
    taken = run_seeded("log", "export", patient)
    Path("case.json").write_text(taken.stdout)
    here = json.loads(run_seeded("episode", patient, "--json").stdout)
    assert run_seeded("log", "import", "case.json").exit_code == 2
    monkeypatch.setenv("PATHWAY_DATABASE_URL", "sqlite:///case.sqlite")
    assert run_seeded("db", "upgrade").exit_code == 0
    assert run_seeded("log", "import", "case.json").stdout.strip() == patient
    there = json.loads(run_seeded("episode", patient, "--json").stdout)
    keep = ("pathway", "version", "phase", "status", "opened_at")
    assert [{name: episode[name] for name in keep} for episode in there] == [
        {name: episode[name] for name in keep} for episode in here
    ]
    assert [task["key"] for episode in there for task in episode["tasks"]] == [
        task["key"] for episode in here for task in episode["tasks"]
    ]
    told = json.loads(taken.stdout)
    assert set(told) == {"format", "program", "patient", "episodes", "definitions", "entries"}


def test_a_log_of_a_newer_program_is_refused_in_one_line(run_seeded: Run) -> None:
    Path("case.json").write_text('{"format":"pathway-log/9"}')
    ended = run_seeded("log", "import", "case.json")
    assert ended.exit_code == 2
    assert "format is pathway-log/9; this program reads pathway-log/" in ended.stderr
    assert ended.stderr.count("\n") == 1
