"""Every patient-level rule of the rule catalogue can be said in the language, limit and all.

`ASU-REPORT` is left out: a report of an organisation every half-year has no patient.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pathway_engine.domain.definition import Duration, Pathway, Severity, Unit
from pathway_engine.language.folder import load_folder

CATALOGUE = """\
UKP-VARSEL 24 h law W   | UKP-KRIT 0 h law H      | UKP-MELD 0 h law H        | UKP-SVAR 0 h law H
UKP-TID 0 h law W       | UKP-BETAL 0 cd law H    | UKP-SLUTT 0 cd law H      | UKP-SYK 0 cd law H
UKP-EPI 0 cd law H      | UKP-PHV 0 h law H       | EPI-1D 1 cd goal W        | EPI-7D 7 cd guideline W
HPH0 0 cd local W       | HPH2 3 cd local W       | HPH3 14 cd local W        | HPH4 0 h local W
HPH5 4 w local W        | HPH6 3 h local W        | SELV-30 30 cd guideline W | TSB-DETOX 0 cd guideline W
TSB-EVAL1 7 cd guideline W   | TSB-EVALN-P 56 cd guideline W | TSB-EVALN-D 42 cd guideline W
PSY-FIRST 7 cd guideline W   | BUP-UTR 6 w guideline W       | BUP-EVAL1 6 w guideline W
BUP-EVALN 12 w guideline W   | REF-10 10 bd law W            | HF-TEL 3 cd guideline W
HF-VISIT 14 cd guideline W   | STROKE-3M 90 cd guideline W   | TCM-CONTACT 2 bd guideline W
TCM-HIGH 7 cd guideline W    | TCM-MOD 14 cd guideline W     | RED-CALL 3 cd guideline W
CTI-HOME 72 h guideline W    | D2A-REVIEW 12 h guideline W"""
BEFORE_DEPARTURE = {"HPH0B": True, "HPH1": False}
"""Rules due before the patient travels, and whether they are hard."""
UNITS = {"h": Unit.HOURS, "cd": Unit.DAYS, "bd": Unit.WORKING_DAYS, "w": Unit.WEEKS}
RULES = [rule.split() for line in CATALOGUE.splitlines() for rule in line.split("|")]


@pytest.fixture(scope="module")
def pathway() -> Pathway:
    return load_folder(Path(__file__).parent / "rule_catalogue")


@pytest.mark.parametrize(("rule", "limit", "unit", "kind", "strength"), RULES, ids=[rule[0] for rule in RULES])
def test_a_rule_of_the_catalogue_is_a_step_with_its_limit_kind_and_strength(
    pathway: Pathway, rule: str, limit: str, unit: str, kind: str, strength: str
) -> None:
    step = pathway.steps[rule]
    assert step.due == Duration(int(limit), UNITS[unit])
    assert step.severity is Severity(kind)
    assert step.hard is (strength == "H")


@pytest.mark.parametrize(("rule", "hard"), BEFORE_DEPARTURE.items())
def test_a_rule_due_before_departure_is_missed_by_the_discharge(pathway: Pathway, rule: str, hard: bool) -> None:
    step = pathway.steps[rule]
    assert step.no_later_than == "expected_discharge"
    assert step.when_leaving_by["discharged"] == "miss"
    assert step.hard is hard


def test_the_full_round_comes_every_half_year_and_waits_while_the_patient_is_away(pathway: Pathway) -> None:
    assert pathway.steps["HPHR"].every == Duration(26, Unit.WEEKS)
    assert pathway.steps["HPHR"].when_leaving == "pause"


def test_the_catalogue_has_no_step_that_is_no_rule(pathway: Pathway) -> None:
    assert set(pathway.steps) == {rule[0] for rule in RULES} | set(BEFORE_DEPARTURE) | {"HPHR"}
