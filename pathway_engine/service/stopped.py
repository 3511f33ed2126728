"""The task that says that a patient's clock has stopped: made without the pathway, for that is what failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pathway_engine.domain.definition import Severity, Text
from pathway_engine.domain.directory import MESSAGE_RESPONSIBLE
from pathway_engine.domain.tasks import Place, Task, TaskStatus
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_task, encode_task
from pathway_engine.service.views import Why
from pathway_engine.storage.rows import EpisodeRow, PatientRow, TaskRow

STOPPED = "STOPPED"
LOOK_WITHIN = timedelta(hours=1)
SEVERITY = Severity.LOCAL
TITLE = Text("Pasientens klokke har stanset", "This patient's clock has stopped")
ADVICE = Text(
    "Nye frister, påminnelser og faste oppgaver kommer ikke av seg selv for denne pasienten nå. Følg pasienten opp "
    "etter planen for hånd, og meld fra til dem som driver programmet. Programmet prøver igjen av seg selv, og "
    "oppgaven lukkes når klokken går igjen.",
    "New deadlines, reminders and recurring tasks do not come by themselves for this patient now. Follow the patient's "
    "plan by hand, and tell those who run the program. The program tries again by itself, and the task closes when "
    "the clock runs again.",
)
RULE = "built in: an episode that time cannot be taken further in asks a person"


def stopped_row(
    context: Context, episode: EpisodeRow, patient: PatientRow, before: TaskRow | None, now: datetime
) -> TaskRow:
    """Return the task for a parked episode on the list of the message responsible; one that is open stays."""
    if before is not None and before.ended_at is None:
        return before
    place = Place(patient.municipality, patient.district)
    unit = context.directory.message_responsible(place)
    task = _task(episode, place, before, now)
    return TaskRow(
        id=before.id if before else context.task_id(episode.patient_id, task.key), episode_id=episode.id,
        patient_id=episode.patient_id, key=task.key, pathway=episode.pathway, step=STOPPED,
        status=task.status.value, business_status="", severity=SEVERITY.value,
        severity_rank=list(Severity).index(SEVERITY), hard=False, verified=True, owner_role=MESSAGE_RESPONSIBLE,
        unit=unit.id if unit else None, performer=None, raised_at=now, opens_at=None, due_at=task.due_at,
        deferred_until=None, ended_at=None, answered=0, questions=0, title_nb=TITLE.nb, title_en=TITLE.en,
        waits_for="", cause=task.cause, rule_lines="", version=before.version + 1 if before else 1,
        body=encode_task(task), audience=((unit.id, MESSAGE_RESPONSIBLE, False),) if unit else (),
    )  # fmt: skip


def _task(episode: EpisodeRow, place: Place, before: TaskRow | None, now: datetime) -> Task:
    task = Task(
        key=f"{episode.pathway}:{STOPPED}:{episode.id}", pathway=episode.pathway, step=STOPPED,
        owner=MESSAGE_RESPONSIBLE, cause=f"episode {episode.id}", event="clock_stopped", source="", entry="",
        raised_at=now, place=place, due_at=now + LOOK_WITHIN,
        history=decode_task(before.body).history if before else (),
    )  # fmt: skip
    return task.noted(now, "clock-stopped")


def runs_again(row: TaskRow, now: datetime) -> TaskRow:
    """Return the task closed, because time passes in its episode again."""
    task = replace(decode_task(row.body), status=TaskStatus.COMPLETED, business_status="resolved", ended_at=now)
    return replace(
        row, status=task.status.value, business_status=task.business_status, ended_at=now, version=row.version + 1,
        body=encode_task(task.noted(now, "clock-runs-again")),
    )  # fmt: skip


def is_stopped(row: TaskRow, episode_id: str) -> bool:
    """True of the open task that says that this episode's clock has stopped."""
    return row.step == STOPPED and row.ended_at is None and row.episode_id == episode_id


def is_answered(row: TaskRow) -> bool:
    """True of such a task that is closed: nothing is left to do about it."""
    return row.step == STOPPED and row.ended_at is not None


def why_stopped(task: Task) -> Why:
    """Why it is here, as far as that can be told without the pathway."""
    return Why(
        pathway=task.pathway, pathway_version="", definition_hash="", file="", lines=(0, 0), rule=RULE, basis="",
        event=task.event, event_words=TITLE, event_occurred_at=task.raised_at, cause=task.cause, message="",
        message_received_at=None, arithmetic=None, history=tuple((note.at, note.what) for note in task.history),
    )  # fmt: skip
