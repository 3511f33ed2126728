"""Where in a scenario's file something stands, for those who check what it means."""

from __future__ import annotations

from pathway_engine.language.yaml_reader import NOTHING, Node, Scalar, Table


class Places:
    """The places of a file, from its *root*."""

    def __init__(self, root: Node) -> None:
        self.root = root

    def at(self, *path: str | int) -> Node:
        """Return the node at the end of *path*, or the nearest one above it; a table's key where it has one."""
        node, place = self.root, self.root
        for part in path:
            if isinstance(node, Table) and isinstance(part, str) and node.get(part) is not None:
                place = node.key(part) or place
                node = node.get(part) or NOTHING
            elif not isinstance(node, Scalar | Table) and isinstance(part, int) and part < len(node.items):
                node = place = node.items[part]
            else:
                break
        return place
