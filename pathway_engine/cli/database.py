"""`pathway db`: the schema of the database, a copy of it, and the way back."""

from __future__ import annotations

from pathlib import Path

import click

from pathway_engine.cli.program import FINE, PROBLEMS, end, log_to_stderr


@click.group("db")
def db_group() -> None:
    """The database: its schema, a copy of it, and the way back from a copy.

    \b
      pathway db current
      pathway db upgrade
      pathway db backup /srv/copies/monday.sqlite
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


FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@db_group.command("backup")
@FILE
def backup_command(file: Path) -> None:
    """Copy the whole SQLite database to FILE, which must be new, while the program runs.

    \b
      pathway db backup /srv/copies/monday.sqlite

    The copy holds what was committed at one instant, is looked through, and can be read by its owner alone. It has
    all patients in it: keep it as the database is kept. PostgreSQL is copied by pg_dump.
    """
    from pathway_engine.settings import database_url, read_settings
    from pathway_engine.storage.copying import back_up

    copied = back_up(database_url(read_settings()), file)
    click.echo(f"copied: schema {copied.revision}, {copied.size} bytes")


@db_group.command("restore")
@FILE
def restore_command(file: Path) -> None:
    """Make the SQLite database from the copy in FILE; there must be none yet.

    \b
      pathway db restore /srv/copies/monday.sqlite

    What was acknowledged after the copy is not in it: let senders send again from then on. PostgreSQL is put back by
    pg_restore.
    """
    from pathway_engine.settings import database_url, read_settings
    from pathway_engine.storage.copying import restore

    restored = restore(file, database_url(read_settings()))
    click.echo(f"restored: schema {restored.revision}, {restored.size} bytes")
