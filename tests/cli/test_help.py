"""Every command helps by example, quickly, and is documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from pathway_engine.cli import main, reference

COMMANDS = dict(reference.commands_of(main, "pathway"))


@pytest.mark.parametrize("path", COMMANDS)
def test_help_shows_an_example(path: str) -> None:
    command = COMMANDS[path]
    shown = command.get_help(click.Context(command, info_name=path))
    assert any(line.startswith(f"    {path}") for line in shown.splitlines())


def test_every_command_is_documented_as_it_is(repository: Path) -> None:
    written = (repository / "docs" / "reference" / "commands.md").read_text("utf-8")
    assert written == reference.page(), "run: python -m pathway_engine.cli.reference > docs/reference/commands.md"


def test_help_loads_none_of_the_heavy_libraries() -> None:
    asks = (
        "import sys; from pathway_engine.cli import main; main(['--help'], standalone_mode=False); "
        "print(sorted({'sqlalchemy', 'fastapi', 'hl7apy', 'pydantic', 'yaml', 'apscheduler'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_the_module_does_what_the_program_does() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "pathway_engine.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith("Usage: pathway ")
