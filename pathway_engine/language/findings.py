"""What is wrong in a definition file: where it stands, what was found and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pathway_engine.domain.errors import DefinitionError

ERROR = "error"
WARNING = "warning"
LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """Return *text* fit for a message: one line, not long, in quotes."""
    line = re.sub(r"[^\w\s!-~§–—…«»]", "�", " ".join(text.split()))
    return f"'{line[: LONGEST_SHOWN - 1]}…'" if len(line) > LONGEST_SHOWN else f"'{line}'"


def without_identity_numbers(text: str) -> str:
    """Return *text* with everything that could be a national identity number starred out."""
    return re.sub(r"\d{6}[ -]?\d{5,}", "***********", text)


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake (or, at level ``warning``, one thing to know); line and column count from 1."""

    file: str
    line: int
    column: int
    found: str
    right: str
    code: str
    level: str = ERROR

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    @property
    def message(self) -> str:
        """Say what was found and what would be right, without the place."""
        text = f"found {self.found}; would be right: {self.right}"
        return without_identity_numbers(text)

    @property
    def place(self) -> tuple[str, int, int]:
        """File, line and column: what findings are sorted by."""
        return self.file, self.line, self.column


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings by place, each once."""
    return tuple(sorted(set(findings), key=lambda each: (each.place, each.code, each.found)))


def errors_among(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return those that keep a pathway from being used."""
    return tuple(each for each in findings if each.level == ERROR)


class DefinitionErrors(DefinitionError):
    """A definition has mistakes: all of them are in `findings`, by file, line and column."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = in_order(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def as_warning(finding: Finding) -> Finding:
    """Return the finding as something to know instead of a mistake."""
    return replace(finding, level=WARNING)
