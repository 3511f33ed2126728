"""`pathway log`: one patient's log out to a file, and in again where nobody has it."""

from __future__ import annotations

from pathlib import Path

import click

from pathway_engine.cli.program import engine_of_settings


@click.group("log")
def log_group() -> None:
    """One patient's log as a file, to look into a case again.

    \b
      pathway log export 5f0c... > case.json
      pathway log import case.json
    """


@log_group.command("export")
@click.argument("patient_id")
@click.option("--actor", default="operator", show_default=True, help="Who takes it out, for the record.")
def export_command(patient_id: str, actor: str) -> None:
    """Print the log of a patient with the pathway versions that it is folded by. It is put on record.

    Name and identity number are not in it; what people wrote is. Treat the file as patient data.

    \b
      pathway log export 5f0c... > case.json
    """
    from importlib.metadata import version

    from pathway_engine.service.log_files import export_log

    with engine_of_settings() as (engine, now):
        program = version("pathway-engine")
        click.echo(export_log(engine.context, patient_id, program=program, actor=actor, now=now), nl=False)


@log_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--actor", default="operator", show_default=True, help="Who puts it in, for the record.")
def import_command(file: Path, actor: str) -> None:
    """Add the patient of a log FILE with everything that follows from it, and print the patient's id.

    Refused, and nothing is changed: a log of a program that knows more than this one, and one that is here already.

    \b
      PATHWAY_DATABASE_URL=sqlite:///case.sqlite pathway log import case.json
      pathway log import case.json
    """
    from pathway_engine.service.log_files import import_log

    with engine_of_settings() as (engine, now):
        click.echo(import_log(engine.context, file.read_bytes(), actor=actor, now=now))
