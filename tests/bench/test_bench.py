"""The benchmark runs, is fair, and its page speaks of the parts that there are. No test looks at a figure."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.bench import machine, shortfalls
from tests.bench.__main__ import PAGE, TITLES
from tests.bench.job.ours import Ours
from tests.bench.job.raw import TABLES, Raw
from tests.bench.job.steps import JOB
from tests.bench.job.textbook import Textbook
from tests.bench.page import Circumstances, keep, page, sections_of
from tests.bench.report import Section, Table, percentile, verdict
from tests.bench.shares import COMMIT, DATABASE, ELSEWHERE, place_of
from tests.bench.spiff_environment import LOCK, REPOSITORY
from tests.cli.programs import environment

PATIENTS = range(1, 4)


def test_the_page_has_the_parts_that_are_measured() -> None:
    titles = [machine.TITLE, *TITLES.values(), shortfalls.TITLE]
    assert re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.MULTILINE) == titles


def test_the_page_ends_with_what_it_says_itself_was_missed() -> None:
    whole = PAGE.read_text("utf-8")
    assert whole == page(sections_of(whole), [machine.TITLE, *TITLES.values()])
    assert set(shortfalls.WHY) <= set(TITLES.values())


def test_what_was_missed_is_told_by_part_with_its_reason() -> None:
    table = Table(("Butter", "grams", "target"), [("salted", "3", verdict(True)), ("plain", "2", verdict(False))])
    other = Table(("database", "ms", "target"), [("PostgreSQL", "3", verdict(False))])
    bread, honey = Section("Bread", "How.", (table, other)), Section("Honey", "How.", (), (f"sweet: {verdict(False)}",))
    fine = Section("Tea", "How **not reached** is written.", (), ("hot: reached",))
    found = shortfalls.shortfalls({each.title: each.markdown() for each in (bread, honey, fine)})
    assert [note.partition(".")[0] for note in found.notes] == [
        "**Bread**: Butter: plain; PostgreSQL",
        "**Honey**: sweet",
    ]
    assert shortfalls.shortfalls({fine.title: fine.markdown()}).notes == ("Nothing: every target was reached.",)


def test_a_part_that_is_measured_anew_takes_the_place_of_the_old_one_alone(tmp_path: Path) -> None:
    titles = ("Bread", "Butter", "Honey")
    old = {title: Section(title, f"How {title} was.", (), ("of last year",)).markdown() for title in titles[:2]}
    file = tmp_path / "benchmarks.md"
    file.write_text(page(old, titles), "utf-8")
    keep(file, Circumstances(date(2026, 11, 22), 3.25).told(Section("Butter", "Anew.", ())), titles)
    now = sections_of(file.read_text("utf-8"))
    assert list(now) == [*titles, shortfalls.TITLE] and now["Bread"] == old["Bread"]
    assert "How Butter was" not in now["Butter"] and "Anew." in now["Butter"]
    assert "Measured 22.11.2026, on a busy machine (load 3.2 before)." in now["Butter"]
    assert "Run `make bench`" in now["Honey"]


@pytest.mark.timeout(900)
def test_every_part_runs(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--on", "SQLite", "--folder", str(tmp_path)],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert [f"\n## {title}\n" in ended.stdout for title in TITLES.values()] == [True] * len(TITLES)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["each", "pipeline", "many"])
def test_raw_sql_leaves_as_many_rows_of_the_same_size_as_ours(database_url: str, how: str, tmp_path: Path) -> None:
    ours_url = f"sqlite:///{tmp_path}/ours.sqlite"
    ours, raw = Ours(ours_url, batched=True), Raw(database_url, how)
    for contender in (ours, raw):
        for work in contender.rounds(PATIENTS):
            work()
        contender.close()
    assert sizes(database_url, recorded=1) == sizes(ours_url)


def sizes(url: str, recorded: int = 0) -> dict[str, int]:
    """Rows of each table, without those of the patients from whom raw SQL took its rows."""
    engine = create_engine(url)
    with engine.connect() as connection:
        counts = {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES}
        state = connection.execute(text("SELECT sum(length(state)) FROM episode")).scalar_one()
    engine.dispose()
    patients = len(PATIENTS) + recorded
    return {**{name: count * len(PATIENTS) // patients for name, count in counts.items()}, "state": state // patients}


def test_the_textbook_does_the_same_job(database_url: str) -> None:
    textbook = Textbook(database_url)
    for work in textbook.rounds(PATIENTS):
        work()
    textbook.close()
    engine = create_engine(database_url)
    with engine.connect() as connection:
        tasks = connection.execute(text("SELECT step, status FROM casetask")).all()
        states = set(connection.execute(text("SELECT state FROM patientcase")).scalars())
        events = connection.execute(text("SELECT count(*) FROM history")).scalar_one()
    engine.dispose()
    assert states == {"at_home"}
    assert events == len(PATIENTS) * len(JOB)
    assert {status for step, status in tasks if step in {"HPH2", "HPH3", "HPH6", "ANSWER"}} == {"completed"}
    assert {status for step, status in tasks if step in {"HPH0B", "HPH1"}} == {"missed"}


def test_spiffworkflow_is_no_part_of_the_program(repository: Path) -> None:
    told = LOCK.read_text("utf-8")
    assert "spiffworkflow==" in told and "--hash=sha256:" in told and "://" not in told
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "spiff" not in (repository / name).read_text("utf-8").lower()
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    assert "spiff" not in str(project).lower()


@pytest.mark.parametrize(
    ("file", "name", "place"),
    [
        pytest.param("~", "<method 'commit' of 'sqlite3.Connection' objects>", COMMIT, id="commit"),
        pytest.param("~", "<method 'execute' of 'sqlite3.Cursor' objects>", DATABASE, id="statement"),
        pytest.param(f"{REPOSITORY}/pathway_engine/domain/folding.py", "fold", "the rules (`domain`)", id="rules"),
        pytest.param("/lib/site-packages/sqlalchemy/engine/base.py", "execute", "SQLAlchemy", id="sqlalchemy"),
        pytest.param("~", "<built-in method builtins.sorted>", ELSEWHERE, id="python"),
    ],
)
def test_time_is_counted_where_the_code_is(file: str, name: str, place: str) -> None:
    assert place_of(file, name) == place


@pytest.mark.parametrize(
    ("share", "expected"),
    [pytest.param(0.5, 51, id="the-middle"), pytest.param(0.99, 100, id="p99"), pytest.param(1.0, 100, id="longest")],
)
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile(range(1, 101), share) == expected
