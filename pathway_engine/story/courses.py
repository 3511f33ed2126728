"""One patient's course when the story is over: what was told, what came in and went out, and every task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.definition import Text
from pathway_engine.domain.events import Happened
from pathway_engine.domain.message_titles import title_of
from pathway_engine.domain.settlement import settle
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.service.stopped import STOPPED
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, OutgoingRow, TaskRow
from pathway_engine.story.cast import patient
from pathway_engine.story.playing import Played

PATHWAY = "hph"
IN_TIME = "in-time"


@dataclass(frozen=True, slots=True)
class Course:
    """What the engine holds of one patient; `number` is the patient's in the story."""

    number: int
    events: tuple[Happened, ...]
    inbox: tuple[InboxRow, ...]
    outbox: tuple[OutgoingRow, ...]
    tasks: tuple[tuple[TaskRow, Task], ...]
    phase: str

    def of_step(self, step: str) -> list[Task]:
        """The patient's tasks of a step, oldest first."""
        return sorted((task for _, task in self.tasks if task.step == step), key=lambda task: task.raised_at)

    def sent(self, message: str) -> list[OutgoingRow]:
        """What was sent of that type."""
        return [row for row in self.outbox if row.message == message]

    def times(self, event: str) -> list[datetime]:
        """When that happened, after all corrections."""
        return sorted(each.occurred_at for each in self.events if each.name == event)


def is_in_time(task: Task) -> bool:
    """Whether somebody has done the task, and before its time was up."""
    return task.status is TaskStatus.COMPLETED and task.business_status == IN_TIME


def courses(played: Played) -> dict[int, Course]:
    """The course of each patient, by the number in the story."""
    with played.world.engine.context.store.reading() as records:
        names = {patient(number).family: number for number in range(1, played.patients + 1)}
        found = {}
        for id in records.patients_with_entries():
            row = records.patient(id)
            number = names.get((row.name or "").rpartition(" ")[2]) if row else None
            if number is not None:
                found[number] = _course(records, number, id)
    return found


def _course(records: Records, number: int, id: str) -> Course:
    log = records.log(id)
    received = sorted({row.inbox_id for row in log if row.inbox_id is not None})
    phases = [row.phase for row in records.episodes(id, PATHWAY)]
    return Course(
        number=number, events=tuple(each for each in settle([row.entry for row in log]) if isinstance(each, Happened)),
        inbox=tuple(records.messages_with_ids(received)), outbox=tuple(records.outgoing_of_patient(id)),
        tasks=tuple((row, decode_task(row.body)) for row in records.tasks_of_patient(id) if row.step != STOPPED),
        phase=phases[-1] if phases else "",
    )  # fmt: skip


# -- as lines for people


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what happened: when, what, and how it went (good, bad or nothing to say)."""

    at: datetime
    kind: str
    says: Text
    tone: str = ""
    until: datetime | None = None
    by: str = ""


ENDS = {
    IN_TIME: (Text("gjort i tide", "done in time"), "good"), "late": (Text("gjort for sent", "done late"), "bad"),
    "missed": (Text("ikke gjort", "missed"), "bad"),
}  # fmt: skip
WAYS = {
    "acknowledged": (Text("kvittert", "receipted"), "good"),
    "late": (Text("kvittert for sent", "receipted late"), "bad"),
}  # fmt: skip
KINDS = {
    "received": Text("mottatt", "received"), "sent": Text("sendt", "sent"), "task": Text("oppgave", "task"),
    "person": Text("utført", "done"),
}  # fmt: skip


def lines(course: Course, first: datetime, last: datetime, steps: Sequence[str]) -> list[Line]:
    """What came in, went out and was to be done between the two instants; of tasks those of *steps*."""
    found = [*_received(course), *_sent(course), *_tasks(course, steps)]
    return sorted((line for line in found if first <= line.at <= last), key=lambda line: (line.at, line.kind))


def _received(course: Course) -> Iterator[Line]:
    for row in course.inbox:
        if row.message_type != "APPREC":
            yield Line(row.received_at, "received", title_of(row.message_type))


def _sent(course: Course) -> Iterator[Line]:
    for row in course.outbox:
        how, tone = WAYS.get(row.status, (Text(row.status, row.status), ""))
        title = title_of(row.message)
        yield Line(row.at, "sent", Text(f"{title.nb} – {how.nb}", f"{title.en} – {how.en}"), tone)


def _tasks(course: Course, steps: Sequence[str]) -> Iterator[Line]:
    for row, task in course.tasks:
        if task.step in steps:
            how, tone = _end(task)
            nb, en = f"{task.step} {row.title_nb} – {how.nb}", f"{task.step} {row.title_en} – {how.en}"
            yield Line(task.raised_at, "task", Text(nb, en), tone, task.due_at, task.performer or "")


def _end(task: Task) -> tuple[Text, str]:
    if task.is_open:
        return Text("åpen", "open"), ""
    return ENDS.get(task.business_status, (Text("falt bort", "fell away"), ""))
