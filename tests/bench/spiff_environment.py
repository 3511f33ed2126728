"""An environment of its own for the one library that is measured and not used: never a part of the program."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
LOCK = Path(__file__).with_name("requirements.lock")
FOLDER = REPOSITORY / "build" / "bench-env"
MARK = FOLDER / "installed.lock"


def python_with_spiff(*, install: bool) -> Path | None:
    """The Python that has SpiffWorkflow; installed now if need be and allowed, None when that fails."""
    python = FOLDER / "bin" / "python"
    if MARK.is_file() and MARK.read_bytes() == LOCK.read_bytes():
        return python
    if not install:
        return None
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(FOLDER)],
        [
            str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r",
            str(LOCK),
        ],
    ]  # fmt: skip
    if any(subprocess.run(step, stderr=subprocess.DEVNULL, check=False).returncode for step in steps):
        return None
    MARK.write_bytes(LOCK.read_bytes())
    return python


def python_path(python: Path) -> dict[str, str]:
    """The variables with which *python* finds this repository and, after its own, our libraries."""
    ours = "" if python == Path(sys.executable) else sysconfig.get_path("purelib")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), ours]))}
