"""Communication: what people write on a task, each comment one; writing one adds a comment."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.fhir.canonicals import logical_id
from adapters.fhir.outcome import Json, refusal
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.events import Act
from pathway_engine.fhir.bodies import resource_in
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Served, instant, with_meta
from pathway_engine.fhir.held_tasks import Held, encounter_of, hold, looked_at, patient_asked, tasks_near
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.preferences import written
from pathway_engine.fhir.standard_parameters import standard
from pathway_engine.fhir.task_acts import Wish, do, key_of, was_done
from pathway_engine.fhir.task_changes import same
from pathway_engine.service.answers import LONGEST_TEXT

TYPE = "Communication"
MARK = "-c"
"""Between the task's id and the comment's number in the id of a Communication."""
VERSION = "1"
"""A comment is never changed."""
FIXED = "What somebody wrote stays; write another Communication."


def read(exchange: Exchange, id: str) -> Found | None:
    """The comment, if its task stands on a list of the caller's."""
    task, _, number = id.rpartition(MARK)
    try:
        held = looked_at(exchange, task)
    except UnknownTask:
        return None
    places = [f"{place}" for place in range(len(held.task.comments))]
    return _found(exchange, held, int(number)) if number in places else None


def _found(exchange: Exchange, held: Held, place: int) -> Found:
    comment = held.task.comments[place]
    task: Json = {"reference": f"Task/{held.row.id}"}
    resource: Json = {
        "resourceType": TYPE, "id": f"{held.row.id}{MARK}{place}", "basedOn": [task], "status": "completed",
        "subject": {"reference": f"Patient/{held.row.patient_id}"}, "about": [task],
        **encounter_of(exchange, held), "sent": instant(comment.at),
        "sender": {"reference": f"Practitioner/{logical_id(comment.by)}"},
        "payload": [{"contentString": comment.text}],
    }  # fmt: skip
    return Found(
        resource=with_meta(resource, VERSION, comment.at), version=VERSION, updated=comment.at,
        patient_id=held.row.patient_id,
    )  # fmt: skip


def every(exchange: Exchange) -> Iterator[Found]:
    """The comments on every task that stands on a list of the caller's."""
    for held in tasks_near(exchange, patient_asked(exchange)):
        for place in range(len(held.task.comments)):
            yield _found(exchange, held, place)


def create(exchange: Exchange) -> Answer:
    """Comment on the task that the resource is about."""
    told = resource_in(exchange)
    held = hold(exchange, _task_of(told))
    key = key_of(exchange, held.row)
    if not was_done(exchange, key):
        _require_fitting(told, held)
        do(exchange, held.row.id, [Wish(act=Act.COMMENT, comment=_text(told))], key)
    after = looked_at(exchange, held.row.id)
    texts = [comment.text for comment in after.task.comments]
    return written(exchange, _found(exchange, after, len(texts) - 1 - texts[::-1].index(_text(told))), 201)


def _task_of(told: Json) -> str:
    """The one task that it is about."""
    found = {
        str(each.get("reference", "")).rpartition("/")[2]
        for name in ("about", "basedOn")
        for each in _objects(told.get(name))
        if str(each.get("reference", "")).rpartition("/")[0].endswith("Task")
    }
    if len(found) != 1:
        raise refusal(422, "required", "Would be right: about one Task, Task/[id].", f"{TYPE}.about")
    return found.pop()


def _require_fitting(told: Json, held: Held) -> None:
    subject: Json = {"reference": f"Patient/{held.row.patient_id}"}
    if not same(told.get("subject", subject), subject):
        raise refusal(422, "business-rule", "Would be right: the patient of the Task.", f"{TYPE}.subject")
    if told.get("status") not in ("completed", "in-progress", "preparation"):
        raise refusal(422, "business-rule", "Would be right: status completed.", f"{TYPE}.status")


def _text(told: Json) -> str:
    """The texts of all parts of the payload."""
    texts = [each.get("contentString") for each in _objects(told.get("payload"))]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise refusal(422, "required", "Would be right: a payload of texts, contentString.", f"{TYPE}.payload")
    text = "\n".join(map(str, texts))
    if len(text) > LONGEST_TEXT:
        raise refusal(422, "too-long", f"A comment is at most {LONGEST_TEXT} characters long.", f"{TYPE}.payload")
    return text


def _objects(told: object) -> list[Json]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


COMMUNICATION = Served(
    type=TYPE, read=read, every=every, create=create,
    parameters=(
        standard("patient", Kind.REFERENCE, "subject", "Communication-patient", ("Patient",)),
        standard("subject", Kind.REFERENCE, "subject", "Communication-subject", ("Patient",)),
        standard("based-on", Kind.REFERENCE, "basedOn", "Communication-based-on", ("Task",)),
        standard("sender", Kind.REFERENCE, "sender", "Communication-sender", ("Practitioner",)),
        standard("sent", Kind.DATE, "sent", "Communication-sent"),
        standard("status", Kind.TOKEN, "status", "Communication-status"),
    ),
    instead={"update": FIXED, "patch": FIXED, "delete": FIXED},
    about="A comment on a Task. Dialogue messages to and from other organisations are not here.",
)  # fmt: skip
