"""`pathway directory` and `pathway access-key`: who is who, and who may sign in."""

from __future__ import annotations

from pathlib import Path

import click

from pathway_engine.cli.definitions import counted
from pathway_engine.cli.program import FINE, PROBLEMS, end, engine_of_settings
from pathway_engine.cli.worklists import principals_of

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("directory")
def directory_group() -> None:
    """The directory of hospitals, wards, municipalities, units, people and senders.

    \b
      pathway directory check community.yaml
      pathway directory import community.yaml
    """


@directory_group.command("check")
@click.argument("file", type=FILE)
def check_file(file: Path) -> None:
    """Say what is wrong in a directory FILE; nothing is changed.

    \b
      pathway directory check community.yaml
    """
    from pathway_engine.language.directory import read_directory
    from pathway_engine.language.findings import DefinitionErrors

    try:
        found = read_directory(file.read_bytes(), str(file))
    except DefinitionErrors as errors:
        for finding in errors.findings:
            click.echo(str(finding))
        end(PROBLEMS)
    click.echo(
        f"{counted(len(found.organisations), 'organisation')}, {counted(len(found.people), 'person', 'people')}, "
        f"{counted(len(found.senders), 'sender')}"
    )
    end(FINE)


@directory_group.command("import")
@click.argument("file", type=FILE)
def import_file(file: Path) -> None:
    """Put a directory FILE in force from now on; running programs see it when they are started again.

    \b
      pathway directory import community.yaml
    """
    from pathway_engine.app import import_directory

    with engine_of_settings() as (engine, now):
        is_new = import_directory(engine.context.store, file, now)
    click.echo("imported; restart `pathway serve`" if is_new else "this directory is in force already")


@click.command("access-key")
@click.argument("person")
def access_key_command(person: str) -> None:
    """Make a new access key for PERSON and print it, once; only its hash is kept.

    \b
      pathway access-key kari
    """
    import secrets

    key = secrets.token_urlsafe(24)
    with engine_of_settings() as (engine, now):
        principals_of(engine, person)
        engine.grant_access_key(person, key, now)
    click.echo(key)
