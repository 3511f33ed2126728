"""`pathway account`: for people, for programs and for spreadsheets, and never with an identity number."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from pathway_engine import clock
from pathway_engine.cli.account_tables import ACCOUNT_HEAD, NPR_HEAD, account_csv, money
from pathway_engine.domain.overstay import Account
from pathway_engine.domain.stay_facts import StayFacts
from pathway_engine.service.accounts import StayAccount
from tests.cli.conftest import Run

PATIENT_ID = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch, run_seeded: Run, tmp_path: Path) -> Run:
    """The made-up community, with a rate for the years around now."""
    year = clock.now().year
    folder = tmp_path / "rules"
    folder.mkdir()
    validity = f"valid_from: {year - 1}-01-01, valid_to: {year + 1}-12-31"
    (folder / "rates.yaml").write_text(f'rates: [{{{validity}, kroner: "6000", verified: false, source: x}}]')
    monkeypatch.setenv("PATHWAY_UKP_RULES", str(folder))
    return run_seeded


def test_accounts_are_printed_in_bokmal_or_english_with_a_total(run_seeded: Run) -> None:
    norwegian, english = run_seeded("account").stdout, run_seeded("account", "--language", "en").stdout
    assert norwegian.startswith("pasient") and "betales ikke" in norwegian and "Sum:" in norwegian
    assert english.startswith("patient") and "not payable" in english and "Total:" in english
    assert not re.search(r"\d{11}", PATIENT_ID.sub("", norwegian + english))


def test_a_year_without_a_rate_is_not_priced_and_one_with_it_is(run_seeded: Run, priced: Run) -> None:
    waited = [each for each in json.loads(priced("account", "--json").stdout) if each["payable_days"]]
    assert waited
    assert {each["status"] for each in waited} == {"payable"}
    assert all(each["amount_ore"] == 600000 * each["payable_days"] for each in waited)
    assert all("rate_unverified" in {remark["code"] for remark in each["remarks"]} for each in waited)


def test_without_a_rate_days_are_counted_and_the_amount_is_left_open(run_seeded: Run) -> None:
    waited = [each for each in json.loads(run_seeded("account", "--json").stdout) if each["payable_days"]]
    assert waited and {(each["status"], each["amount_ore"]) for each in waited} == {("not_priced", None)}


def test_one_patient_is_shown_day_by_day_with_the_time_limits(priced: Run) -> None:
    waited = next(each for each in json.loads(priced("account", "--json").stdout) if each["payable_days"])
    text = priced("account", "--patient", waited["patient_id"]).stdout
    assert "Kommunen har ikke svart" in text and "6 000,00 kr" in text
    assert "Svar på melding om utskrivningsklar" in text and "ikke bekreftet" in text
    (alone,) = {
        each["patient_id"] for each in json.loads(priced("account", "--patient", waited["patient_id"], "--json").stdout)
    }
    assert alone == waited["patient_id"]


def test_csv_has_one_line_for_each_stay(priced: Run) -> None:
    stays = json.loads(priced("account", "--json").stdout)
    head, *lines = csv.reader(io.StringIO(priced("account", "--csv").stdout))
    assert head == ACCOUNT_HEAD and len(lines) == len(stays)
    assert [line[ACCOUNT_HEAD.index("payable_days")] for line in lines] == [str(each["payable_days"]) for each in stays]
    payable = [line for line in lines if line[ACCOUNT_HEAD.index("status")] == "payable"]
    assert payable and all(re.fullmatch(r"\d+\.\d\d", line[ACCOUNT_HEAD.index("amount_kroner")]) for line in payable)


def test_the_time_stamps_are_exported_by_code(run_seeded: Run) -> None:
    stays = json.loads(run_seeded("account", "--json").stdout)
    head, *lines = csv.reader(io.StringIO(run_seeded("account", "--npr").stdout))
    assert head == NPR_HEAD
    assert [line[4] for line in lines] == [time["code"] for each in stays for time in each["times"]]
    assert {"1", "2", "3"} <= {line[4] for line in lines}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00", line[6]) for line in lines)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "a;=", "＝", "\u200b=", '"='])
def test_no_cell_is_a_formula(start: str) -> None:
    each = StayAccount("p", Account(StayFacts(stay=f"{start}cmd|'/c calc'!A1"), None), ())
    (_, line) = csv.reader(io.StringIO(account_csv([each])))
    assert "'" in line[1][:4] and not any(part.startswith("=") for part in line[1].split(";"))


def test_a_stay_that_holds_an_identity_number_is_starred_out() -> None:
    each = StayAccount("p", Account(StayFacts(stay="FJORD:29824000466"), None), ())
    assert "29824000466" not in account_csv([each])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--patient", "29824000466"], "--identifier-file", id="identity-number"),
        pytest.param(["--from", "2026-02-30"], "2026-02-30", id="no-such-day"),
        pytest.param(["--from", "2026-02-02", "--to", "2026-02-01"], "lies before", id="backwards"),
        pytest.param(["--json", "--csv"], "one of", id="two-shapes"),
        pytest.param(["--patient", "nobody"], "no such patient", id="unknown-patient"),
    ],
)
def test_wrong_use_is_answered_with_what_would_be_right(run_seeded: Run, words: list[str], said: str) -> None:
    ended = run_seeded("account", *words)
    assert ended.exit_code == 2 and said in ended.stderr


def test_an_identity_number_is_read_from_standard_input_and_not_printed(run_seeded: Run) -> None:
    ended = run_seeded("account", "--identifier-file", "-", given="29824000466\n")
    assert ended.exit_code == 2 and "no such patient" in ended.stderr and "29824000466" not in ended.output


def test_a_period_without_stays_says_so(run_seeded: Run) -> None:
    assert run_seeded("account", "--to", "2001-01-01").stdout == "Ingen opphold.\n"


def test_a_folder_without_rules_is_refused(run_seeded: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATHWAY_UKP_RULES", str(tmp_path / "empty"))
    ended = run_seeded("account")
    assert ended.exit_code == 2 and "rates.yaml" in ended.stderr


def test_kroner_are_written_as_people_write_them() -> None:
    assert (money(2298050, "nb"), money(2298050, "en"), money(None, "nb")) == ("22 980,50 kr", "22,980.50 kr", "–")
