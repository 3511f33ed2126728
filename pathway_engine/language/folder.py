"""Pathway folders: on disk, or as shipped with the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.language.findings import DefinitionErrors, Finding, in_order, shown
from pathway_engine.language.reader import read_pathway
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import LARGEST_FILE_BYTES

PATHWAY_FILE = "pathway.yaml"


def load_folder(path: Path) -> Pathway:
    """Return the pathway in the folder *path*; raise DefinitionErrors with all that is wrong in it."""
    return read_pathway(files_in(path))[0]


def load_shipped(name: str) -> Pathway:
    """Return the pathway *name* that ships with the program; raise DefinitionError when there is none."""
    known = shipped_names()
    if name not in known:
        raise DefinitionError(f"found the pathway {shown(name)}; would be right: {one_of(known, name)}")
    return read_pathway(files_in(resources("pathways") / name))[0]


def shipped_names() -> tuple[str, ...]:
    """Return the names of the pathways that ship with the program, in order."""
    folders = resources("pathways").iterdir()
    return tuple(sorted(each.name for each in folders if each.is_dir() and (each / PATHWAY_FILE).is_file()))


def check_folder(path: Path) -> list[Finding]:
    """Return what is wrong and worth knowing in every pathway at or below *path*, by file and line.

    Files are named relative to *path*. A folder without any pathway is itself a finding.
    """
    folders = sorted(each.parent for each in path.rglob(PATHWAY_FILE))
    if not folders:
        return [Finding(PATHWAY_FILE, 1, 1, "a folder without a pathway", f"a {PATHWAY_FILE} in it", "no-file")]
    found = [finding for folder in folders for finding in _findings_below(folder, path)]
    return list(in_order(found))


def files_in(folder: Path | Traversable) -> Mapping[str, bytes]:
    """Return the contents of pathway.yaml and checklists/*.yaml in *folder*, by relative name."""
    return dict(_contents(folder))


def _contents(folder: Path | Traversable) -> Iterator[tuple[str, bytes]]:
    if (folder / PATHWAY_FILE).is_file():
        yield PATHWAY_FILE, _start_of(folder / PATHWAY_FILE)
    checklists = folder / "checklists"
    if checklists.is_dir():
        for file in sorted(checklists.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".yaml") and file.is_file():
                yield f"checklists/{file.name}", _start_of(file)


def _start_of(file: Path | Traversable) -> bytes:
    """Return the file's bytes, one more than allowed at most: the reader then refuses it by size."""
    with file.open("rb") as opened:
        return opened.read(LARGEST_FILE_BYTES + 1)


def _findings_below(folder: Path, top: Path) -> Iterator[Finding]:
    try:
        pathway, findings = read_pathway(files_in(folder))
        findings += _misnamed(folder, pathway)
    except DefinitionErrors as errors:
        findings = errors.findings
    for finding in findings:
        yield replace(finding, file=(folder / finding.file).relative_to(top).as_posix())


def _misnamed(folder: Path, pathway: Pathway) -> tuple[Finding, ...]:
    name = folder.resolve().name
    if pathway.id == name:
        return ()
    return (
        Finding(
            PATHWAY_FILE,
            1,
            1,
            f"the pathway {shown(pathway.id)} in the folder {shown(name)}",
            "a folder named as the pathway",
            "folder-name",
        ),
    )
