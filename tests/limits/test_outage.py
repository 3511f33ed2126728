"""The database stopped, silent or cut off under a running program."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.limits.outage import Scene, outage, scene


@pytest.fixture(scope="module")
def on() -> Iterator[Scene]:
    folder = Path(tempfile.mkdtemp(prefix="pathway-outage-"))
    with scene(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.mark.crash
@pytest.mark.parametrize("kind", ["stopped", "silent"])
def test_a_database_that_goes_away_and_comes_back_loses_nothing_and_is_not_lied_about(on: Scene, kind: str) -> None:
    assert outage(on, kind).wrong == []
