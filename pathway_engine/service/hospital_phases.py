"""In which phases a patient is in hospital, as the pathways themselves say."""

from __future__ import annotations

from collections.abc import Iterator

from pathway_engine.domain.definition import Pathway
from pathway_engine.service.context import Context

NEEDED_BY = "discharged"


def hospital_phases(context: Context) -> set[tuple[str, str]]:
    """Where a patient is in hospital: the phases out of which a discharge leads, by pathway."""
    pathways = [rules.pathway for rules in context.catalogue.current.values()]
    return {(pathway.id, phase) for pathway in pathways for phase in _phases(pathway)}


def _phases(pathway: Pathway) -> Iterator[str]:
    for move in pathway.moves_on(NEEDED_BY):
        if not move.new_stay:
            yield from (phase for phase in move.sources if phase in pathway.phases)
