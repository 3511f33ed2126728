"""Scenarios on disk and as shipped with the program, with the pathways that they may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.language.findings import Finding, shown
from pathway_engine.language.vocabulary import one_of
from simulations.language.reader import read_scenario
from simulations.scenario import Scenario

FOLDER = Path(__file__).with_name("scenarios")


def shipped_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that ship with the program, in order."""
    return tuple(sorted(each.stem for each in FOLDER.glob("*.yaml")))


def load_scenario(name: str, own: Path | None = None) -> tuple[Scenario, tuple[Finding, ...]]:
    """Return the scenario in the file *name*, or the shipped one of that name, with its warnings.

    Its pathway is one that ships, or one of the folder *own*. Raise DefinitionErrors with all that is wrong in it,
    DefinitionError when there is none.
    """
    path = Path(name)
    if path.is_file():
        return read_scenario(path.read_bytes(), path.name, Pathways(own))
    known = shipped_scenarios()
    if name not in known:
        raise DefinitionError(f"found the scenario {shown(name)}; would be right: a file, or {one_of(known, name)}")
    content = (FOLDER / f"{name}.yaml").read_bytes()
    return read_scenario(content, f"{name}.yaml", Pathways(own))


class Pathways(Mapping[str, Pathway]):
    """The pathways by name, those of the folder *own* before those that ship.

    Each is read when it is asked for, and so is what reads them.
    """

    def __init__(self, own: Path | None = None) -> None:
        self._own = own

    def __getitem__(self, name: str) -> Pathway:
        from pathway_engine.language.folder import load_folder, load_shipped, shipped_names

        if self._own is not None and name in self._own_names():
            return load_folder(self._own / name)
        if name not in shipped_names():
            raise KeyError(name)
        return load_shipped(name)

    def __iter__(self) -> Iterator[str]:
        from pathway_engine.language.folder import shipped_names

        return iter(sorted({*shipped_names(), *self._own_names()}))

    def __len__(self) -> int:
        return len(tuple(iter(self)))

    def _own_names(self) -> tuple[str, ...]:
        """The folders of pathways in the folder of one's own; a folder is named as its pathway."""
        from pathway_engine.language.folder import PATHWAY_FILE

        return () if self._own is None else tuple(file.parent.name for file in self._own.glob(f"*/{PATHWAY_FILE}"))
