"""A year of homecomings behind the demonstration, so that figures have something to show: more done month by month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from pathway_engine.channels.hl7v2 import HL7V2
from pathway_engine.demonstration.messages import Patient, Stay, adt
from pathway_engine.demonstration.seeding import answered
from pathway_engine.demonstration.stories import Told
from pathway_engine.domain.events import Act
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming

FAMILIES = ("Berg", "Dahl", "Eide", "Foss", "Haug", "Lunde", "Moen", "Nygård", "Strand", "Vik")
GIVEN = ("Anna", "Bjarne", "Dagny", "Erling", "Gerd", "Hjalmar", "Ingeborg", "Kåre", "Liv", "Oddvar")
LISTS = (
    ("HPH0", 0, "marit", "ward_nurse"), ("HPH2", 2, "kari", "home_care_nurse"),
    ("HPH3", 12, "kari", "primary_contact"), ("HPH5", 24, "kari", "primary_contact"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens at an instant: a message, or a list that is done."""

    at: datetime
    patient: Patient
    told: Told | None = None
    stay: int = 1
    list: str = ""
    person: str = ""
    role: str = ""


def lived_through(engine: Engine, now: datetime, homecomings: int = 8, months: int = 12) -> int:
    """Let so many patients come home in each of the months before *now*; return how many did."""
    random = Random(36)
    patients = [_patient(number) for number in range(homecomings * months)]
    steps: list[Step] = []
    for number, patient in enumerate(patients):
        month = number // homecomings
        home = now - timedelta(days=30 * (months - month) - 3 * (number % homecomings), hours=random.randrange(4, 20))
        steps += _story(patient, home, 0.35 + 0.045 * month, random)
    for step in sorted((each for each in steps if each.at < now), key=lambda each: each.at):
        _do(engine, step)
    return len(patients)


def _patient(number: int) -> Patient:
    born = date(1930, 1, 1) + timedelta(days=131 * number)
    gender = "F" if number % 2 == 0 else "M"
    return Patient(100 + number, GIVEN[number % 10], FAMILIES[(number // 10) % 10], born, gender)


def _story(patient: Patient, home: datetime, care: float, random: Random) -> Iterator[Step]:
    waited = timedelta(days=max(0.3, random.gauss(3.2 - 2.2 * care, 0.8)))
    yield Step(home - waited - timedelta(days=4), patient, Told("A01"))
    yield Step(home - waited, patient, Told("A16"))
    yield Step(home, patient, Told("A03", destination="home"))
    for name, days, person, role in LISTS:
        if random.random() < care + 0.1:
            late = timedelta(days=0 if random.random() < care + 0.2 else 4)
            at = home + timedelta(days=days, hours=3) + late
            yield Step(at, patient, list=name, person=person, role=role)
    if random.random() < 0.14:
        yield Step(home + timedelta(days=random.randrange(26, 29)), patient, Told("A01"), stay=2)


def _do(engine: Engine, step: Step) -> None:
    engine.wake_due(step.at)
    patient = step.patient
    if step.told is not None:
        stay = Stay(700000 + patient.number * 10 + step.stay, step.at)
        raw = adt(step.told, patient, stay, step.at, f"HISTORY{patient.number}-{step.told.event}-{step.stay}")
        engine.receive(Incoming(raw, HL7V2, "demo"), step.at)
        return
    who = engine.principal(step.person, step.role)
    assert who is not None
    name = f"{patient.given} {patient.family[:1]}."
    tasks = [each for each in engine.worklist(who, step.at) if (each.step, each.patient_name) == (step.list, name)]
    for task in tasks[:1]:
        detail = engine.task(who, task.id, step.at)
        engine.act(
            who, task.id, Act.COMPLETE, version=task.version, key=f"history-{task.id}", now=step.at,
            answers=answered(detail.checklist, step.at),
        )  # fmt: skip
