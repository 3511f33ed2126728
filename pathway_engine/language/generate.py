"""Writes each pathway's page and diagrams: `python -m pathway_engine.language.generate [--check] [folder]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from pathway_engine.language.diagram import mermaid, svg
from pathway_engine.language.findings import DefinitionErrors
from pathway_engine.language.folder import PATHWAY_FILE, load_folder
from pathway_engine.language.readme import readme
from pathway_engine.language.yaml_reader import Scalar, Table, read_yaml


def main(arguments: list[str] | None = None) -> int:
    """Write what is stale, or with ``--check`` only name it; return the exit code."""
    parser = argparse.ArgumentParser(description="Write README.md, diagram.mmd and diagram.svg of every pathway.")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when a file is stale")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("pathways"), help="where the pathways are")
    chosen = parser.parse_args(arguments)
    try:
        outdated = stale(chosen.folder)
    except DefinitionErrors as wrong:
        print(wrong, file=sys.stderr)
        return 1
    for file, text in outdated.items():
        print(f"{file} is stale: run `make diagrams`" if chosen.check else f"{file} is written")
        if not chosen.check:
            file.write_text(text, encoding="utf-8", newline="\n")
    return 1 if chosen.check and outdated else 0


def stale(folder: Path) -> Mapping[Path, str]:
    """Return what each outdated or missing file at or below *folder* should say, in order of name."""
    pathways = sorted(file.parent for file in folder.rglob(PATHWAY_FILE))
    wanted = {each / name: text for each in pathways for name, text in generated(each).items()}
    return {file: text for file, text in wanted.items() if _content(file) != text.encode()}


def generated(folder: Path) -> Mapping[str, str]:
    """Return the generated files of the pathway in *folder*, by name; raise DefinitionErrors."""
    pathway = load_folder(folder)
    return {
        "README.md": readme(pathway, journey_titles(folder)),
        "diagram.mmd": mermaid(pathway),
        "diagram.svg": svg(pathway),
    }


def journey_titles(folder: Path) -> Mapping[str, str]:
    """Return what happens in each worked example of the pathway in *folder*, by file name."""
    files = sorted((folder / "journeys").glob("*.yaml"))
    return {file.name: _title(file) for file in files}


def _title(file: Path) -> str:
    root = read_yaml(file.read_bytes(), file.name)
    title = root.get("title") if isinstance(root, Table) else None
    return title.text if isinstance(title, Scalar) else file.stem


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


if __name__ == "__main__":
    sys.exit(main())
