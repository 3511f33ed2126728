"""The project's own files, as git would see them, and the functions in them."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOMS = ("pathway_engine", "pathways", "adapters", "simulations")
MADE = {".git", ".venv", "node_modules", "build", "dist", "vendor", "var", "__pycache__"}


def project_files() -> list[Path]:
    """Every file that is tracked or would be; in a copy without git, every file that no tool made."""
    return sorted(path for path in _files_of_git() or _files_of_the_folder() if path.is_file())


def program_sources() -> list[Path]:
    """The Python files of the four rooms."""
    return [path for path in project_files() if path.suffix == ".py" and _room(path) in ROOMS]


def _files_of_git() -> list[Path]:
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        return []
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return [REPOSITORY / name for name in listing.stdout.split("\0") if name]


def _files_of_the_folder() -> Iterator[Path]:
    for path in REPOSITORY.rglob("*"):
        parts = path.relative_to(REPOSITORY).parts
        hidden = any(part.startswith(".") and part.endswith(("cache", ".hypothesis")) for part in parts)
        if not MADE.intersection(parts) and not hidden:
            yield path


def _room(path: Path) -> str:
    return path.relative_to(REPOSITORY).parts[0]


@dataclass(frozen=True, slots=True)
class Function:
    """A function's place and its length in lines, from `def` to its last line."""

    place: str
    lines: int


def functions_of(path: Path) -> Iterator[Function]:
    """Every function and method in *path*."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            place = f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.name}"
            yield Function(place, node.end_lineno - node.lineno + 1)
