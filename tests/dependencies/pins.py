"""Every library that a lock pins: Python's from the requirements files, the browser's from package-lock.json."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PIN = re.compile(r"^([\w.-]+)==(\S+?)(?: ; (.+?))? \\$")
HASH = re.compile(r"--hash=(\w+):(\w+)")

RUN_TIME = "the program"
BROWSER = "the pages"
EXTRA = "an extra, if it is asked for"
DEVELOPMENT = "development and tests"
BUILDING = "building the wheel and fetching browser files"
USES = (RUN_TIME, BROWSER, EXTRA, DEVELOPMENT, BUILDING)


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of one library, with the hashes of its files (algorithm, hex) and what it is there for."""

    kind: str  # pypi or npm: the type of its package URL
    name: str
    version: str
    use: str
    hashes: tuple[tuple[str, str], ...]
    marker: str = ""  # where alone it is installed, as a Python environment marker
    stated_licence: str = ""  # what the lock itself says


def every_pin() -> list[Pin]:
    """Each library once, under the first use that it has in the order of `USES`."""
    found: dict[tuple[str, str, str], Pin] = {}
    for pin in sorted([*_python_pins(), *_npm_pins()], key=lambda pin: (USES.index(pin.use), pin.name, pin.version)):
        found.setdefault((pin.kind, pin.name, pin.version), pin)
    return list(found.values())


def _python_pins() -> Iterator[Pin]:
    yield from locked("requirements.lock", RUN_TIME)
    extras = _of_extras()
    for pin in locked("requirements-dev.lock", DEVELOPMENT):
        yield Pin(pin.kind, pin.name, pin.version, EXTRA, pin.hashes, pin.marker) if pin.name in extras else pin
    yield from locked("scripts/build.lock", BUILDING)
    yield from locked("scripts/node.lock", BUILDING)


def locked(lock: str, use: str) -> Iterator[Pin]:
    """The pins of one requirements file."""
    entries = re.split(r"^(?=\w)", (REPOSITORY / lock).read_text("utf-8"), flags=re.MULTILINE)
    for entry in entries:
        if pinned := PIN.match(entry.splitlines()[0] if entry else ""):
            yield Pin("pypi", pinned[1], pinned[2], use, tuple(sorted(HASH.findall(entry))), pinned[3] or "")


def _of_extras() -> set[str]:
    """What the extra `simulate` asks for, and what that asks for in turn."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    found: set[str] = set()
    waiting = [normal(each) for each in project["optional-dependencies"]["simulate"]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += required_by(name)
    return found


def required_by(name: str) -> list[str]:
    """The names that an installed library requires anywhere, without its own extras; none if it is not installed."""
    try:
        requirements = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    return sorted({normal(each) for each in requirements if "extra ==" not in each})


def normal(requirement: str) -> str:
    """A library's name as indexes write it: `ruamel.yaml[jinja2]>=1` is `ruamel-yaml`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;~!( ]", requirement.strip(), maxsplit=1)[0]).lower()


def _npm_pins() -> Iterator[Pin]:
    packages = json.loads((REPOSITORY / "package-lock.json").read_text("utf-8"))["packages"]
    for place, package in packages.items():
        if place:
            use = DEVELOPMENT if package.get("dev") else BROWSER
            name = place.rpartition("node_modules/")[2]
            algorithm, _, digest = package["integrity"].partition("-")
            hashes = ((algorithm, base64.b64decode(digest).hex()),)
            yield Pin("npm", name, package["version"], use, hashes, stated_licence=package["license"])
