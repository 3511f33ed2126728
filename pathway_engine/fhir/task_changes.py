"""What a written Task changes of the current one: only what a person may do; anything else is refused by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.fhir.outcome import FhirRefusal, Issue, Json, refusal
from pathway_engine.domain.tasks import Task
from pathway_engine.fhir.task_states import REASONS
from pathway_engine.service.answers import LONGEST_TEXT

OURS_TO_SAY = frozenset({"id", "meta", "text", "language", "implicitRules", "lastModified", "executionPeriod",
                         "businessStatus"})  # fmt: skip
"""Elements that follow from what is done: what a client writes there changes nothing."""
WRITABLE = frozenset({"status", "statusReason", "owner", "note", "restriction", "output", "contained"})
"""Elements that a client may change, each in its own way."""
PRACTITIONER = "Practitioner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a write wants of a task; None and empty mean that it stays as it is.

    `owner` is a person's id, or empty for nobody. `outputs` are the answers as written, `contained` what they may
    refer to.
    """

    status: str
    owner: str | None = None
    reason: str = ""
    until: datetime | None = None
    comments: tuple[str, ...] = ()
    outputs: tuple[Json, ...] = ()
    contained: tuple[Json, ...] = ()


def changes_of(current: Json, wanted: Json, task: Task, *, complete: bool) -> Changes:
    """Compare *wanted* with *current*. What is missing is unchanged, unless *wanted* is said to be complete.

    Raises FhirRefusal (422) with the expression of each element that may not be changed.
    """
    _require_unchanged(current, wanted, complete=complete)
    until = _until(current, wanted, task)
    status = str(wanted.get("status", ""))
    reason = _reason(wanted) if until is not None or status == "rejected" != task.status else ""
    if until is None and not reason and status != "rejected" and _tells_reason(current, wanted, task):
        raise refusal(
            422, "business-rule", "A reason is told with status rejected, or with a new restriction.period.start.",
            "Task.statusReason",
        )  # fmt: skip
    outputs = () if same(current.get("output"), wanted.get("output")) else _objects(wanted, "output")
    return Changes(
        status=status, owner=_owner(current, wanted, complete=complete), reason=reason, until=until,
        comments=_comments(wanted, task), outputs=outputs,
        contained=_objects(wanted, "contained"),
    )  # fmt: skip


def _require_unchanged(current: Json, wanted: Json, *, complete: bool) -> None:
    names = [*dict.fromkeys([*current, *wanted])]
    changed = [
        name for name in names if name not in WRITABLE | OURS_TO_SAY and _differs(current, wanted, name, complete)
    ]
    if changed:
        text = "This element cannot be changed; it follows from the pathway."
        raise FhirRefusal(422, *(Issue("business-rule", text, f"Task.{name}") for name in changed))


def _differs(current: Json, wanted: Json, name: str, complete: bool) -> bool:
    if name not in wanted:
        return complete
    return not same(current.get(name), wanted[name])


def same(one: object, other: object) -> bool:
    """Whether two parts of resources mean the same: displays, absolute addresses and ways of writing time aside."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = {*one, *other} - {"display"}
        return all(same(one.get(name), other.get(name)) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one == other or _said(one) == _said(other)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _said(text: str) -> object:
    at = instant_in(text)
    if at is not None:
        return at
    return "/".join(text.split("/")[-2:]) if text.startswith(("http://", "https://")) and "|" not in text else text


def instant_in(text: object) -> datetime | None:
    """The instant that *text* is, in UTC; None of anything else, also of a time without a zone."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) and "T" in text else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at is not None and at.tzinfo else None


# -- the elements that may be changed


def _owner(current: Json, wanted: Json, *, complete: bool) -> str | None:
    """Whom the task is to belong to: None as before, empty nobody."""
    if "owner" not in wanted:
        return "" if complete and "owner" in current else None
    owner = wanted["owner"]
    if same(current.get("owner"), owner):
        return None
    reference = owner.get("reference") if isinstance(owner, dict) else None
    type, _, id = str(reference or "").rpartition("/")
    if type.rpartition("/")[2] == PRACTITIONER and id:
        return id
    if type.rpartition("/")[2] == "Organization" and str(_reference(current, "owner")).startswith(PRACTITIONER):
        return ""
    raise refusal(422, "business-rule", f"The owner is a person; would be right: {PRACTITIONER}/[id].", "Task.owner")


def _reference(resource: Json, name: str) -> object:
    element = resource.get(name)
    return element.get("reference") if isinstance(element, dict) else None


def _comments(wanted: Json, task: Task) -> tuple[str, ...]:
    """The texts that are new. A Task does not show its comments, so what is sent again is none."""
    texts = [_text(each.get("text")) for each in _objects(wanted, "note")]
    known = [comment.text for comment in task.comments]
    if texts[: len(known)] == known:
        return tuple(texts[len(known) :])
    return tuple(text for text in texts if text not in known)


def _text(text: object) -> str:
    if isinstance(text, str) and text.strip() and len(text) <= LONGEST_TEXT:
        return text
    raise refusal(422, "value", f"A note is a text of at most {LONGEST_TEXT} characters.", "Task.note.text")


def _objects(wanted: Json, name: str) -> tuple[Json, ...]:
    told = wanted.get(name, [])
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise refusal(422, "structure", "Would be right: a list of objects.", f"Task.{name}")
    return tuple(told)


def _until(current: Json, wanted: Json, task: Task) -> datetime | None:
    """The new start of the window; everything else of the restriction stays."""
    before, after = current.get("restriction"), wanted.get("restriction", current.get("restriction"))
    if same(before, after):
        return None
    told = _start(after)
    at = instant_in(told)
    if not same(_without_start(before), _without_start(after)) or (told is not None and at is None):
        raise refusal(
            422, "business-rule", "Of the restriction only period.start can be changed, to an instant with a zone.",
            "Task.restriction",
        )  # fmt: skip
    return None if at == task.deferred_until else at


def _start(restriction: object) -> object:
    period = restriction.get("period") if isinstance(restriction, dict) else None
    return period.get("start") if isinstance(period, dict) else None


def _without_start(restriction: object) -> Json:
    told = dict(restriction) if isinstance(restriction, dict) else {}
    period = told.pop("period", None)
    end = {name: value for name, value in period.items() if name != "start"} if isinstance(period, dict) else {}
    return told | ({"period": end} if end else {})


def _tells_reason(current: Json, wanted: Json, task: Task) -> bool:
    told = wanted.get("statusReason")
    return told is not None and not same(current.get("statusReason"), told) and task.deferred_until is None


def _reason(wanted: Json) -> str:
    """The code of the reason; empty when none of ours is told."""
    return next(_codes(wanted.get("statusReason")), "")


def _codes(concept: object) -> Iterator[str]:
    if not isinstance(concept, dict):
        return
    codings = concept.get("coding", [])
    for coding in codings if isinstance(codings, list) else []:
        if (
            isinstance(coding, dict)
            and coding.get("system", REASONS) == REASONS
            and isinstance(coding.get("code"), str)
        ):
            yield coding["code"]
    if isinstance(concept.get("text"), str):
        yield concept["text"]
