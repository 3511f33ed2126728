"""`pathway doctor`, `pathway rebuild` and `pathway db`: is it well, is it true, is it up to date?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.program import (
    FINE,
    PROBLEMS,
    as_json,
    end,
    engine_of_settings,
    local,
    log_to_stderr,
    print_json,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.service.engine import Engine
    from pathway_engine.settings import Settings


UNSEALED_SECONDS = 600


@click.command("doctor")
@as_json
def doctor_command(as_json: bool) -> None:
    """Say whether all is well: settings (without secrets), database, heartbeats, and what waits for a person.

    \b
      pathway doctor
      pathway doctor --json

    Ends with 1 when something is wrong.
    """
    from pathway_engine import clock
    from pathway_engine.settings import masked, read_settings

    settings = read_settings()
    found = _examined(settings, clock.now())
    if as_json:
        print_json({"settings": masked(settings), **found})
    else:
        _print(masked(settings), found)
    end(PROBLEMS if found["problems"] else FINE)


def _examined(settings: Settings, now: datetime) -> dict[str, Any]:
    from pathway_engine.app import opened, schema_revisions
    from pathway_engine.domain.errors import PathwayEngineError

    found: dict[str, Any] = {"problems": []}
    try:
        found["schema"], found["schema_wanted"] = schema_revisions(settings)
        with opened(settings, now) as engine:
            found.update(_state(engine, now))
    except PathwayEngineError as error:
        found["problems"].append(str(error))
        return found
    found["problems"] += _problems(found)
    return found


def _state(engine: Engine, now: datetime) -> dict[str, Any]:
    from pathway_engine.service.sealing import unsealed_since

    directory = engine.context.directory
    off = _clock_off_seconds(engine)
    with engine.context.store.reading() as records:
        next_wake, unsealed = records.next_wake_at(), unsealed_since(records, now)
        health = engine.health(now)
        return {
            "heartbeats": records.heartbeats(), "next_wake_at": next_wake,
            "sweep_lag_seconds": max(0.0, (now - next_wake).total_seconds()) if next_wake else 0.0,
            "audit_unsealed_seconds": max(0.0, (now - unsealed).total_seconds()) if unsealed else 0.0,
            "clock_off_seconds": off, "silent": health["silent"],
            "parked_episodes": [row.id for row in records.parked()], "messages": records.disposition_counts(),
            **{name: health[name] for name in ("outgoing", "has_way_out", "notices", "notices_on_no_list")},
            "pathways": {name: rules.pathway.version for name, rules in engine.context.catalogue.current.items()},
            "directory": {"organisations": len(directory.organisations), "senders": len(directory.senders)},
        }  # fmt: skip


def _clock_off_seconds(engine: Engine) -> float:
    """How far this machine's clock is ahead of the database server's; 0 without a server."""
    from pathway_engine import clock
    from pathway_engine.storage.database_clock import database_clock

    said = database_clock(engine.context.store)
    return 0.0 if said is None else (clock.now() - said).total_seconds()


def _problems(found: dict[str, Any]) -> list[str]:
    signs = {
        "no heartbeat yet; is `pathway serve` running?": not found["heartbeats"],
        f"no heartbeat lately of {', '.join(found['silent'])}; is `pathway serve` running?": bool(
            found["heartbeats"] and found["silent"]
        ),
        f"time is {found['sweep_lag_seconds']:.0f} seconds behind": found["sweep_lag_seconds"] > 30,
        f"the audit is {found['audit_unsealed_seconds']:.0f} seconds unsealed; is `pathway serve worker` running?": (
            found["audit_unsealed_seconds"] > UNSEALED_SECONDS
        ),
        f"this machine's clock is {found['clock_off_seconds']:+.0f} seconds from the database's": abs(
            found["clock_off_seconds"]
        )
        > 1,
        f"{len(found['parked_episodes'])} episodes are parked; `pathway parked`": bool(found["parked_episodes"]),
        f"{found['messages']['dead']} dead messages; `pathway inbox --disposition dead`": found["messages"]["dead"] > 0,
        f"{found['messages']['unplaced']} unplaced messages; `pathway inbox --disposition unplaced`": found["messages"][
            "unplaced"
        ]
        > 0,
        **_problems_of_sending(found),
        "the directory is empty; `pathway directory import FILE`": not found["directory"]["organisations"],
    }
    return [said for said, is_so in signs.items() if is_so]


def _problems_of_sending(found: dict[str, Any]) -> dict[str, bool]:
    outgoing, notices, unseen = found["outgoing"], found["notices"], found["notices_on_no_list"]
    return {
        f"{outgoing['waiting']} messages wait and there is no way out; set PATHWAY_OUTBOX_FOLDER": (
            outgoing["waiting"] > 0 and not found["has_way_out"]
        ),
        f"{notices} notices wait for a person; they stand on the worklists": notices > 0,
        f"{unseen} notices are on nobody's list; give an organisation the role message_responsible or operator": (
            unseen > 0
        ),
    }


def _print(settings: dict[str, str], found: dict[str, Any]) -> None:
    for name, value in settings.items():
        click.echo(f"{name}={value}")
    click.echo(f"schema {found.get('schema') or 'none'}, wanted {found.get('schema_wanted', '?')}")
    for name, at in found.get("heartbeats", {}).items():
        click.echo(f"heartbeat {name} {local(at)}")
    counts = ", ".join(f"{count} {name}" for name, count in found.get("messages", {}).items())
    click.echo(f"messages {counts or '?'}")
    going = ", ".join(f"{count} {name}" for name, count in found.get("outgoing", {}).items())
    click.echo(f"outgoing {going or '?'}")
    for problem in found["problems"]:
        click.echo(f"problem: {problem}")
    click.echo("not well" if found["problems"] else "well")


@click.command("rebuild")
@click.option("--check", is_flag=True, help="Only compare; change nothing.")
@as_json
def rebuild_command(check: bool, as_json: bool) -> None:
    """Fold every patient's log anew and put tasks and episodes right by it.

    \b
      pathway rebuild --check       does what is stored follow from the log?
      pathway rebuild

    Ends with 1 when anything differed.
    """
    from dataclasses import asdict

    from pathway_engine.service.rebuilding import rebuild

    with engine_of_settings() as (engine, now):
        found = rebuild(engine.context, now, check=check)
    if as_json:
        print_json(asdict(found))
    else:
        click.echo(f"{found.patients} patients, {found.episodes} episodes, {len(found.differing)} differing")
        for episode in found.differing:
            click.echo(f"  {episode}")
        for patient in found.faulty:
            click.echo(f"  patient {patient} cannot be folded; see the log")
    end(PROBLEMS if found.differing or found.faulty else FINE)


@click.group("db")
def db_group() -> None:
    """The database's schema.

    \b
      pathway db current
      pathway db upgrade
    """


@db_group.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to this program's schema, whole or not at all; makes a new one if there is none.

    \b
      pathway db upgrade
    """
    from pathway_engine.app import schema_revisions, upgrade_schema
    from pathway_engine.settings import read_settings

    settings = read_settings()
    log_to_stderr(settings)
    before, wanted = schema_revisions(settings)
    upgrade_schema(settings)
    click.echo(f"schema {wanted}" + (" already" if before == wanted else f", was {before or 'none'}"))


@db_group.command("current")
def current_command() -> None:
    """Print the database's schema revision; ends with 1 when it is not this program's.

    \b
      pathway db current
    """
    from pathway_engine.app import schema_revisions
    from pathway_engine.settings import read_settings

    found, wanted = schema_revisions(read_settings())
    click.echo(f"schema {found or 'none'}, wanted {wanted}")
    end(FINE if found == wanted else PROBLEMS)
