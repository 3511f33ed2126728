"""`pathway parked`: the episodes that time cannot be let pass in, and trying them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.program import (
    FINE,
    PROBLEMS,
    Refused,
    as_json,
    end,
    engine_of_settings,
    local,
    print_json,
    table,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.service.engine import Engine
    from pathway_engine.storage.rows import EpisodeRow

ALL = "all"


@click.command("parked")
@click.option("--try-again", metavar="ID", multiple=True, help="Try this episode again; `all` for every one.")
@click.option("--actor", default="operator", show_default=True, help="Who looks or tries them again, for the record.")
@as_json
def parked_command(try_again: tuple[str, ...], actor: str, as_json: bool) -> None:
    """List the episodes whose clock has stopped, and when each is tried again.

    \b
      pathway parked
      pathway parked --try-again all

    The next heartbeat tries them. Without being asked it does so ever more seldom, at least every hour, and when
    `pathway serve worker` starts. The log names the error. Ends with 1 when any is parked.
    """
    with engine_of_settings() as (engine, now):
        for name in try_again:
            _try(engine, None if name == ALL else name, actor, now)
        rows = engine.parked(actor=actor, now=now)
    if as_json:
        print_json([_shown(row) for row in rows])
    else:
        table(["id", "patient", "pathway", "since", "next try", "reason"], [_line(row) for row in rows])
    end(PROBLEMS if rows else FINE)


def _try(engine: Engine, name: str | None, actor: str, now: datetime) -> None:
    if not engine.try_parked_again(now, name, actor=actor) and name is not None:
        raise Refused(f"episode {name} is not parked; `pathway parked` lists those that are")


def _line(row: EpisodeRow) -> list[str]:
    return [
        row.id, row.patient_id, row.pathway, local(row.parked_at), local(row.retry_at), row.parked_reason or ""
    ]  # fmt: skip


def _shown(row: EpisodeRow) -> dict[str, Any]:
    names = ("id", "patient_id", "pathway", "phase", "parked_reason", "parked_at", "retry_at", "next_wake_at")
    return {name: getattr(row, name) for name in names}
