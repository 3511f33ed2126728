"""The job as a textbook does it: SQLModel sessions, and a `transitions` machine built for each case that is loaded.

It does less than ours: no inbox, outbox, audit or lists by unit, no log to fold anew, no clock; three tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import MetaData
from sqlmodel import Field, Session, SQLModel, select
from transitions import Machine

from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.connection import open_engine
from tests.bench.job.steps import JOB, Done, Told, name_of

STATES = [
    "new", "in_hospital", "discharge_ready", "on_leave", "short_term_stay", "elsewhere", "at_home", "ended"
]  # fmt: skip
HOSPITAL = ["in_hospital", "discharge_ready", "on_leave"]
OUT = ["at_home", "short_term_stay", "elsewhere"]
MOVES: list[dict[str, object]] = [
    {"trigger": "admitted", "source": ["new", *OUT, "discharge_ready"], "dest": "in_hospital"},
    {"trigger": "discharge_ready", "source": ["in_hospital", "on_leave"], "dest": "discharge_ready"},
    {"trigger": "discharge_ready_withdrawn", "source": "discharge_ready", "dest": "in_hospital"},
    {"trigger": "leave_started", "source": "in_hospital", "dest": "on_leave"},
    {"trigger": "leave_ended", "source": "on_leave", "dest": "in_hospital"},
    {"trigger": "discharged", "source": HOSPITAL, "dest": "at_home", "conditions": "goes_home"},
    {"trigger": "discharged", "source": HOSPITAL, "dest": "short_term_stay"},
    {"trigger": "came_home", "source": ["short_term_stay", "elsewhere"], "dest": "at_home"},
    {"trigger": "fall_reported", "source": OUT, "dest": "="},
    {"trigger": "gp_report_received", "source": "*", "dest": "="},
    {"trigger": "services_ended", "source": OUT, "dest": "ended"},
    {"trigger": "died", "source": "*", "dest": "ended"},
]
RAISED = {
    "admitted": {"HPH6": 3}, "discharge_ready": {"HPH0": 24, "HPH0B": 24, "HPH1": 24, "ANSWER": 2},
    "discharged": {"HPH2": 72, "HPH5": 672, "DAILY": 12}, "fall_reported": {"HPH4": 4}, "HPH2": {"HPH3": 336},
}  # fmt: skip
"""What each event, or the completion of a step, asks for, and within how many hours."""
MISSED = {"discharged": {"HPH0B", "HPH1"}}
COMPLETED_BY = {"gp_report_received": {"HPH3"}}


class Kept(SQLModel):
    """What the three tables share."""

    metadata = MetaData()


class PatientCase(Kept, table=True):
    """A patient's way through the pathway."""

    id: int | None = Field(default=None, primary_key=True)
    patient: str = Field(unique=True)
    state: str
    next_wake_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class CaseTask(Kept, table=True):
    """A person's work."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="patientcase.id", index=True)
    step: str
    title: str
    status: str
    owner: str
    unit: str = Field(index=True)
    performer: str | None = None
    raised_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answers: str = "{}"


class History(Kept, table=True):
    """What happened to a case."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="patientcase.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    event: str
    body: str


class CaseMachine:
    """The state machine around a case that was loaded."""

    state: str

    def __init__(self, case: PatientCase) -> None:
        self.machine = Machine(self, states=STATES, transitions=MOVES, initial=case.state, auto_transitions=False)

    def goes_home(self, destination: str = "") -> bool:
        """Whether the patient was sent home."""
        return destination == "home"

    def take(self, told: Told) -> str:
        """Let the event move the case, and return its new state."""
        facts = {name: value for name, value in told.facts.items() if name == "destination"}
        assert getattr(self, told.event)(**facts)
        return self.state


class Textbook:
    """A session and a commit for each operation."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        Kept.metadata.create_all(self._engine)

    def rounds(self, patients: Sequence[int]) -> Iterator[Callable[[], None]]:
        """Give the job's operations, each for all *patients*."""
        for operation in JOB:
            match operation:
                case Told():
                    yield partial(_each, partial(self._told, operation), patients)
                case Done():
                    yield partial(_each, partial(self._done, operation), patients)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _told(self, told: Told, patient: int) -> None:
        with Session(self._engine) as session:
            case = _case(session, patient, told.at)
            case.state = CaseMachine(case).take(told)
            tasks = session.exec(select(CaseTask).where(CaseTask.case_id == case.id)).all()
            for task in tasks:
                if task.ended_at is None and task.step in MISSED.get(told.event, set()):
                    task.status, task.ended_at = "missed", told.at
                if task.ended_at is None and task.step in COMPLETED_BY.get(told.event, set()):
                    task.status, task.ended_at = "completed", told.at
            _saved(session, case, list(tasks), told.event, told.at, json.dumps(dict(told.facts)))

    def _done(self, done: Done, patient: int) -> None:
        with Session(self._engine) as session:
            case = _case(session, patient, done.at)
            tasks = session.exec(select(CaseTask).where(CaseTask.case_id == case.id)).all()
            (task,) = [task for task in tasks if task.step == done.step]
            task.status, task.ended_at, task.performer = "completed", done.at, "kari"
            task.answers = json.dumps(dict(done.answers))
            _saved(session, case, list(tasks), done.step, done.at, task.answers)


def _each(work: Callable[[int], None], patients: Sequence[int]) -> None:
    for patient in patients:
        work(patient)


def _case(session: Session, patient: int, at: datetime) -> PatientCase:
    wanted = select(PatientCase).where(PatientCase.patient == name_of(patient)).with_for_update()
    case = session.exec(wanted).first()
    if case is None:
        case = PatientCase(patient=name_of(patient), state="new", updated_at=at)
        session.add(case)
        session.flush()
    return case


def _saved(session: Session, case: PatientCase, tasks: list[CaseTask], cause: str, at: datetime, body: str) -> None:
    assert case.id is not None
    new = [_task(case.id, step, at, hours) for step, hours in RAISED.get(cause, {}).items()]
    case.updated_at = at
    case.next_wake_at = min((task.due_at for task in [*tasks, *new] if task.ended_at is None), default=None)
    session.add_all([case, *tasks, *new, History(case_id=case.id, at=at, event=cause, body=body)])
    session.commit()


def _task(case_id: int, step: str, at: datetime, hours: int) -> CaseTask:
    return CaseTask(
        case_id=case_id, step=step, title=f"Oppgave {step}", status="ready", owner="home_care_nurse", unit="east",
        raised_at=at, due_at=at + timedelta(hours=hours),
    )  # fmt: skip
