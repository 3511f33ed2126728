"""docs/architecture.md: what is generated of it stands between marks, and everything else is written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.architecture import measuring, roads
from tests.architecture.source_tree import REPOSITORY

PAGE = REPOSITORY / "docs" / "architecture.md"
PARTS: Mapping[str, Callable[[], str]] = {
    "figures": lambda: "\n".join(measuring.figures()),
    "roads": roads.told,
}


def written(text: str) -> str:
    """Return the page with its generated parts as they should be. Raises ValueError when a mark is missing."""
    for name, made in PARTS.items():
        part = re.compile(rf"(<!-- {name}: .*? -->).*?(<!-- end of {name} -->)", re.DOTALL)
        text, count = part.subn(lambda found, made=made: f"{found[1]}\n\n{made()}\n\n{found[2]}", text)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"{PAGE.name} has {count} places for the {name}; one would be right")
    return text
