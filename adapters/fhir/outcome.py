"""OperationOutcome: what was wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pathway_engine.domain.errors import MessageError

Json = dict[str, object]
"""A resource, or part of one, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: `code` is of the value set issue-type, `expression` a FHIRPath to the element."""

    code: str
    text: str
    expression: str = ""
    severity: str = "error"


class FhirRefusal(MessageError):
    """What came is refused; `status` is the HTTP status that says so, `issues` say what would be right."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__("; ".join(issue.text for issue in issues))
        self.status = status
        self.issues = issues


def refusal(status: int, code: str, text: str, expression: str = "") -> FhirRefusal:
    """Return the refusal with one issue."""
    return FhirRefusal(status, Issue(code, text, expression))


def outcome(issues: Iterable[Issue]) -> Json:
    """Return the OperationOutcome of *issues*; of none, one that says that all is well."""
    found = [_issue(each) for each in issues]
    return {"resourceType": "OperationOutcome", "issue": found or [_issue(ALL_WELL)]}


def _issue(issue: Issue) -> Json:
    told: Json = {"severity": issue.severity, "code": issue.code, "details": {"text": issue.text}}
    return {**told, "expression": [issue.expression]} if issue.expression else told


ALL_WELL = Issue("informational", "All is well.", severity="information")
