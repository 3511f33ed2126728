"""In which order phases are drawn from top to bottom, so that most moves lead downwards."""

from __future__ import annotations

from collections.abc import Iterator

from fast_sugiyama import from_edges

from pathway_engine.domain.definition import ANY, Move, Pathway


def rows(pathway: Pathway) -> tuple[str, ...]:
    """Return the phases, topmost first; phases that no move joins come before the end phases."""
    placed = [*_layered(pathway)]
    alone = [phase for phase in pathway.phases if phase not in placed]
    phases = sorted([*placed, *alone], key=lambda phase: phase in pathway.end)
    return tuple(phases)


def sources_of(move: Move, pathway: Pathway) -> tuple[str, ...]:
    """Return the phases that the move leaves."""
    return pathway.open_phases if ANY in move.sources else move.sources


def _layered(pathway: Pathway) -> list[str]:
    names = tuple(pathway.phases)
    numbers = {name: number for number, name in enumerate(names)}
    # The layout library stops the whole program on a loop and orders names by chance, so it gets an
    # acyclic graph of numbers.
    edges = sorted({(numbers[source], numbers[target]) for source, target in _downward(pathway)})
    if not edges:
        return []
    places = [place for positions, *_ in from_edges(edges) for place in positions]
    known = [(-y, x, number) for number, (x, y) in places if isinstance(number, int) and number < len(names)]
    return [names[number] for _, _, number in sorted(known)]


def _downward(pathway: Pathway) -> Iterator[tuple[str, str]]:
    """The moves between phases without those that lead back to where the way came from."""
    targets: dict[str, list[str]] = {phase: [] for phase in pathway.phases}
    for move in (each for each in pathway.moves if not each.new_stay):
        for source in sources_of(move, pathway):
            targets[source].append(move.target)
    done: set[str] = set()
    way: list[str] = []

    def walk(phase: str) -> Iterator[tuple[str, str]]:
        way.append(phase)
        for target in targets[phase]:
            if target not in way:
                yield phase, target
                if target not in done:
                    yield from walk(target)
        way.pop()
        done.add(phase)

    for phase in pathway.phases:
        if phase not in done:
            yield from walk(phase)
