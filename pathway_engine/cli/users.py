"""`pathway user`: who has an account here, and a one-time secret for whoever needs a new beginning."""

from __future__ import annotations

import click

from pathway_engine.cli.program import as_json, engine_of_settings, local, print_json, table


@click.group("user")
def user_group() -> None:
    """Accounts of people of the directory; passwords are chosen by themselves, with a one-time secret.

    \b
      pathway user add kari
      pathway user list
    """


@user_group.command("add")
@click.argument("person")
def add_user(person: str) -> None:
    """Make an account for PERSON of the directory and print the one-time secret, once; it holds for seven days.

    \b
      pathway user add kari
    """
    _invite(person)


@user_group.command("reset")
@click.argument("person")
def reset_user(person: str) -> None:
    """Take PERSON's password and PIN away, end all sessions, and print a new one-time secret, once.

    \b
      pathway user reset kari
    """
    _invite(person)


def _invite(person: str) -> None:
    from pathway_engine.service.access.accounts import invite

    with engine_of_settings() as (engine, now):
        secret = invite(engine.context, person, now)
    click.echo(secret)


@user_group.command("lock")
@click.argument("person")
def lock_user(person: str) -> None:
    """Let PERSON sign in no more, and end all sessions at once.

    \b
      pathway user lock kari
    """
    _set_locked(person, True)


@user_group.command("unlock")
@click.argument("person")
def unlock_user(person: str) -> None:
    """Let PERSON sign in again, also after too many tries.

    \b
      pathway user unlock kari
    """
    _set_locked(person, False)


def _set_locked(person: str, locked: bool) -> None:
    from pathway_engine.service.access.accounts import set_locked

    with engine_of_settings() as (engine, now):
        set_locked(engine.context, person, locked, now)
    click.echo(f"{person} is locked" if locked else f"{person} is unlocked")


@user_group.command("link")
@click.argument("person")
@click.argument("subject")
def link_user(person: str, subject: str) -> None:
    """Let SUBJECT of PATHWAY_OIDC_ISSUER be PERSON; both must be the same individual.

    \b
      pathway user link kari 248289761001
    """
    from pathway_engine.cli.program import Refused
    from pathway_engine.service.access.accounts import link
    from pathway_engine.settings import read_settings

    issuer = read_settings().oidc_issuer
    if not issuer:
        raise Refused("PATHWAY_OIDC_ISSUER is not set; the issuer's address would be right")
    with engine_of_settings() as (engine, now):
        link(engine.context, person, issuer, subject, now)
    click.echo(f"{person} is linked")


@user_group.command("list")
@as_json
def list_users(as_json: bool) -> None:
    """List the accounts: who, how they sign in, and whether they are locked.

    \b
      pathway user list
      pathway user list --json
    """
    from pathway_engine.service.access.accounts import listed

    with engine_of_settings() as (engine, _):
        rows = [
            {
                "person": row.person, "password": row.password is not None, "pin": row.pin is not None,
                "linked": row.subject is not None, "one_time_until": row.one_time_until, "locked": row.locked,
                "changed_at": row.changed_at,
            }
            for row in listed(engine.context)
        ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    marks = [
        [str(row["person"]), *("yes" if row[name] else "–" for name in ("password", "pin", "linked", "locked")),
         local(row["one_time_until"]), local(row["changed_at"])]  # type: ignore[arg-type]
        for row in rows
    ]  # fmt: skip
    table(["person", "password", "pin", "linked", "locked", "one-time until", "changed"], marks)
