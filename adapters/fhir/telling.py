"""What may stand in an error text: names of elements and codes, never what may be about somebody."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from adapters.fhir.outcome import Issue

MOST_ISSUES = 50
"""More are counted and not told."""

NAME = re.compile("_?[A-Za-z][A-Za-z0-9]{0,60}")
CODE = re.compile(r"[A-Za-z<>=!][A-Za-z0-9.\-=]{0,30}")


def element_name(name: str) -> str:
    """Return the name of an element, unless it is so odd that it may hold anything."""
    return name if NAME.fullmatch(name) and not re.search(r"\d{4}", name) else "an element"


def within(path: str, name: str) -> str:
    """Return the path of the element *name* in *path*; that of *path* where the name may hold anything."""
    named = element_name(name) == name
    return f"{path}.{name}".lstrip(".") if named else path


def shown(code: object) -> str:
    """Return a code quoted when it looks like one and cannot be a person's number, else only its length."""
    if isinstance(code, str) and CODE.fullmatch(code) and not re.search(r"\d{4}", code):
        return f'"{code}"'
    return f"a value of {len(code)} characters" if isinstance(code, str) else "what is no text"


@dataclass(slots=True)
class Findings:
    """What is wrong with a resource; `count` goes on when no more is kept."""

    issues: list[Issue] = field(default_factory=list)
    count: int = 0

    def add(self, code: str, text: str, expression: str) -> None:
        """Tell one thing that is wrong: `code` of the value set issue-type, where, and what would be right."""
        self.count += 1
        if self.count <= MOST_ISSUES:
            self.issues.append(Issue(code, text, expression))
