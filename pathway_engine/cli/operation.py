"""`pathway doctor` and `pathway rebuild`: is it well, is it true?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pathway_engine import clock
from pathway_engine.cli.program import (
    FINE,
    PROBLEMS,
    as_json,
    end,
    engine_of_settings,
    local,
    print_json,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.service.engine import Engine
    from pathway_engine.service.health import State
    from pathway_engine.settings import Settings


@click.command("doctor")
@click.option("--counts", is_flag=True, help="Count what was applied and what arrived too, which reads every message.")
@as_json
def doctor_command(counts: bool, as_json: bool) -> None:
    """Say whether all is well: settings (without secrets), database, heartbeats, and what waits for a person.

    \b
      pathway doctor
      pathway doctor --json

    Ends with 1 when something is wrong.
    """
    from pathway_engine.settings import masked, read_settings

    settings = read_settings()
    found = _examined(settings, clock.now(), counts=counts)
    if as_json:
        print_json({"settings": masked(settings), **found})
    else:
        _print(masked(settings), found)
    end(PROBLEMS if found["problems"] else FINE)


def _examined(settings: Settings, now: datetime, *, counts: bool) -> dict[str, Any]:
    from pathway_engine.app import opened, schema_revisions
    from pathway_engine.domain.errors import PathwayEngineError
    from pathway_engine.service.health import wrong

    found: dict[str, Any] = {"problems": []}
    try:
        found["schema"], found["schema_wanted"] = schema_revisions(settings)
        with opened(settings, now) as engine:
            state = engine.state(now, clock.now)
            found.update(_figures(engine, state))
            found.update(_every_count(engine) if counts else {})
    except PathwayEngineError as error:
        found["problems"].append(str(error))
        return found
    found["problems"] += [check.said(state) for check in wrong(state)]
    return found


def _figures(engine: Engine, state: State) -> dict[str, Any]:
    with engine.context.store.reading() as records:
        parked = [row.id for row in records.parked()]
    return {
        "heartbeats": state.heartbeats, "next_wake_at": state.next_wake_at, "sweep_lag_seconds": state.late_seconds,
        "audit_unsealed_seconds": state.audit_unsealed_seconds, "clock_off_seconds": state.clock_off_seconds,
        "silent": list(state.silent), "parked_episodes": parked, "messages": state.messages,
        "outgoing": state.outgoing, "has_way_out": state.has_way_out, "notices": state.notices,
        "notices_on_no_list": state.notices_on_no_list, "pathways": state.pathways,
        "directory": {"organisations": state.organisations, "senders": state.senders},
    }  # fmt: skip


def _every_count(engine: Engine) -> dict[str, Any]:
    with engine.context.store.reading() as records:
        return {"messages": records.disposition_counts(), "outgoing": records.outgoing_counts()}


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
