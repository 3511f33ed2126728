"""QuestionnaireResponse: the answers to a task's checklist, under the id of the task."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters.fhir.answers import answers_in, item_path, items_of
from adapters.fhir.canonicals import logical_id, questionnaire_canonical
from adapters.fhir.outcome import FhirRefusal, Issue, Json, refusal
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.events import Act
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.fhir.bodies import resource_in
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Served, instant, with_meta
from pathway_engine.fhir.held_tasks import Held, checklist_in, encounter_of, hold, looked_at, patient_asked, tasks_near
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.preconditions import require_match
from pathway_engine.fhir.preferences import written
from pathway_engine.fhir.standard_parameters import standard
from pathway_engine.fhir.task_acts import Answers, Wish, do, key_of, was_done
from pathway_engine.fhir.task_changes import same
from pathway_engine.service.answers import Unanswered, check_complete

TYPE = "QuestionnaireResponse"
STATUSES = {TaskStatus.COMPLETED: "completed", TaskStatus.ENTERED_IN_ERROR: "entered-in-error"}
"""What the task's status says of its answers; ended in another way they are stopped, before that in progress."""
SAVES = ("in-progress", "completed", "amended")
NO_TASK = "Would be right: PUT to the id of the Task, or basedOn with Task/[id], or basedOn CarePlan and questionnaire."


def read(exchange: Exchange, id: str) -> Found | None:
    """The answers of the task with that id, if it stands on a list of the caller's and has any."""
    try:
        held = looked_at(exchange, id)
    except UnknownTask:
        return None
    return found(exchange, held)


def found(exchange: Exchange, held: Held) -> Found | None:
    """The answers of a task as a resource; None where nothing is answered."""
    checklist = checklist_in(exchange, held)
    items = items_of(checklist, held.task.answers)
    if checklist is None or not items:
        return None
    head = _head(held, questionnaire_canonical(held.row.pathway, checklist.id))
    resource = {**head, **encounter_of(exchange, held), "item": items}
    updated, version = _answered_at(held.task), f"{held.row.version}"
    return Found(
        resource=with_meta(resource, version, updated), version=version, updated=updated,
        patient_id=held.row.patient_id,
    )  # fmt: skip


def _head(held: Held, questionnaire: str) -> Json:
    told: Json = {
        "resourceType": TYPE, "id": held.row.id, "basedOn": [{"reference": f"CarePlan/{held.row.episode_id}"}],
        "questionnaire": questionnaire, "status": _status(held.task), "subject": _subject(held),
        "authored": instant(_answered_at(held.task)),
    }  # fmt: skip
    author = held.task.performer
    return told | ({"author": {"reference": f"Practitioner/{logical_id(author)}"}} if author else {})


def _subject(held: Held) -> Json:
    return {"reference": f"Patient/{held.row.patient_id}"}


def _status(task: Task) -> str:
    return "in-progress" if task.is_open else STATUSES.get(task.status, "stopped")


def _answered_at(task: Task) -> datetime:
    times = [note.at for note in task.history if note.what in ("answered", "completed")]
    return times[-1] if times else task.raised_at


def every(exchange: Exchange) -> Iterator[Found]:
    """The answers of every task that stands on a list of the caller's."""
    for held in tasks_near(exchange, patient_asked(exchange)):
        shown = found(exchange, held) if held.row.answered else None
        if shown is not None:
            yield shown


# -- writing


def create(exchange: Exchange) -> Answer:
    """Take answers to the task that the resource names."""
    told = resource_in(exchange, unless=("QuestionnaireResponse.basedOn",))
    return _saved(exchange, hold(exchange, _task_of(exchange, told)), told)


def update(exchange: Exchange) -> Answer:
    """Take answers to the task with that id."""
    told = resource_in(exchange, unless=("QuestionnaireResponse.basedOn",))
    return _saved(exchange, hold(exchange, exchange.id), told)


def _task_of(exchange: Exchange, told: Json) -> str:
    """The task that is answered: named, or the only open one of its episode with that checklist."""
    references = [str(each.get("reference", "")) for each in _objects(told.get("basedOn"))]
    tasks = [each.rpartition("/")[2] for each in references if each.rpartition("/")[0].endswith("Task")]
    if len(tasks) == 1:
        return tasks[0]
    episodes = [each.rpartition("/")[2] for each in references if each.rpartition("/")[0].endswith("CarePlan")]
    asked = str(told.get("questionnaire", "")).partition("|")[0]
    fitting = [held.row.id for held in tasks_near(exchange) if _fits(exchange, held, episodes, asked)]
    if len(fitting) != 1:
        raise refusal(422, "not-found", NO_TASK, f"{TYPE}.basedOn")
    return fitting[0]


