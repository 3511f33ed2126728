"""Every shipped journey goes as it says, and the runner sees it when one does not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from pathway_engine.domain.episode import Rules
from pathway_engine.holiday_calendar import norwegian_calendar
from pathway_engine.language.folder import load_folder
from pathway_engine.language.journeys import journey_files, read_journey, run_journey

PATHWAYS = Path(__file__).parents[2] / "pathways"
SHIPPED = [(folder.name, file) for folder in sorted(PATHWAYS.iterdir()) for file in journey_files(folder)]


@cache
def rules(name: str) -> Rules:
    calendar = norwegian_calendar(2025, 2028)
    return Rules.of(load_folder(PATHWAYS / name), lambda municipality: calendar)


@pytest.mark.parametrize(("name", "file"), SHIPPED, ids=lambda each: Path(each).stem)
def test_a_shipped_journey_goes_as_it_says(name: str, file: str) -> None:
    journey = read_journey(journey_files(PATHWAYS / name)[file], file, rules(name).pathway)
    assert [str(mismatch) for mismatch in run_journey(journey, rules(name))] == []
