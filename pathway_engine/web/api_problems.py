"""Refusals as RFC 9457 problems: which, why, what would be right, and what may be done now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from pathway_engine.domain.errors import StorageError, TaskError
from pathway_engine.web.errors import Locked, NotSignedIn, PageError, status_of

PROBLEM = "application/problem+json"
TYPES = "urn:pathway-engine:problem:"
RETRY_AFTER_SECONDS = "10"


class Problem(BaseModel):
    """What was refused. `type` names the kind; `legal_acts` are what the task allows now, `errors` what does not fit.

    `errors` maps the place of each to what would be right.
    """

    type: str
    title: str
    status: int
    detail: str = ""
    legal_acts: list[str] | None = None
    errors: dict[str, str] | None = None


class Unfitting(Exception):
    """What was asked does not fit. `errors` says where, and what would be right."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


class Refused(Exception):
    """An act that the engine refused, with what the task allows now."""

    def __init__(self, error: TaskError, legal_acts: Iterable[str]) -> None:
        super().__init__(str(error))
        self.error = error
        self.legal_acts = list(legal_acts)


def problem(status: int, kind: str, detail: str = "", **more: object) -> Response:
    """Return the answer that tells of a problem."""
    told = {"type": TYPES + kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    wanted = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    wanted |= {"Retry-After": RETRY_AFTER_SECONDS} if status == 503 else {}
    return JSONResponse({name: value for name, value in told.items() if value is not None}, status, wanted, PROBLEM)


def _named(error: Exception) -> str:
    """The error's class as a problem's kind: ``VersionConflict`` is ``version-conflict``."""
    name = type(error).__name__
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


async def told(_request: Request, error: Exception) -> Response:
    """Return the problem that *error* is."""
    match error:
        case Refused():
            fields = getattr(error.error, "fields", None)
            wrong = fields if isinstance(fields, dict) else {name: "an answer" for name in fields or ()}
            return problem(
                status_of(error.error), _named(error.error), str(error), legal_acts=error.legal_acts,
                errors=wrong or None,
            )  # fmt: skip
        case TaskError():
            return problem(status_of(error), _named(error), str(error))
        case Unfitting():
            return problem(422, "unfitting", "Something that was sent does not fit.", errors=error.errors)
        case RequestValidationError():
            places = {".".join(str(part)[:64] for part in each["loc"]): each["msg"] for each in error.errors()}
            return problem(422, "unfitting", "Something that was sent does not fit.", errors=places)
        case NotSignedIn() | Locked():
            return problem(401, _named(error), "A bearer key, or a session that is not locked, would be right.")
        case PageError():
            return problem(error.status, PAGE_ERRORS.get(error.status, "refused"), SAID.get(error.status, ""))
        case StorageError():
            return problem(503, "unavailable", "The database is away; nothing was saved. Ask again soon.")
        case HTTPException():
            return problem(
                error.status_code, "nothing-here", "There is nothing at this address, or not by this method."
            )
        case _:
            raise error


PAGE_ERRORS = {403: "forbidden", 413: "too-large", 415: "unsupported-type"}
SAID = {
    403: "Your role does not allow this; from a browser's session the form's token must come in X-Form-Token.",
    413: "The body is too large.", 415: "Content-Type application/json would be right.",
}  # fmt: skip
TOLD = (
    Refused, TaskError, Unfitting, RequestValidationError, NotSignedIn, Locked, PageError, StorageError, HTTPException,
)  # fmt: skip
"""What is told as a problem; anything else is a fault of the program."""
