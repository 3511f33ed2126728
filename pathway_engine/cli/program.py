"""What all commands share: errors on one line, JSON on request, and the engine over the settings."""

# What is heavy is imported where it is used, so that `--help` is quick.
from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.language.starring import starred

if TYPE_CHECKING:
    from pathway_engine.service.engine import Engine
    from pathway_engine.settings import Settings

FINE, PROBLEMS, WRONG_USE = 0, 1, 2

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Refused(click.ClickException):
    """What cannot be done as asked, in one line."""

    exit_code = WRONG_USE

    def show(self, file: Any = None) -> None:
        click.echo(f"pathway: {self.format_message()}", err=True)


@contextmanager
def _not_repeated() -> Iterator[None]:
    """What click says of wrong use quotes what was typed, also a number of a person."""
    try:
        yield
    except click.ClickException as error:
        vars(error)["message"] = starred(error.message)
        raise


class Program(click.Group):
    """The commands; our own errors end as one line that says what would be right, never as a traceback."""

    def __init__(self, name: str, *, commands: list[click.Command], help: str) -> None:
        super().__init__(name, commands=commands, help=help, context_settings={"max_content_width": 110})
        shows_version = click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version)
        shows_version.help = "Print the version and end."
        self.params.append(shows_version)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Run as a program of its own: nothing that goes wrong is told by its text."""
        from pathway_engine.log_lines import last_resorts

        last_resorts()
        return super().__call__(*args, **named)

    def make_context(self, *args: Any, **named: Any) -> click.Context:
        """Read the words of the command line."""
        with _not_repeated():
            return super().make_context(*args, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            with _not_repeated():
                return super().invoke(ctx)
        except PathwayEngineError as error:
            raise Refused(starred(str(error))) from None
        except BrokenPipeError:
            sys.stdout = None
            ctx.exit(FINE)
        except OSError as error:
            place = f" {error.filename}" if error.filename else ""
            raise Refused(f"the system refused{place}: {error.strerror or type(error).__name__}") from None


def _version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        click.echo(version("pathway-engine"))
        ctx.exit()


@contextmanager
def engine_of_settings() -> Iterator[tuple[Engine, datetime]]:
    """Give the engine over the database of the environment, and the present instant."""
    from pathway_engine import clock
    from pathway_engine.app import opened
    from pathway_engine.settings import read_settings

    settings, now = read_settings(), clock.now()
    log_to_stderr(settings)
    with opened(settings, now) as engine:
        yield engine, now


def log_to_stderr(settings: Settings) -> None:
    """Let the log go to standard error, one line each: what happened, nothing about whom."""
    from pathway_engine.log_lines import log_by_allow_list

    log_by_allow_list(settings.log_level, settings.log_format)


def print_json(value: object) -> None:
    """Print *value* as JSON that people can read too."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def end(code: int) -> NoReturn:
    """End the command with an exit code."""
    click.get_current_context().exit(code)


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print rows under their heads, each column as wide as it needs."""
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for row in [head, *rows]:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def local(at: datetime | None) -> str:
    """An instant as a wall time in Oslo, to the minute; a dash for none."""
    from zoneinfo import ZoneInfo

    return "–" if at is None else f"{at.astimezone(ZoneInfo('Europe/Oslo')):%d.%m.%Y %H.%M}"
