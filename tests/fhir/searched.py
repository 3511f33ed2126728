"""A town with many tasks of every kind, and its face: what searches are tried on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.domain.identifiers import NationalIdentityNumber, make_synthetic
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.storage.rows import EpisodeRow, TaskRow
from tests.service.community import START, Community
from tests.storage.example_rows import task
from tests.web.visitor import TestClient

BASE = "http://testserver"
MOST_PAGES = 30
KARI, PER = "k" * 40, "p" * 40
STEPS, STATUSES = ("HPH2", "HPH3", "HPH4"), ("requested", "accepted", "in-progress", "on-hold", "completed", "rejected")
ENDED = frozenset({"completed", "rejected"})
LONG_AGO = datetime.fromisoformat("2026-10-24T22:00:00+00:00")
"""The day before the clocks go back in Norway."""
EAST, WEST = ("east", "home_care_nurse"), ("west", "home_care_nurse")


@dataclass
class Town:
    """Tasks of twelve people, most of them on Kari's list; Per sees the rest."""

    community: Community
    tasks: list[TaskRow] = field(default_factory=list)

    def face(self, key: str = KARI) -> TestClient:
        engine = self.community.engine
        app = create_fhir_app(engine.context, callers(engine), lambda: self.community.now, BASE, secret="s" * 32)
        return TestClient(app, headers={"Authorization": f"Bearer {key}"})

    def visible(self, seat: tuple[str, str] = EAST) -> list[TaskRow]:
        return [row for row in self.tasks if any(each[:2] == seat for each in row.audience)]

    def put(self, *rows: TaskRow, at: datetime | None = None) -> None:
        with self.community.engine.context.store.transaction() as records:
            records.save_tasks(rows, at or self.community.now)


def number(position: int) -> NationalIdentityNumber:
    return NationalIdentityNumber(make_synthetic(START.date().replace(year=1940), position))


def town_on(url: str, tasks: int = 60) -> Town:
    """A town of which everything is drawn by a seed."""
    community = Community(url)
    town, chance = Town(community), random.Random(7)
    community.engine.grant_access_key("kari", KARI, community.now)
    community.engine.grant_access_key("per", PER, community.now)
    with community.engine.context.store.transaction() as records:
        for position in range(12):
            patient, own = f"p{position}", number(position)
            identifiers = [Identifier(system=own.system, value=own.digits),
                           Identifier(system="local:FJORD", value=str(100 + position))]  # fmt: skip
            told = Demographics(family=f"Fjell{position}", given="Astrid", municipality="9999")
            records.add_patient(patient, told, identifiers, community.now)
            records.put_stay(f"VN:{position}", patient, community.now)
            records.save_episode(episode(position), LONG_AGO + timedelta(hours=position))
    town.tasks = [drawn(chance, position) for position in range(tasks)]
    for position, row in enumerate(town.tasks):
        town.tasks[position] = replace(row, changed_at=LONG_AGO + timedelta(minutes=chance.randrange(0, 4000)))
    with community.engine.context.store.transaction() as records:
        for row in town.tasks:
            records.save_tasks([row], row.changed_at)
    return town


def episode(position: int) -> EpisodeRow:
    status = ("active", "finished", "active", "entered-in-error")[position % 4]
    return EpisodeRow(
        id=f"e{position}", patient_id=f"p{position}", pathway="hph", ordinal=0, definition_hash="abc", phase="at_home",
        status=status, opened_at=LONG_AGO + timedelta(hours=7 * position),
        closed_at=LONG_AGO + timedelta(hours=9 * position) if status == "finished" else None, state=b"{}",
        parked_reason="a fault" if position % 4 == 2 else None,
    )  # fmt: skip


def drawn(chance: random.Random, position: int) -> TaskRow:
    """One task; instants lie on either side of the hour that Norway has twice."""
    patient, status = chance.randrange(12), chance.choice(STATUSES)

    def some_time() -> datetime:
        fine = chance.choice([0, 0, 123_456, 999_999])
        return LONG_AGO + timedelta(minutes=chance.randrange(0, 4000), microseconds=fine)

    raised = some_time()
    return task(
        f"t{position:03}", episode_id=f"e{patient}", patient_id=f"p{patient}", key=f"hph:{position}",
        step=chance.choice(STEPS), status=status, hard=chance.random() < 0.3, raised_at=raised,
        business_status=chance.choice(["", "late", "in-time"]), owner_role="home_care_nurse",
        unit=chance.choice(["east", "east", None]), performer=chance.choice([None, "kari", "ola"]),
        opens_at=some_time() if chance.random() < 0.5 else None,
        due_at=some_time() if chance.random() < 0.8 else None,
        ended_at=raised + timedelta(minutes=chance.randrange(0, 2000)) if status in ENDED else None,
        answered=chance.randrange(2), stay=f"VN:{patient}" if chance.random() < 0.7 else None,
        audience=((*chance.choice([EAST, EAST, EAST, WEST]), False),),
    )  # fmt: skip


# -- what comes back


def asked(face: TestClient, path: str, **more: Any) -> dict[str, Any]:
    """The Bundle that a search answers."""
    answer = face.get(path, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    return [each["resource"]["id"] for each in bundle.get("entry", []) if each["search"]["mode"] == mode]


def link(bundle: dict[str, Any], relation: str) -> str:
    return next((each["url"] for each in bundle["link"] if each["relation"] == relation), "")


def pages(face: TestClient, path: str) -> Iterator[dict[str, Any]]:
    """A search and all its next pages."""
    for _ in range(MOST_PAGES):
        if not path:
            return
        bundle = asked(face, path)
        yield bundle
        path = link(bundle, "next").removeprefix(BASE)
    raise AssertionError("there is no last page")


def query_of(address: str) -> str:
    return urlsplit(address).query
