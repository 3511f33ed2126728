"""What the Dockerfile and compose.yaml say, as far as they can be tried where there is no daemon."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(\w+):\?[^}]*\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of the Dockerfile: the stage that it stands in, its word and what follows."""

    stage: str
    word: str
    rest: str


def steps(dockerfile: str) -> Iterator[Step]:
    """The instructions in order. The last stage has no name of its own and is called `final`."""
    stage = ""
    for line in re.sub(r"\\\n", " ", dockerfile).splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                stage = rest.rpartition(" AS ")[2] if " AS " in rest else "final"
            yield Step(stage, word, " ".join(rest.split()))


def copied(step: Step) -> tuple[str, list[str], str]:
    """What a COPY copies: the stage that it copies from (none: the tree), the sources, and where to."""
    words = step.rest.split()
    origin = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else ""
    return origin, words[:-1], words[-1]


def is_left_out(name: str, dockerignore: str) -> bool:
    """Whether .dockerignore keeps *name* out of what the build may copy; the last line that matches decides."""
    left_out = False
    for line in filter(None, map(str.strip, dockerignore.splitlines())):
        pattern = line.removeprefix("!").removeprefix("**/")
        path = PurePosixPath(name)
        if any(each.match(pattern) for each in [path, *path.parents][:-1]):
            left_out = not line.startswith("!")
    return left_out


def services(text: str, values: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """The services of compose.yaml with *values* in place of its variables."""
    found: Mapping[str, Mapping[str, Any]] = _with(text, values)["services"]
    return found


def configs(text: str, values: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """The files that compose.yaml holds itself, with *values* in place of its variables."""
    found: Mapping[str, Mapping[str, str]] = _with(text, values).get("configs", {})
    return found


def _with(text: str, values: Mapping[str, str]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(VARIABLE.sub(lambda variable: values[variable[1]], text))
    return found


def healthcheck(dockerfile: str) -> list[str]:
    """The command that tells whether the program in the image is well."""
    (rest,) = (step.rest for step in steps(dockerfile) if step.word == "HEALTHCHECK")
    command: list[str] = json.loads(rest.partition("CMD ")[2])
    return command
