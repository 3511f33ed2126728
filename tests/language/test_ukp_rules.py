"""Files of payment rules: what is read, every mistake with its place, and the page that lists the keys."""

from __future__ import annotations

from datetime import date, time
from importlib.resources import files as resources
from pathlib import Path

import pytest

from pathway_engine.domain.stay_facts import Sector
from pathway_engine.language.findings import DefinitionErrors
from pathway_engine.language.ukp_form import SECTIONS
from pathway_engine.language.ukp_rules import FILES, load_ukp_rules, read_ukp_rules

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "ukp-account.md"
SHIPPED = {name: (resources("pathways") / "rules" / "ukp" / name).read_text("utf-8") for name in FILES}


def test_the_rates_that_ship_are_whole_years_and_none_is_guessed() -> None:
    rates = load_ukp_rules().rates
    assert {each.valid_from.year: each.ore for each in rates.rates if each.verified}.keys() == set(range(2014, 2025))
    assert [rates.on(date(year, 6, 1)) for year in (2011, 2025, 2026)] == [None, None, None]
    assert all(each.source for each in rates.rates)


def test_a_file_of_ones_own_takes_the_place_of_the_one_that_ships(tmp_path: Path) -> None:
    (tmp_path / "rates.yaml").write_text(
        'rates: [{valid_from: 2026-01-01, valid_to: 2026-12-31, kroner: "6000.50", verified: true, source: Circular}]'
    )
    own = load_ukp_rules(tmp_path)
    found = own.rates.on(date(2026, 12, 31))
    assert found is not None and found.ore == 600050
    assert own.rates.on(date(2024, 6, 1)) is None and own.policies == load_ukp_rules().policies


def test_a_local_policy_is_read_with_all_its_settings() -> None:
    local = """
  - {id: local, version: "2", municipality: "5001", valid_from: 2024-01-01, valid_to: 2024-12-31, source: Agreement,
     verified: true, sectors: {somatic: 2012-01-01}, grace_days: "1", cut_off: "14:00", include_first_day: false,
     include_collection_day: true, early_notice_within_hours: "12", asks_for_early_notice: true, time_zone: UTC,
     late_notice_blocks: true, silence_counts_as_cannot: false, dated_offer_counts: false, asks_for_information: false,
     unknown_criteria_block: true, stay_municipality_pays_from: 2020-01-01}
"""
    rules = read_ukp_rules({**SHIPPED, "policies.yaml": SHIPPED["policies.yaml"] + local})
    found = rules.policy(date(2024, 12, 31), "5001")
    assert found is not None and rules.policy(date(2025, 1, 1), "5001") == rules.policies[0]
    assert (found.grace_days, found.cut_off, found.early_notice_within, found.time_zone) == (1, time(14), 12, "UTC")
    assert (found.sectors, found.stay_municipality_pays_from) == ({Sector.SOMATIC: date(2012, 1, 1)}, date(2020, 1, 1))
    flags = (found.include_first_day, found.include_collection_day, found.asks_for_early_notice,
             found.late_notice_blocks, found.silence_counts_as_cannot, found.dated_offer_counts,
             found.asks_for_information, found.unknown_criteria_block, found.verified)  # fmt: skip
    assert flags == (False, True, True, True, False, False, False, True, True)


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        pytest.param("rates.yaml", 'kroner: "4125"', "kroner: dear", "'dear'; would be right: kroner", id="amount"),
        pytest.param("rates.yaml", 'kroner: "4125"', "krone: 1", "'krone'", id="unknown-key"),
        pytest.param("rates.yaml", "valid_to: 2013-12-31", "valid_to: 2014-01-01", "do not overlap", id="overlap"),
        pytest.param("rates.yaml", "valid_to: 2013-12-31", "valid_to: 2012-01-01", "a later day", id="backwards"),
        pytest.param("rates.yaml", "2013-12-31", "2013-02-30", "a date that exists", id="no-such-day"),
        pytest.param("policies.yaml", "valid_from: 2012-01-01", "valid_form: 2012-01-01", "valid_from", id="missing"),
        pytest.param("policies.yaml", 'grace_days: "0"', "grace_days: few", "a whole number", id="count"),
        pytest.param("policies.yaml", "Europe/Oslo", "Europe/Olso", "a zone", id="zone"),
        pytest.param("policies.yaml", "  phv:", "  psych:", "'psych'", id="sector"),
        pytest.param("policies.yaml", "late_notice_blocks: false", "late_notice_blocks: no", "true", id="flag"),
        pytest.param("clocks.yaml", "within: same day", "within: soon", "3 days", id="duration"),
        pytest.param("clocks.yaml", "times: answer", "times: anwser", "'answer'", id="timed"),
        pytest.param("clocks.yaml", "id: answer", "id: early_notice", "each id once", id="id-twice"),
        pytest.param("clocks.yaml", "clocks:", "&a clocks:", "anchor", id="not-plain-yaml"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(file: str, right: str, wrong: str, said: str) -> None:
    assert right in SHIPPED[file]
    with pytest.raises(DefinitionErrors) as refused:
        read_ukp_rules({**SHIPPED, file: SHIPPED[file].replace(right, wrong, 1)})
    message = str(refused.value)
    assert said in message and message.startswith(f"{file}:")


def test_every_key_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    for section, keys in SECTIONS.items():
        if section != "text":
            assert [key.name for key in keys.values() if f"| `{key.name}` |" not in page] == [], section
