"""What the next page says of what was just done, and for ten seconds offers to take back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from pathway_engine.domain.events import Act
from pathway_engine.service.notices import is_notice

KEPT = "notice"
LASTING = frozenset({Act.ANSWER, Act.FOLLOW_UP})
"""Acts that are not offered to be taken back: an answer is changed, a follow-up set to not applicable."""
WARNINGS = frozenset({"undo_late", "undo_conflict", "undo_gone", "queued"})


@dataclass(frozen=True, slots=True)
class Notice:
    """The code of a text, and the acts that can be taken back: the key by the task's id."""

    code: str
    undo: Mapping[str, str] = field(default_factory=dict)

    @property
    def tone(self) -> str:
        """The style that it is shown in."""
        return "warning" if self.code in WARNINGS else "success"

    @property
    def text(self) -> str:
        """The text's key; whichever page comes next says it, also one of another room."""
        return self.code if "." in self.code else f"done.{self.code}"


def leave_notice(request: Request, code: str, undo: Mapping[str, str] | None = None) -> None:
    """Let the next page say *code*."""
    request.session[KEPT] = [code, dict(undo or {})]


def leave_done(request: Request, act: Act, task_id: str, key: str) -> None:
    """Let the next page say that *act* is done, and offer to take it back where that can be done."""
    lasting = act in LASTING or is_notice(task_id)
    leave_notice(request, act.value, {} if lasting else {task_id: key})


def taken_notice(request: Request) -> Notice | None:
    """Return what the last page left to be said, once."""
    kept = request.session.pop(KEPT, None)
    return Notice(str(kept[0]), kept[1]) if isinstance(kept, list) and len(kept) == 2 else None
