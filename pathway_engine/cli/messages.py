"""`pathway receive` and `pathway send`: messages from files, into the engine or over the wire."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from pathway_engine.cli.program import FINE, PROBLEMS, Refused, as_json, end, engine_of_settings, print_json, table
from pathway_engine.domain.norway import OSLO

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.service.receiving import Received

STANDING = ("waiting", "sending", "sent")
FAMILIES = {"hl7v2": "hl7v2", "norwegian": "norwegian", "plo": "norwegian"}
"""What a family is called on the command line: most Norwegian messages are of PLO."""

as_of = click.option(
    "--as-of", metavar="TIME", help="Move all times so that the last thing told is at TIME: now, or an ISO time."
)
FILES = click.argument("files", nargs=-1, required=True, type=click.File("rb"))


@click.command("receive")
@FILES
@click.option("--family", type=click.Choice(list(FAMILIES)), default="hl7v2", show_default=True, help="Which messages.")
@as_of
@as_json
def receive_command(files: tuple[BinaryIO, ...], family: str, as_of: str | None, as_json: bool) -> None:
    """Receive the messages in FILES (- is standard input), as if they had come over the wire.

    \b
      pathway receive samples/adt/*.hl7
      pathway receive samples/adt/01*.hl7 samples/adt/06*.hl7 --as-of now
      pathway receive --family plo samples/norwegian/*.xml
      cat messages.hl7 | pathway receive - --json

    A file of HL7 holds one message, several one after the other, or MLLP frames; a file of a Norwegian
    message holds one. Prints what became of each, and the receipts for Norwegian messages; ends with 1
    when any was not applied.
    """
    from pathway_engine.channels.message_files import messages_in, moved
    from pathway_engine.service.receiving import Incoming

    family = FAMILIES[family]
    if as_of and family != "hl7v2":
        raise click.UsageError("--as-of moves the times of HL7 messages alone")
    split = messages_in if family == "hl7v2" else lambda content: [content]
    found = [(getattr(file, "name", "-"), raw) for file in files for raw in split(file.read())]
    if as_of:
        times = moved([raw for _, raw in found], _instant(as_of))
        found = [(name, raw) for (name, _), raw in zip(found, times, strict=True)]
    with engine_of_settings() as (engine, now):
        told = [(name, engine.receive(Incoming(raw, family, "file"), now)) for name, raw in found]
    lines = [_line(name, received) for name, received in told]
    if as_json:
        print_json(lines)
    else:
        _print(lines)
        for answer in (received.answer for _, received in told if family != "hl7v2" and received.answer):
            click.echo(answer.decode("utf-8", "replace"))
    end(FINE if all(line["disposition"] == "applied" for line in lines) else PROBLEMS)


def _line(name: str, received: Received) -> dict[str, Any]:
    return {
        "file": name, "inbox_id": received.inbox_id, "outcome": received.outcome,
        "disposition": received.disposition or "waiting", "reason": received.reason,
    }  # fmt: skip


def _print(lines: list[dict[str, Any]]) -> None:
    rows = [[str(value) for value in line.values()] for line in lines]
    table(["file", "inbox", "outcome", "disposition", "reason"], rows)
    counts: dict[str, int] = {}
    for line in lines:
        counts[line["disposition"]] = counts.get(line["disposition"], 0) + 1
    said = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    click.echo(f"{len(lines)} messages: {said}" if lines else "no messages")


@click.command("send")
@click.argument("files", nargs=-1, type=click.File("rb"))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to send.")
@click.option("--port", type=click.IntRange(1, 65535), default=2575, show_default=True, help="The MLLP port.")
@as_of
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=30.0, show_default=True, help="Seconds to wait.")
@as_json
def send_command(
    files: tuple[BinaryIO, ...], host: str, port: int, as_of: str | None, timeout: float, as_json: bool
) -> None:
    """Send what is due now, or the HL7 messages in FILES over MLLP, and print what became of them.

    \b
      pathway send                                           what waits in the outbox, once
      pathway send samples/adt/01-A01-admitted.hl7 --port 2575
      pathway send samples/adt/01*.hl7 samples/adt/03*.hl7 samples/adt/06*.hl7 --as-of now

    Without FILES messages go the way that the settings name. Ends with 1 when any answer is not AA or CA, or when a
    message was not taken over.
    """
    if not files:
        send_what_is_due(as_json)
        return
    from adapters.hl7v2.answered import read_answer
    from pathway_engine.channels.message_files import messages_in, moved

    messages = [raw for file in files for raw in messages_in(file.read())]
    answers = _answers(host, port, moved(messages, _instant(as_of)) if as_of else messages, timeout)
    lines = [asdict(read_answer(answer)) for answer in answers]
    if as_json:
        print_json(lines)
    else:
        table(["message", "answer", "text"], [[line["message_id"], line["code"], line["text"]] for line in lines])
    end(FINE if all(line["code"] in ("AA", "CA") for line in lines) else PROBLEMS)


def _answers(host: str, port: int, messages: list[bytes], timeout: float) -> list[bytes]:
    import asyncio

    from pathway_engine.transports.mllp import send

    try:
        return asyncio.run(send(host, port, messages, timeout=timeout))
    except OSError as error:
        raise Refused(f"nobody answers at {host} port {port}: {error.strerror or type(error).__name__}") from None


def _instant(text: str) -> datetime:
    from datetime import datetime

    from pathway_engine import clock

    if text == "now":
        return clock.now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--as-of {text}: now, or a time such as 2026-11-20T13:30, would be right") from None
    return at if at.tzinfo else at.replace(tzinfo=OSLO)


def send_what_is_due(as_json: bool) -> None:
    """Hand over what is due in the outbox, once, and print how far each message has come."""
    from pathway_engine import clock
    from pathway_engine.app import drop_folder
    from pathway_engine.settings import read_settings

    settings = read_settings()
    with engine_of_settings() as (engine, _):
        if settings.drop_folder is not None:
            drop_folder(settings.drop_folder, settings)
        if engine.context.post.transport is None:
            raise Refused("there is no way out; PATHWAY_OUTBOX_FOLDER or PATHWAY_DROP_FOLDER would be right")
        with engine.context.store.reading() as records:
            before = {row.id: row for status in STANDING for row in records.outgoing(status)}
        engine.send_due(clock.now)
        with engine.context.store.reading() as records:
            after = [records.outgoing_numbered(number) for number in sorted(before)]
    tried = [row for row in after if row is not None and row != before[row.id]]
    lines = [[row.id, row.message, row.message_id, row.status, row.reason] for row in tried]
    head = ["id", "message", "message id", "status", "reason"]
    if as_json:
        print_json([dict(zip(head, line, strict=True)) for line in lines])
    else:
        table(head, [[str(value) for value in line] for line in lines])
    end(FINE if all(row.status in ("sent", "acknowledged") for row in tried) else PROBLEMS)
