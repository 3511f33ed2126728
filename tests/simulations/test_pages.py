"""The pages say what the program has: every key of the scenario file, every shipped scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulations.language.page import page
from simulations.loads import offered_loads
from simulations.shipped import load_scenario, shipped_scenarios

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_the_scenario_file_is_not_stale() -> None:
    written = (DOCS / "reference" / "scenario-file.md").read_text("utf-8")
    assert written == page(), "run: python -m simulations.language.page > docs/reference/scenario-file.md"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_is_right_stable_and_has_a_page(name: str) -> None:
    scenario, findings = load_scenario(name)
    assert scenario.name == name
    assert findings == ()
    assert max(load.share for load in offered_loads(scenario)) < 1
    assert (DOCS / "simulation" / f"{name}.md").read_text("utf-8").count(f"pathway simulate {name}") == 1
    assert f"(../simulation/{name}.md)" in (DOCS / "how-to" / "simulate.md").read_text("utf-8")
