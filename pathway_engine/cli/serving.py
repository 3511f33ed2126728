"""`pathway serve`: pages, the MLLP listener and the heartbeat, together or each in a program of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pathway_engine.cli.program import engine_of_settings

if TYPE_CHECKING:
    from datetime import datetime

    from pathway_engine.service.engine import Engine
    from pathway_engine.serving.running import Addresses

PARTS = ("web", "mllp", "worker")


@click.command("serve")
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
def serve_command(parts: tuple[str, ...]) -> None:
    """Run until told to stop (Ctrl-C, SIGTERM): all PARTS, or those that are named.

    \b
      pathway serve                 pages, MLLP and heartbeat in one program
      pathway serve web             pages only
      pathway serve mllp worker     MLLP and heartbeat

    Several programs may share one PostgreSQL. At least one worker must run: it applies what is stored and lets
    time take effect. Where each part listens is printed when it does.
    """
    from pathway_engine.app import steady_clock
    from pathway_engine.serving.running import check_parts, run
    from pathway_engine.settings import read_settings

    settings, chosen = read_settings(), parts or PARTS
    check_parts(settings, chosen)
    with engine_of_settings() as (engine, now):
        if "web" in chosen and not settings.demo_sign_in:
            _say_first_secret(engine, now)
        run(engine, settings, chosen, steady_clock(engine), _say_where)


def _say_first_secret(engine: Engine, now: datetime) -> None:
    """On the very first start, print how the admin of the directory gets in: once, and never again."""
    from pathway_engine.service.access.accounts import first_admin

    first = first_admin(engine.context, now)
    if first is not None:
        person, secret = first
        click.echo(f"first sign-in: {person} chooses a password at /first-password with the one-time secret {secret}")


async def _say_where(addresses: Addresses) -> bool:
    if addresses.web:
        click.echo(f"web {addresses.web}")
    if addresses.mllp:
        click.echo(f"mllp {addresses.mllp[0]}:{addresses.mllp[1]}")
    if addresses.metrics:
        click.echo(f"metrics {addresses.metrics}")
    click.echo("ready")
    return True
