"""A pathway as it was read, with the place in the files of every word: what the checker walks over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pathway_engine.domain.definition import ANY, Move, Pathway, Step
from pathway_engine.language.findings import ERROR, WARNING, Finding
from pathway_engine.language.yaml_reader import NOTHING, Listing, Node, Scalar, Table


@dataclass(frozen=True, slots=True)
class Draft:
    """What was read, and the roots of the files that it was read from (by file name)."""

    pathway: Pathway
    file: str
    roots: Mapping[str, Node]
    checklist_files: Mapping[str, str]

    def at(self, *path: str | int, file: str = "") -> Node:
        """Return the node that *path* leads to, or the nearest one above it.

        A table answers with its key where the path ends at a table or list.
        """
        node: Node = self.roots.get(file or self.file, NOTHING)
        place = node
        for part in path:
            child, place = _child(node, part, place)
            if child is None:
                return place
            node = child
        return node if isinstance(node, Scalar) else place

    def keys(self, *path: str) -> frozenset[str]:
        """Return the keys of the table that *path* leads to in the pathway file, empty when there is none."""
        node: Node | None = self.roots.get(self.file)
        for part in path:
            node = node.get(part) if isinstance(node, Table) else None
        return frozenset(key.text for key, _ in node.entries) if isinstance(node, Table) else frozenset()

    def has(self, *path: str) -> bool:
        """Say whether the pathway file gives the key at the end of *path*."""
        return path[-1] in self.keys(*path[:-1])

    def error(self, node: Node, found: str, right: str, code: str, file: str = "") -> Finding:
        """Return a mistake at *node*."""
        return Finding(file or self.file, node.line, node.column, found, right, code, ERROR)

    def warning(self, node: Node, found: str, right: str, code: str, file: str = "") -> Finding:
        """Return something to know at *node*."""
        return Finding(file or self.file, node.line, node.column, found, right, code, WARNING)

    def sources(self, move: Move) -> tuple[str, ...]:
        """Return the phases that *move* leaves, `any` written out."""
        return self.pathway.open_phases if ANY in move.sources else move.sources

    def steps(self) -> Iterator[Step]:
        """Yield the steps in file order."""
        yield from self.pathway.steps.values()


Check = Callable[[Draft], Iterator[Finding]]


def _child(node: Node, part: str | int, place: Node) -> tuple[Node | None, Node]:
    """Return the child that *part* names, and the node a message should point at."""
    if isinstance(node, Table) and isinstance(part, str):
        return node.get(part), node.key(part) or place
    if isinstance(node, Listing) and isinstance(part, int) and part < len(node.items):
        return node.items[part], node.items[part]
    return (node, node) if part == 0 else (None, place)
