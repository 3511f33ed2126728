"""Writes docs/reference/commands.md: `python -m pathway_engine.cli.reference > docs/reference/commands.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pathway_engine.cli import main

WIDTH = 100
OPENING = """# Commands

Written by `python -m pathway_engine.cli.reference`; a test says when it is stale. What the settings mean:
[settings](settings.md). Exit codes: 0 fine, 1 problems were found, 2 wrong use.
"""


def page() -> str:
    """Return the whole page: the help of every command, in alphabetical order."""
    return "\n".join([OPENING, *(_part(path, command) for path, command in commands_of(main, "pathway"))])


def commands_of(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield *command* and all below it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in sorted(command.commands.items()):
            yield from commands_of(below, f"{path} {name}")


def _part(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    return f"## {path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"


if __name__ == "__main__":
    click.echo(page(), nl=False)
