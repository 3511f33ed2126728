"""`pathway check` and `pathway diagram`: what a pathway designer needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pathway_engine.cli.program import FINE, PROBLEMS, Refused, as_json, end, print_json

if TYPE_CHECKING:
    from pathway_engine.domain.definition import Pathway
    from pathway_engine.language.findings import Finding

FOLDER = click.Path(exists=True, path_type=Path)


@click.command("check")
@click.argument("paths", nargs=-1, required=True, type=FOLDER)
@as_json
def check_command(paths: tuple[Path, ...], as_json: bool) -> None:
    """Say what is wrong in the pathways at or below PATHS: file, line, column, and what would be right.

    \b
      pathway check pathways/
      pathway check pathways/hph --json

    Ends with 1 when there is any error; warnings alone are fine.
    """
    from pathway_engine.language.folder import check_folder

    found = [(path, finding) for path in map(folder_of, paths) for finding in check_folder(path)]
    if as_json:
        print_json([_shown(path, finding) for path, finding in found])
    else:
        for path, finding in found:
            click.echo(f"{path / str(finding)}{'' if finding.level == 'error' else ' (warning)'}")
    errors = sum(finding.level == "error" for _, finding in found)
    if not as_json:
        click.echo(f"{counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}")
    end(PROBLEMS if errors else FINE)


def folder_of(path: Path) -> Path:
    """Return the folder that is meant: a file in it may be named too."""
    return path if path.is_dir() else path.parent


def counted(number: int, thing: str, things: str = "") -> str:
    """Say how many there are: `1 error`, `2 errors`."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


@contextmanager
def naming(folder: Path) -> Iterator[None]:
    """Let mistakes in the files of *folder* be told with the folder's name, and where to read on."""
    from pathway_engine.language.findings import DefinitionErrors

    try:
        yield
    except DefinitionErrors as errors:
        told = [f"{folder / str(finding)}" for finding in errors.findings]
        raise Refused("\n".join(["the pathway is not right yet:", *told])) from None


def _shown(path: Path, finding: Finding) -> dict[str, object]:
    return {
        "path": str(path), "file": finding.file, "line": finding.line, "column": finding.column, "level": finding.level,
        "code": finding.code, "message": finding.message,
    }  # fmt: skip


@click.command("diagram")
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["mermaid", "svg"]), default="mermaid", show_default=True)
def diagram_command(name: str, form: str) -> None:
    """Draw a pathway: one that ships with the program by NAME, or the one in a folder.

    \b
      pathway diagram hph
      pathway diagram pathways/hph --format svg > hph.svg
    """
    from pathway_engine.language.diagram import mermaid, svg

    pathway = _pathway(name)
    click.echo(svg(pathway) if form == "svg" else mermaid(pathway), nl=False)


def _pathway(name: str) -> Pathway:
    from pathway_engine.language.folder import PATHWAY_FILE, load_folder, load_shipped

    folder = Path(name)
    if not folder.is_dir():
        return load_shipped(name)
    if not (folder / PATHWAY_FILE).is_file():
        inside = sorted(str(file.parent) for file in folder.glob(f"*/{PATHWAY_FILE}"))
        raise Refused(f"{folder} has no {PATHWAY_FILE}; would be right: {', '.join(inside) or 'a folder of a pathway'}")
    with naming(folder):
        return load_folder(folder)
