"""The Dockerfile's steps, run one by one in a scratch folder; what takes a daemon is said, not hidden."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.container.recipe import REPOSITORY, Step, copied, is_left_out, steps

OF_A_STAGE = "/build"
SHARED = ("/builder", "/wheel", "/app", "/var/lib/pathway")  # virtual environments know where they lie
ANY = re.compile(r"(?<![\w./-])/(?:builder|build|wheel|app|var/lib/pathway)\b")
NOT_HERE = ("useradd",)  # changes the machine


@dataclass
class Image:
    """A scratch folder in place of the image's file system, and *python* in place of the image's."""

    folder: Path
    python: str
    at: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def build(self) -> None:
        """Every step of the Dockerfile in its order; the first that fails ends it."""
        self._offer_python()
        for step in steps((REPOSITORY / "Dockerfile").read_text("utf-8")):
            began = time.monotonic()
            done = self._take(step)
            print(f"{time.monotonic() - began:7.1f} s  {step.stage:14}{done:9}{step.word} {step.rest[:90]}", flush=True)

    def place(self, path: str, stage: str) -> Path:
        """Where a *path* of the image lies: what a stage alone has, in a folder of its own."""
        whole = path if path.startswith("/") else f"{self.at.get(stage, '/')}/{path}"
        own = whole == OF_A_STAGE or whole.startswith(f"{OF_A_STAGE}/")
        return self.folder / (f"{stage}{whole}" if own else whole.lstrip("/"))

    def _offer_python(self) -> None:
        offered = self.folder / "bin" / "python"
        offered.parent.mkdir(parents=True)
        offered.write_text(f'#!/bin/sh\nexec {self.python} "$@"\n')
        offered.chmod(0o755)

    def _take(self, step: Step) -> str:
        if step.word == "WORKDIR":
            self.at[step.stage] = step.rest
            self.place(step.rest, step.stage).mkdir(parents=True, exist_ok=True)
        elif step.word == "COPY":
            self._copy(step)
        elif step.word == "ENV":
            self.environment |= dict(each.split("=", 1) for each in step.rest.split())
        elif step.word == "RUN" and not step.rest.startswith(NOT_HERE):
            self._run(step)
        else:
            return "not here"
        return "done"

    def _copy(self, step: Step) -> None:
        origin, sources, to = copied(step)
        for source in sources:
            came = self.place(source, origin) if origin else REPOSITORY / source
            goal = self.place(to, step.stage)
            if came != goal:
                _copy(came, goal / came.name if to.endswith("/") and came.is_file() else goal)

    def _run(self, step: Step) -> None:
        command = ANY.sub(lambda path: str(self.place(path[0], step.stage)), step.rest)
        environment = {name: os.environ[name] for name in os.environ if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        environment["PATH"] = f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        ran = subprocess.run(
            ["/bin/sh", "-ec", command],
            cwd=self.place("", step.stage),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise SystemExit(f"{step.word} {step.rest}\nended with {ran.returncode}\n{ran.stdout}{ran.stderr}")


def _copy(came: Path, goal: Path) -> None:
    """As a build copies: without what .dockerignore keeps out of the tree."""
    ignored = (REPOSITORY / ".dockerignore").read_text("utf-8")
    goal.parent.mkdir(parents=True, exist_ok=True)
    if came.is_file():
        shutil.copy2(came, goal)
    else:
        shutil.copytree(came, goal, dirs_exist_ok=True, ignore=lambda at, names: _left_out(at, names, ignored))


def _left_out(at: str, names: list[str], ignored: str) -> list[str]:
    if not Path(at).is_relative_to(REPOSITORY):
        return []
    inside = Path(at).relative_to(REPOSITORY)
    return [name for name in names if is_left_out(str(inside / name), ignored)]
