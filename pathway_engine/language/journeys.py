"""Journeys of a pathway folder: worked examples that a nurse manager signs and a test runs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pathway_engine.domain.definition import Pathway
from pathway_engine.language.findings import DefinitionErrors, Finding
from pathway_engine.language.folder import load_shipped
from pathway_engine.language.journey_parts import Expectation, Journey, Mismatch, Point
from pathway_engine.language.journey_reader import read_journey
from pathway_engine.language.journey_run import run_journey
from pathway_engine.language.yaml_reader import LARGEST_FILE_BYTES

__all__ = [
    "Expectation", "Journey", "Mismatch", "Point", "journey_files", "journeys_in", "read_journey", "run_journey",
    "shipped_journeys",
]  # fmt: skip


def journey_files(folder: Path | Traversable) -> Mapping[str, bytes]:
    """Return the contents of journeys/*.yaml in the pathway's *folder*, by relative name, in order."""
    journeys = folder / "journeys"
    if not journeys.is_dir():
        return {}
    files = sorted((each for each in journeys.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    return {f"journeys/{file.name}": _start_of(file) for file in files if file.is_file()}


def journeys_in(folder: Path | Traversable, pathway: Pathway) -> tuple[Journey, ...]:
    """Return the journeys in *folder*; raise DefinitionErrors with all that is wrong in any of them."""
    journeys: list[Journey] = []
    findings: list[Finding] = []
    for file, text in journey_files(folder).items():
        try:
            journeys.append(read_journey(text, file, pathway))
        except DefinitionErrors as errors:
            findings.extend(errors.findings)
    if findings:
        raise DefinitionErrors(findings)
    return tuple(journeys)


def shipped_journeys(name: str) -> tuple[Journey, ...]:
    """Return the journeys of the pathway *name* that ships; raise DefinitionError when there is none."""
    return journeys_in(resources("pathways") / name, load_shipped(name))


def _start_of(file: Path | Traversable) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST_FILE_BYTES + 1)
