"""A pathway as a drawing: Mermaid text for pages that render it, and SVG that needs nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pathway_engine.domain.definition import Pathway
from pathway_engine.language.drawing import svg
from pathway_engine.language.layout import rows, sources_of
from pathway_engine.language.outline import beginnings, lines_by_phase
from pathway_engine.language.words import move_nb

__all__ = ["mermaid", "svg"]


def mermaid(pathway: Pathway) -> str:
    """Return a `stateDiagram-v2`: phases as states, moves as arrows, steps as notes."""
    lines = ["stateDiagram-v2", "    direction TB"]
    lines += [f'    state "{_plain(pathway.phases[phase].nb)}" as {_id(phase)}' for phase in rows(pathway)]
    lines += [f"    [*] --> {_id(phase)}" for phase in beginnings(pathway)]
    lines += [f"    {_id(source)} --> {_id(target)} : {label}" for source, target, label in _arrows(pathway)]
    lines += [f"    {_id(phase)} --> [*]" for phase in pathway.end]
    for phase, said in lines_by_phase(pathway).items():
        if said:
            notes = [f"        {_plain(each)}" for each in said]
            lines += [f"    note right of {_id(phase)}", *notes, "    end note"]
    return "\n".join(lines) + "\n"


def _arrows(pathway: Pathway) -> Iterator[tuple[str, str, str]]:
    labels: dict[tuple[str, str], list[str]] = {}
    for move in pathway.moves:
        for source in sources_of(move, pathway):
            labels.setdefault((source, move.target), []).append(_plain(move_nb(move, pathway)))
    for (source, target), said in labels.items():
        yield source, target, " / ".join(said)


def _id(phase: str) -> str:
    return phase.replace("-", "_")


def _plain(text: str) -> str:
    """Return *text* without the signs that end a Mermaid label."""
    return text.replace('"', "'").replace(":", " –").replace(";", ",").replace("#", "nr. ")