def _objects(told: object) -> list[Json]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _fits(exchange: Exchange, held: Held, episodes: list[str], questionnaire: str) -> bool:
    if held.row.episode_id not in episodes or not held.task.is_open:
        return False
    checklist = checklist_in(exchange, held)
    return checklist is not None and questionnaire_canonical(held.row.pathway, checklist.id) == questionnaire


def _saved(exchange: Exchange, held: Held, told: Json) -> Answer:
    before = found(exchange, held)
    key = key_of(exchange, held.row)
    if before is not None and was_done(exchange, key):
        return written(exchange, before)
    require_match(exchange, before)
    _require_fitting(exchange, held, told)
    answers = answers_in(checklist_in(exchange, held), told.get("item", []))
    fresh = {name: answer for name, answer in answers.items() if held.task.answers.get(name) != answer}
    _require_whole(exchange, held, told, answers)
    do(exchange, held.row.id, [Wish(act=Act.ANSWER, answers=fresh)] if fresh else [], key)
    after = read(exchange, held.row.id)
    if after is None:
        raise refusal(422, "required", "There is no answer in it.", f"{TYPE}.item")
    return written(exchange, after, 201 if before is None else 200)


def _require_fitting(exchange: Exchange, held: Held, told: Json) -> None:
    """Raise unless it is of the task's checklist and patient, and in a status that saves answers."""
    checklist = checklist_in(exchange, held)
    if checklist is None:
        raise refusal(422, "business-rule", "This Task has no Questionnaire; complete the Task itself.", TYPE)
    right = questionnaire_canonical(held.row.pathway, checklist.id)
    wrong = [
        (str(told.get("questionnaire", right)).partition("|")[0] != right, "questionnaire", right),
        (not same(told.get("subject", _subject(held)), _subject(held)), "subject", "the patient of the Task"),
        (told.get("status") not in SAVES, "status", f"one of {', '.join(SAVES)}"),
    ]
    for is_wrong, name, text in wrong:
        if is_wrong:
            raise refusal(422, "business-rule", f"Would be right: {text}.", f"{TYPE}.{name}")


def _require_whole(exchange: Exchange, held: Held, told: Json, answers: Answers) -> None:
    """What is said to be completed has an answer wherever one is required."""
    if told["status"] == "in-progress":
        return
    try:
        check_complete(checklist_in(exchange, held), {**held.task.answers, **answers})
    except Unanswered as error:
        text = "This item must be answered before the response is completed."
        raise FhirRefusal(
            422, *(Issue("required", f"{item}: {text}", item_path(item)) for item in error.fields)
        ) from None


QUESTIONNAIRE_RESPONSE = Served(
    type=TYPE, read=read, every=every, create=create, update=update, update_creates=True,
    parameters=(
        standard("patient", Kind.REFERENCE, "subject", "QuestionnaireResponse-patient", ("Patient",)),
        standard("subject", Kind.REFERENCE, "subject", "QuestionnaireResponse-subject", ("Patient",)),
        standard("based-on", Kind.REFERENCE, "basedOn", "QuestionnaireResponse-based-on", ("CarePlan",)),
        standard("encounter", Kind.REFERENCE, "encounter", "QuestionnaireResponse-encounter", ("Encounter",)),
        standard("author", Kind.REFERENCE, "author", "QuestionnaireResponse-author", ("Practitioner",)),
        standard("status", Kind.TOKEN, "status", "QuestionnaireResponse-status"),
        standard(
            "questionnaire", Kind.REFERENCE, "questionnaire", "QuestionnaireResponse-questionnaire", ("Questionnaire",)
        ),
        standard("authored", Kind.DATE, "authored", "QuestionnaireResponse-authored"),
    ),
    instead={
        "patch": "Answers are written whole or in part by PUT; an item that is left out stays as it is.",
        "delete": "Answers are not deleted; another answer can be put in their place while the Task is open.",
    },
    about="The answers to a Task's checklist, under the id of the Task. Writing them saves them; completing the Task "
    "is a write of the Task.",
)  # fmt: skip
