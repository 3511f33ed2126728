"""`pathway worklist`: what stands on whose list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.program import Refused, as_json, engine_of_settings, local, print_json, table
from pathway_engine.domain.norway import OSLO

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.domain.directory import Directory
    from pathway_engine.service.engine import Engine
    from pathway_engine.service.views import Principal, TaskView


@click.command("worklist")
@click.option("--as", "person", metavar="PERSON", help="A person of the directory.")
@click.option("--role", help="One of the person's roles; without it, all.")
@click.option("--unit", help="A unit of the directory, for all its roles.")
@as_json
def worklist_command(person: str | None, role: str | None, unit: str | None, as_json: bool) -> None:
    """Print the open tasks on a list, earliest deadline first.

    \b
      pathway worklist --as kari
      pathway worklist --as kari --role home_care_nurse --json
      pathway worklist --unit fjordby_lerkendal
    """
    if (person is None) == (unit is None):
        raise click.UsageError("give --as PERSON or --unit UNIT")
    with engine_of_settings() as (engine, now):
        askers = (
            principals_of(engine, person, role) if person else _seats_of(engine.context.directory, unit or "", role)
        )
        tasks = _tasks(engine, askers, now)
    if as_json:
        print_json([shown(task) for task in tasks])
    else:
        _print(tasks)


def principals_of(engine: Engine, person: str, role: str | None = None) -> list[Principal]:
    """The person in that role, or in each of his or her roles. Refuses an unknown person or role."""
    from pathway_engine.language.vocabulary import one_of

    people = engine.context.directory.people
    known = people.get(person)
    if known is None:
        raise Refused(f"the directory has no person {person!r}; would be right: {one_of(sorted(people), person)}")
    roles = list(dict.fromkeys(seat for _, seat in known.seats))
    if role is not None and role not in roles:
        raise Refused(f"{person} has no role {role!r}; would be right: {one_of(roles, role)}")
    found = engine.principal(person, role or roles[0]) if roles else None
    if found is None:
        return []
    return [replace(found, seats=tuple(seat for seat in found.seats if role in (None, seat[1])))]


def _seats_of(directory: Directory, unit: str, role: str | None) -> list[Principal]:
    from pathway_engine.language.vocabulary import one_of
    from pathway_engine.service.views import Principal

    known = directory.organisations
    if unit not in known:
        raise Refused(f"the directory has no unit {unit!r}; would be right: {one_of(sorted(known), unit)}")
    roles = [role] if role else list(known[unit].roles)
    return [Principal(person="operator", name="operator", role=each, seats=((unit, each),)) for each in roles]


def _tasks(engine: Engine, askers: list[Principal], now: datetime) -> list[TaskView]:
    from datetime import UTC, datetime

    found: dict[str, TaskView] = {}
    for who in askers:
        for task in engine.worklist(who, now):
            found.setdefault(task.id, task)
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(found.values(), key=lambda task: (task.due_at or never, task.step, task.id))


def shown(task: TaskView) -> dict[str, Any]:
    """A line of a list as JSON: instants in UTC, `window` as they read in Oslo."""
    from dataclasses import asdict

    return {**asdict(task), "window": [_iso(task.opens_at), _iso(task.due_at)]}


def _print(tasks: list[TaskView]) -> None:
    rows = [
        [
            task.step, task.title.nb, task.patient_name, "" if task.age is None else f"{task.age} år",
            local(task.opens_at), _due(task), task.performer_name or task.status, task.unit_name, task.id,
        ]
        for task in tasks
    ]  # fmt: skip
    table(["steg", "oppgave", "pasient", "alder", "fra", "frist", "hvem", "enhet", "id"], rows)


def _due(task: TaskView) -> str:
    if task.due_at is None:
        return f"venter på: {task.waits_for_words.nb}" if task.waits_for else "–"
    return local(task.due_at) + (" FORFALT" if task.overdue else "")


def _iso(at: datetime | None) -> str | None:
    """An instant for programs: local, with its offset."""
    return None if at is None else at.astimezone(OSLO).isoformat()
