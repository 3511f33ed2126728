"""Is somebody doing the work? One worker of several may die; all of them may not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pathway_engine.workers.scheduler import NAME
from tests.service.community import START, Community


def beaten(community: Community, *seconds_ago: float) -> object:
    """What health calls silent when workers have beaten so long ago, each for the last time, the oldest first."""
    for ago in seconds_ago:
        community.engine.beat(NAME, START - timedelta(seconds=ago))
    return community.engine.health(START)["silent"]


@pytest.mark.parametrize(
    ("seconds_ago", "silent"),
    [
        pytest.param((1,), [], id="one-lives"),
        pytest.param((900, 3, 2, 1), [], id="one-of-four-died-and-three-live"),
        pytest.param((900, 600, 31), [NAME], id="the-last-of-them-died"),
        pytest.param((), [NAME], id="none-was-ever-started"),
    ],
)
def test_workers_are_silent_when_all_of_them_are(
    community: Community, seconds_ago: tuple[float, ...], silent: list[str]
) -> None:
    assert beaten(community, *seconds_ago) == silent
    assert community.engine.health(START)["ok"] is not bool(silent)
