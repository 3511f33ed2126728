"""Is a resource valid R4? Asked of a validator that shares nothing with ours: Medplum's, or fhirclient's models.

`assert_valid` is for every test that sees an answer of ours. Where node and node_modules/@medplum stand, one node
process for the whole run checks structure, cardinality, invariants, required bindings, reference targets, empty values,
periods, narratives and Bundles (``independent.mjs``); elsewhere fhirclient's strict models check structure alone.
"""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("independent.mjs")
MEDPLUM = REPOSITORY / "node_modules" / "@medplum"
Resource = Mapping[str, Any] | bytes | str


def assert_valid(resource: Resource, profile: Mapping[str, Any] | None = None) -> None:
    """Fail, listing all that is wrong, unless *resource* is valid R4, and valid by *profile* (with a snapshot)."""
    found = problems(resource, profile)
    if found:
        shown = json.dumps(_parsed(resource), ensure_ascii=False, indent=1)
        raise AssertionError("not valid R4:\n  " + "\n  ".join(found) + f"\n{shown[:4000]}")


def problems(resource: Resource, profile: Mapping[str, Any] | None = None) -> list[str]:
    """All that is wrong with *resource*, each as ``path: what``."""
    parsed = _parsed(resource)
    return _asked(parsed, profile) if by_medplum() else _by_fhirclient(parsed)


@cache
def by_medplum() -> bool:
    """True where Medplum's validator can be asked; else only structure is checked."""
    return shutil.which("node") is not None and (MEDPLUM / "core").is_dir() and (MEDPLUM / "definitions").is_dir()


def _parsed(resource: Resource) -> Any:
    return json.loads(resource) if isinstance(resource, bytes | str) else resource


def _asked(resource: Any, profile: Mapping[str, Any] | None) -> list[str]:
    process = _node()
    assert process.stdin is not None and process.stdout is not None
    asked = {"resource": resource, "profile": profile} if profile else {"resource": resource}
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, "the validator is gone; run tests/fhir/independent.mjs by hand to see why"
    return list(json.loads(line))


@cache
def _node() -> subprocess.Popen[bytes]:
    command = ["node", "--max-old-space-size=1024", str(SCRIPT), str(REPOSITORY)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(_ended, process)
    return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def _by_fhirclient(resource: Any) -> list[str]:
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(name, str) or not name.isalpha():
        return ["no resourceType"]
    try:
        module = import_module(f"fhirclient.models.{name.lower()}")
    except ModuleNotFoundError:
        return [f"{name} is no type of R4"]
    try:
        getattr(module, name)(resource, strict=True)
    except Exception as error:
        return [f"{name}: {error}"]
    return []
