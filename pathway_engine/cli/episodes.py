"""`pathway episode`: one patient's way through the pathways, and why each task is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

import click

from pathway_engine.cli.program import Refused, as_json, engine_of_settings, local, print_json

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.domain.tasks import Task
    from pathway_engine.service.context import Context
    from pathway_engine.service.views import Why
    from pathway_engine.storage.records import Records
    from pathway_engine.storage.rows import EpisodeRow


@click.command("episode")
@click.argument("patient_id", required=False)
@click.option(
    "--identifier-file",
    type=click.File("r"),
    metavar="FILE",
    help="Read the identity number from FILE; - is standard input.",
)
@click.option("--why", is_flag=True, help="Also say why each task is there.")
@click.option("--actor", default="operator", show_default=True, help="Who looks, for the record.")
@as_json
def episode_command(
    patient_id: str | None, identifier_file: TextIO | None, why: bool, actor: str, as_json: bool
) -> None:
    """Print a patient's episodes and tasks. That it was read is put on record.

    \b
      pathway episode 5f0c...              the id that worklist --json prints
      pathway episode --identifier-file -  then type the identity number; it never stands on a command line
      pathway episode 5f0c... --why
    """
    from functools import partial

    if (patient_id is None) == (identifier_file is None):
        raise click.UsageError("give PATIENT_ID or --identifier-file FILE")
    if patient_id and patient_id.isdigit() and len(patient_id) == 11:
        raise click.UsageError("an identity number on the command line can be seen by others; use --identifier-file -")
    number = identifier_file.read().strip() if identifier_file else None
    with engine_of_settings() as (engine, now):
        seen = partial(_seen, engine.context, patient_id=patient_id, number=number, actor=actor, now=now)
        episodes = engine.context.committed(lambda records: seen(records))
    if as_json:
        print_json([_shown(each, why) for each in episodes])
    else:
        for each in episodes:
            _print(each, why)


def _seen(
    context: Context, records: Records, *, patient_id: str | None, number: str | None, actor: str, now: datetime
) -> list[dict[str, Any]]:
    found = _patient(records, patient_id, number)
    records.write_audit(at=now, actor=actor, role="operator", action="episode read", patient_id=found, object_id=found)
    return [_episode(context, records, row) for row in records.episodes(found)]


def _patient(records: Records, patient_id: str | None, number: str | None) -> str:
    from pathway_engine.domain.events import Identifier
    from pathway_engine.domain.identifiers import NationalIdentityNumber

    if number is not None:
        known = NationalIdentityNumber(number)
        row = records.find_patient([Identifier(system=known.system, value=known.digits)])
    else:
        row = records.patient(patient_id or "")
    if row is None:
        raise Refused("there is no such patient; `pathway worklist --json` prints patient ids")
    return row.survivor_id or row.id


def _episode(context: Context, records: Records, row: EpisodeRow) -> dict[str, Any]:
    from pathway_engine.service.episode_codec import decode_episode
    from pathway_engine.service.explaining import why

    told: dict[str, Any] = {
        "id": row.id, "patient_id": row.patient_id, "pathway": row.pathway, "version": None,
        "phase": row.phase, "status": row.status, "opened_at": row.opened_at, "closed_at": row.closed_at,
        "next_wake_at": row.next_wake_at, "parked_reason": row.parked_reason, "readable": True, "tasks": [],
    }  # fmt: skip
    try:
        episode, rules = decode_episode(row.state), context.catalogue.rules(row.definition_hash, records)
    except Exception:  # of another release, or damaged: the row is shown all the same
        return {**told, "readable": False}
    tasks = sorted(episode.tasks.values(), key=lambda task: (task.raised_at, task.key))
    whys = [why(records, context.directory, rules, episode, row.patient_id, task) for task in tasks]
    return {**told, "version": rules.pathway.version, "tasks": list(zip(tasks, whys, strict=True))}


def _shown(episode: dict[str, Any], with_why: bool) -> dict[str, Any]:
    from dataclasses import asdict

    tasks = [{**_task(task), "why": asdict(why)} if with_why else _task(task) for task, why in episode["tasks"]]
    return {**episode, "tasks": tasks}


def _task(task: Task) -> dict[str, Any]:
    names = (
        "key",
        "step",
        "owner",
        "unit",
        "status",
        "business_status",
        "raised_at",
        "opens_at",
        "due_at",
        "ended_at",
        "performer",
    )
    return {name: getattr(task, name) for name in names}


def _print(episode: dict[str, Any], with_why: bool) -> None:
    since = local(episode["opened_at"])
    click.echo(
        f"{episode['pathway']} {episode['version'] or '?'}: {episode['phase']} ({episode['status']}) since {since}"
    )
    if not episode["readable"]:
        click.echo("  the stored state cannot be read; `pathway rebuild` makes it anew from the patient's log")
    if episode["parked_reason"]:
        click.echo(f"  parked: {episode['parked_reason']}")
    for task, why in episode["tasks"]:
        click.echo(f"  {task.step:8} {task.status.value:16} {task.owner:18} frist {local(task.due_at)}")
        if with_why:
            _print_why(why)


def _print_why(why: Why) -> None:
    click.echo(f"    rule    {why.file}:{why.lines[0]}-{why.lines[1]} {why.rule}")
    click.echo(f"    basis   {why.basis}")
    click.echo(f"    event   {why.event} {local(why.event_occurred_at)} ({why.cause}) {why.message}")
    if why.arithmetic:
        click.echo(f"    count   {why.arithmetic.nb}")
    for at, what in why.history:
        click.echo(f"    history {local(at)} {what}")
