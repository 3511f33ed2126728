"""The page about quality figures says of each what the program counts."""

from __future__ import annotations

from pathlib import Path

from pathway_engine.domain.quality_measures import MEASURES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "quality.md"


def test_every_measure_stands_there_as_it_is() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for measure in MEASURES:
        (line,) = (each for each in lines if each.startswith(f"| `{measure.id}` |"))
        for text in (measure.title, measure.numerator, measure.denominator, measure.source):
            assert text.en in line, measure.id
