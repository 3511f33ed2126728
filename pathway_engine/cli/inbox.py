"""`pathway inbox`: what was received, what waits for a person, and running it again."""

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
    from pathway_engine.storage.rows import InboxRow

DISPOSITIONS = ("applied", "rejected", "unplaced", "dead", "waiting")


@click.command("inbox")
@click.option("--disposition", type=click.Choice(DISPOSITIONS), multiple=True, help="Only these; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--run-again", type=int, metavar="ID", multiple=True, help="Apply these messages again.")
@click.option("--actor", default="operator", show_default=True, help="Who looks or runs them again, for the record.")
@as_json
def inbox_command(
    disposition: tuple[str, ...], limit: int, run_again: tuple[int, ...], actor: str, as_json: bool
) -> None:
    """List received messages, newest first, and run those again that were set aside.

    \b
      pathway inbox --disposition dead --disposition unplaced
      pathway inbox --run-again 17

    Nothing of what a message says of a patient is printed. Ends with 1 when a message run again was not applied.
    """
    with engine_of_settings() as (engine, now):
        if run_again:
            rows = [_again(engine, number, actor, now) for number in run_again]
        else:
            rows = engine.messages(disposition, limit, actor=actor, now=now)
    if as_json:
        print_json([_shown(row) for row in rows])
    else:
        table(
            ["id", "received", "sender", "message", "disposition", "sent again", "reason"],
            [[str(value) for value in _line(row)] for row in rows],
        )
    end(PROBLEMS if run_again and any(row.disposition != "applied" for row in rows) else FINE)


def _again(engine: Engine, number: int, actor: str, now: datetime) -> InboxRow:
    from pathway_engine.service.running_again import SET_ASIDE, run_again
    from pathway_engine.serving.fetching import bring_answer
    from pathway_engine.settings import read_settings

    with engine.context.store.reading() as records:
        row = records.message(number)
    if row.disposition not in SET_ASIDE:
        raise Refused(f"message {number} is {row.disposition or 'waiting'}; only what was set aside can be run again")
    run_again(engine.context, number, actor, now)
    bring_answer(engine.context, read_settings(), number)
    with engine.context.store.reading() as records:
        return records.message(number)


def _line(row: InboxRow) -> list[object]:
    kind = f"{row.message_type} {row.message_id}"
    return [row.id, local(row.received_at), row.sender, kind, row.disposition or "waiting", row.duplicates, row.reason]


def _shown(row: InboxRow) -> dict[str, Any]:
    names = (
        "id", "sender", "message_id", "channel", "peer", "message_type", "received_at", "reason_code", "reason",
        "attempts", "next_try_at", "disposed_at", "patient_id", "conflict", "duplicates",
    )  # fmt: skip
    return {**{name: getattr(row, name) for name in names}, "disposition": row.disposition or "waiting"}
