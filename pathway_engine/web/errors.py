"""From error to answer: one table, and pages that say what happened without saying too much."""

from __future__ import annotations

from pathway_engine.domain.errors import (
    IllegalTransition,
    IncompleteChecklist,
    InvalidAnswer,
    NotPermitted,
    OutsideWindow,
    TaskError,
    UnknownPatient,
    UnknownTask,
    VersionConflict,
)

STATUS_OF: dict[type[TaskError], int] = {
    UnknownTask: 404,
    UnknownPatient: 404,
    NotPermitted: 403,
    VersionConflict: 409,
    IllegalTransition: 422,
    IncompleteChecklist: 422,
    InvalidAnswer: 422,
    OutsideWindow: 422,
    TaskError: 422,
}
"""The HTTP status of every refusal; a test holds that no error of the family is missing."""


class NotSignedIn(Exception):
    """Nobody is signed in, or the session has ended."""


class Locked(Exception):
    """The session is locked: its PIN, or signing in anew, opens it."""


class PageError(Exception):
    """The request cannot be answered; `text` is the key of what the reader is told."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(f"{status}")
        self.status = status
        self.text = text or f"error.{status}"


def status_of(error: TaskError) -> int:
    """Return the status of *error*, by its nearest class in the table."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def text_of(error: TaskError) -> str:
    """Return the key of the text that a reader is shown for *error*."""
    kind = next(kind for kind in type(error).__mro__ if kind in STATUS_OF)
    return f"refused.{kind.__name__}"
