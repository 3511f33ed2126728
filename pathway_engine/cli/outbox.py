"""`pathway outbox`: what is to be sent, how far it has come, and sending it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.program import as_json, engine_of_settings, local, print_json, table

if TYPE_CHECKING:
    from pathway_engine.service.engine import Engine
    from pathway_engine.storage.rows import OutgoingRow

STATUSES = (
    "waiting", "sending", "sent", "acknowledged", "refused", "timed_out", "late", "dead", "withdrawn"
)  # fmt: skip


@click.command("outbox")
@click.option("--status", type=click.Choice(STATUSES), multiple=True, help="Only these; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@click.option("--retry", type=int, metavar="ID", multiple=True, help="Send these again.")
@click.option("--retry-dead", is_flag=True, help="Send again everything that is dead or timed out, oldest first.")
@click.option("--actor", default="operator", show_default=True, help="Who looks or sends them again, for the record.")
@as_json
def outbox_command(
    status: tuple[str, ...], limit: int, retry: tuple[int, ...], retry_dead: bool, actor: str, as_json: bool
) -> None:
    """List outgoing messages, newest first, and send those again that are dead, timed out or refused.

    \b
      pathway outbox --status dead --status refused
      pathway outbox --retry 17
      pathway outbox --retry-dead

    A dead or timed out message goes out under its own id; a refused one as a new message. Nothing of what a message
    says of a patient is printed.
    """
    from pathway_engine.service.receipts import send_again

    with engine_of_settings() as (engine, now):
        if retry or retry_dead:
            numbers = dict.fromkeys([*retry, *(_dead(engine) if retry_dead else [])])
            rows = [send_again(engine.context, number, actor, now) for number in numbers]
        else:
            rows = engine.outgoing(status or STATUSES, limit, actor=actor, now=now)
    if as_json:
        print_json([_shown(row) for row in rows])
    else:
        head = ["id", "decided", "message", "message id", "status", "tries", "next try", "reason"]
        table(head, [[str(value) for value in _line(row)] for row in rows])


def _dead(engine: Engine) -> list[int]:
    with engine.context.store.reading() as records:
        return sorted(row.id for status in ("dead", "timed_out") for row in records.outgoing(status))


def _line(row: OutgoingRow) -> list[object]:
    return [
        row.id, local(row.at), row.message, row.message_id, row.status, row.attempts, local(row.next_try_at), row.reason
    ]  # fmt: skip


def _shown(row: OutgoingRow) -> dict[str, Any]:
    names = (
        "id", "key", "message_id", "message", "patient_id", "episode_id", "status", "at", "attempts", "next_try_at",
        "sent_at", "answer_by", "answer", "reason", "settled_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}
