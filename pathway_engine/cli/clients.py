"""`pathway client`: the programs that may ask the FHIR face."""

from __future__ import annotations

from pathlib import Path

import click

from pathway_engine.cli.program import engine_of_settings


@click.group("client")
def client_group() -> None:
    """Programs that ask the FHIR face with tokens.

    \b
      pathway client check clients.toml
    """


@client_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check_clients(file: Path) -> None:
    """Read FILE as PATHWAY_FHIR_CLIENTS is read, and print its programs; what is wrong is told without keys.

    \b
      pathway client check clients.toml
    """
    from pathway_engine.serving.fhir_clients import hosts_of, read_clients
    from pathway_engine.settings import read_settings

    with engine_of_settings() as (engine, _):
        found = read_clients(file, engine.context.directory, hosts_of(read_settings()))
    for client in found.values():
        click.echo(f"{client.client_id}: as {client.person}, {' '.join(sorted(client.scopes))}")
