"""`pathway message` and `pathway drop`: what one message said and did, and taking dropped files once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pathway_engine.cli.program import FINE, PROBLEMS, Refused, as_json, end, engine_of_settings, print_json
from pathway_engine.language.findings import without_identity_numbers

if TYPE_CHECKING:
    from pathway_engine.domain.definition import Text
    from pathway_engine.service.telling import Told

HEADS = {
    "nb": {"said": "Meldingen sa", "receipts": "Kvittering", "did": "Den førte til"},
    "en": {"said": "The message said", "receipts": "Receipt", "did": "It led to"},
}


@click.command("message")
@click.argument("name", metavar="ID")
@click.option("--language", type=click.Choice(("nb", "en")), default="nb", show_default=True, help="Whose words.")
@click.option("--actor", default="operator", show_default=True, help="Who looks, for the record.")
@as_json
def message_command(name: str, language: str, actor: str, as_json: bool) -> None:
    """Say in plain words what a message said, its receipts, and what it did. That it was read is put on record.

    \b
      pathway message in/17                 number 17 of `pathway inbox`
      pathway message out/4 --language en   number 4 of `pathway outbox`
      pathway message 6f1c1a52-...          the id that the message carries

    Identity numbers are starred out; what the message says of the patient's stay, and what its sender wrote in
    free text, is printed.
    """
    from pathway_engine.service.telling import tell

    if name.isdigit():
        raise click.UsageError(f"in/{name if len(name) < 11 else 'NUMBER'} or out/NUMBER would be right")
    with engine_of_settings() as (engine, now):
        told = tell(engine.context, name, actor, now)
    if as_json:
        print_json([_shown(each, language) for each in told])
    else:
        for each in told:
            _print(each, language)


def _shown(told: Told, language: str) -> dict[str, Any]:
    parts = {part: [_in(language, line) for line in getattr(told, part)] for part in HEADS[language]}
    return {"id": told.id, "patient_id": told.patient_id, **parts}


def _print(told: Told, language: str) -> None:
    click.echo(f"{told.id}  {told.patient_id or '–'}")
    for part, head in HEADS[language].items():
        lines = [_in(language, line) for line in getattr(told, part)]
        click.echo(f"  {head}:" + ("" if lines else " –"))
        for line in lines:
            click.echo(f"    {line}")


def _in(language: str, text: Text) -> str:
    return without_identity_numbers(text.nb if language == "nb" else text.en)


@click.command("drop")
@click.option("--wait", type=click.FloatRange(0, 600), default=None, help="Seconds to watch files that may still grow.")
@as_json
def drop_command(wait: float | None, as_json: bool) -> None:
    """Take what lies in the drop folder's `in` once, and end. `pathway serve worker` does so all the time.

    \b
      pathway drop
      pathway drop --wait 0     when nobody writes there any more

    Ends with 1 when something was set aside in `quarantine`.
    """
    import time

    from pathway_engine import clock
    from pathway_engine.serving.fetching import reader_of_drops
    from pathway_engine.settings import read_settings

    given = {} if wait is None else {"drop_settle_seconds": wait}
    settings = read_settings(**given)
    with engine_of_settings() as (engine, _):
        reader = reader_of_drops(engine.context, settings, clock.now)
        if reader is None:
            raise Refused("there is no drop folder; PATHWAY_DROP_FOLDER would be right")
        done = reader.take_all()
        time.sleep(settings.drop_settle_seconds)
        done += reader.take_all()
    if as_json:
        print_json({"taken": done, "set_aside": reader.set_aside})
    else:
        click.echo(f"{done} files taken, {reader.set_aside} of them set aside")
    end(PROBLEMS if reader.set_aside else FINE)
