"""A demonstration: synthetic patients in every phase, told by the same messages that a hospital sends."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import as_file
from importlib.resources import files as resources
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from pathway_engine.app import import_directory, opened, upgrade_schema
from pathway_engine.channels.hl7v2 import HL7V2
from pathway_engine.demonstration.messages import Patient, Stay, adt
from pathway_engine.demonstration.stories import PATIENTS, STORIES, VISIT, VISITOR, Deed, Told
from pathway_engine.domain.definition import Checklist, ChecklistItem
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.norway import OSLO
from pathway_engine.service.engine import Engine
from pathway_engine.service.free_places import SaidPlaces
from pathway_engine.service.receiving import Incoming
from pathway_engine.service.views import TaskDetail, TaskView
from pathway_engine.settings import Settings, database_url, read_settings
from pathway_engine.storage.store import Store

BEFORE_ALL = timedelta(days=90)
PLACES = (
    ("silje", SaidPlaces(unit="fjordby_helsehus", free=1, total=24)),
    ("silje", SaidPlaces(unit="fjordby_solsiden", free=3, total=28)),
    ("anne", SaidPlaces(unit="viksund_sykehjem", free=0, total=12)),
)
"""How many places the municipalities say are free."""
GP = "8400002"
"""The HER-id of the community's doctor."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A task that the demonstrated stay put on a list: in which unit, for which role, and all about it."""

    unit_name: str
    role: str
    detail: TaskDetail


@contextmanager
def demo_settings(web_port: int, mllp_port: int) -> Iterator[Settings]:
    """Give the settings of a demonstration, whose database is gone afterwards."""
    with TemporaryDirectory(prefix="pathway-demo-") as folder:
        yield read_settings(
            database_url=f"sqlite:///{Path(folder) / 'pathway.sqlite'}", secret_key=secrets.token_urlsafe(32),
            web_port=web_port, mllp_port=mllp_port, demo_sign_in=True, log_level="warning", tenant="default",
            web_host="127.0.0.1", mllp_host="127.0.0.1", web_behind_tls=False, directory=None, shipped_pathways="",
            outbox_folder=None,
            mllp_tls_cert=None, mllp_tls_key=None, mllp_tls_client_ca=None,
        )  # fmt: skip


@contextmanager
def seeded(settings: Settings, now: datetime) -> Iterator[Engine]:
    """Give an engine over a fresh database, with the made-up community and its patients up to *now*."""
    upgrade_schema(settings)
    store = Store(database_url(settings), settings.tenant)
    with as_file(resources("pathway_engine.demonstration") / "directory.yaml") as file:
        import_directory(store, file, now - BEFORE_ALL)
    store.close()
    with opened(settings, now - BEFORE_ALL) as engine:
        seed(engine, now)
        yield engine


def seed(engine: Engine, now: datetime) -> None:
    """Let every story happen, in order of time, as if the program had run all along."""
    numbers = count(1)
    happenings = [
        (now - step.ago, patient, step) for patient, story in zip(PATIENTS, STORIES, strict=True) for step in story
    ]
    for at, patient, step in sorted(happenings, key=lambda each: each[0]):
        match step:
            case Told():
                raw = adt(step, patient, Stay.of(patient, step.stay, now), at, f"DEMO{next(numbers):04}")
                engine.receive(Incoming(raw, HL7V2, "demo"), at)
            case Deed():
                _do(engine, patient, step, at)
    for person, said in PLACES:
        who = engine.principal(person, "allocation_office")
        assert who is not None, person
        engine.say_places(who, said, now - timedelta(hours=3))
    engine.wake_due(now)


def visit(now: datetime) -> list[bytes]:
    """The messages of one whole stay that ends an hour before *now*: admitted, discharge-ready, home."""
    stay = Stay.of(VISITOR, 1, now)
    return [adt(step, VISITOR, stay, now - step.ago, f"DEMO-STAY-{step.event}") for step in VISIT]


# -- what people do


def _do(engine: Engine, patient: Patient, deed: Deed, at: datetime) -> None:
    who = engine.principal(deed.person, deed.role)
    assert who is not None, deed
    engine.wake_due(at)
    name = f"{patient.given} {patient.family[:1]}."
    task = next(each for each in engine.worklist(who, at) if each.step == deed.step and each.patient_name == name)
    detail = engine.task(who, task.id, at)
    answers = answered(detail.checklist, at) if deed.act is Act.COMPLETE else {}
    key = f"demo-{task.id}-{deed.act}"
    engine.act(who, task.id, deed.act, version=task.version, key=key, now=at, answers=answers)


def answered(checklist: Checklist | None, at: datetime) -> dict[str, FactValue]:
    """A made-up answer to every question that must be answered, and the doctor whom messages go to."""
    today = at.astimezone(OSLO).date()
    items = checklist.items if checklist else ()
    return {
        item.id: GP if item.id == "gp" else _answer(item, today) for item in items if item.required or item.id == "gp"
    }


def _answer(item: ChecklistItem, today: date) -> FactValue:
    match item.type:
        case "yes_no":
            return "yes"
        case "choice":
            return next(iter(item.choices))
        case "number":
            return item.minimum if item.minimum is not None else 1
        case "date":
            return today
        case _:
            return "Oppdiktet svar"


# -- what a stay puts on whose list


def on_lists(engine: Engine, now: datetime) -> dict[tuple[str, str, str], TaskView]:
    """Every open task on every list of the community, by unit, role and task."""
    lists: dict[tuple[str, str, str], TaskView] = {}
    for who in engine.principals_for_demo():
        for task in engine.worklist(who, now):
            if not task.escalated and (task.unit, task.owner_role) in who.seats:
                lists[task.unit_name, task.owner_role, task.id] = task
    return lists


def news(engine: Engine, before: set[tuple[str, str, str]], now: datetime) -> list[Shown]:
    """What stands on the lists and did not stand there *before*, with everything about it."""
    found = []
    for unit_name, role, task_id in sorted(set(on_lists(engine, now)) - before):
        who = next(each for each in engine.principals_for_demo() if role in each.roles and unit_name in each.unit_names)
        found.append(Shown(unit_name, role, engine.task(who, task_id, now)))
    return found
