"""The import contracts of pyproject.toml, as whoever draws the house or measures a road needs them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.architecture.source_tree import REPOSITORY

ENGINE = "pathway_engine."


@dataclass(frozen=True, slots=True)
class Wall:
    """A contract that forbids: what nobody in *sources* may import."""

    name: str
    sources: tuple[str, ...]
    forbidden: tuple[str, ...]


def layers() -> list[tuple[str, ...]]:
    """The rooms of each layer, from the top down; a room may import what stands below it."""
    (contract,) = (each for each in _contracts() if each["type"] == "layers")
    return [tuple(re.findall(r"[\w.]+", line)) for line in contract["layers"]]


def walls() -> list[Wall]:
    """What is forbidden beside the layers, in the order of the contracts."""
    found = (each for each in _contracts() if each["type"] == "forbidden")
    return [Wall(each["name"], tuple(each["source_modules"]), tuple(each["forbidden_modules"])) for each in found]


def height_of(path: str, rooms: Mapping[str, int]) -> int | None:
    """How far down in the house the file at *path* stands: 0 is the top; None outside the layers."""
    module = path.removesuffix(".py").replace("/", ".")
    return next((at for room, at in rooms.items() if module == room or module.startswith(f"{room}.")), None)


def heights() -> dict[str, int]:
    """Each room with its layer's number, counted from the top."""
    return {room: at for at, rooms in enumerate(layers()) for room in rooms}


def _contracts() -> list[dict[str, Any]]:
    told = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    contracts: list[dict[str, Any]] = told["tool"]["importlinter"]["contracts"]
    return contracts
