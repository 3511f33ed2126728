"""What a program asks to do with a task: read strictly out of JSON, and said in the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.web.api_problems import Unfitting
from pathway_engine.web.errors import PageError

LARGEST = 256 * 1024
"""Bytes of one body."""
JSON_TYPE = "application/json"
LAST_YEAR = 2199
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Text = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(max_length=64)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Makes it safe to send again.")]
Asked = Literal[
    "claim", "give_back", "assign", "defer", "answer", "comment", "complete", "not_applicable", "follow_up", "undo"
]


class ActOnTask(BaseModel):
    """One act. `version` is the one that was read; `key` is the program's own, another for each act.

    `answers` are by item of the checklist: a code for yes/no (yes, no, not_applicable) and for a choice, a number, a
    date as ``2026-11-22``, or a text. `reason` is the code that defer and not_applicable want, and the item of a
    follow_up. `until` is the new date of defer, and by when a follow_up is due. Of an undo, `key` is that of the act.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    act: Asked
    version: Annotated[int, Field(ge=0, lt=10**9)] = 0
    key: Key
    answers: Annotated[dict[Name, bool | int | float | Text], Field(max_length=200)] = {}
    reason: Name = ""
    comment: Text = ""
    until: AwareDatetime | None = None
    assignee: Name | None = None

    @field_validator("until")
    @classmethod
    def _within_reach(cls, until: datetime | None) -> datetime | None:
        if until is not None and not 1970 < until.year <= LAST_YEAR:
            raise ValueError(f"a year up to {LAST_YEAR} would be right")
        return until

    def typed(self, checklist: Checklist | None) -> Mapping[str, FactValue]:
        """Return the answers as their items have them: of a date question, a date."""
        dates = {item.id for item in checklist.items if item.type == "date"} if checklist else set()
        return {name: _date(name, value) if name in dates else _text(value) for name, value in self.answers.items()}

    @property
    def deed(self) -> Act:
        """The act as the engine knows it."""
        return Act(self.act)

    @property
    def moment(self) -> datetime | None:
        """`until` in UTC."""
        return None if self.until is None else self.until.astimezone(UTC)

    @property
    def words(self) -> str:
        """The comment, without what no text holds."""
        return _CONTROL.sub("", self.comment).strip()


def _text(value: FactValue) -> FactValue:
    return _CONTROL.sub("", value) if isinstance(value, str) else value


def _date(name: str, value: FactValue) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Unfitting({f"answers.{name}": "a date as 2026-11-22"}) from None


async def act_in(request: Request) -> ActOnTask:
    """Read the body. Raises PageError 413 and 415, and Unfitting naming what does not fit."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise PageError(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise PageError(413)
    try:
        return ActOnTask.model_validate_json(bytes(body))
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        raise Unfitting({_place(each["loc"]): each["msg"] for each in told}) from None


def _place(parts: tuple[int | str, ...]) -> str:
    """Where it is; a name that the caller made up is shortened."""
    return ".".join(str(part)[:64] for part in parts) or "body"
