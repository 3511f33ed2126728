"""What the database holds after messages in any order, with sweeps between, is what the log says."""

from __future__ import annotations

import pytest

from pathway_engine.domain.events import Acted, Entry, Happened
from pathway_engine.service.rebuilding import rebuild
from tests.properties.histories import deliveries, history
from tests.service.community import Community


def as_told(entry: Entry) -> dict[str, object]:
    """An entry as the plain channel writes it."""
    told: dict[str, object] = {"id": entry.id, "recorded": entry.recorded_at.isoformat()}
    if isinstance(entry, Happened):
        facts = {name: value for name, value in entry.facts.items() if isinstance(value, str | bool)}
        told |= {"name": entry.name, "cause": entry.cause, "at": entry.occurred_at.isoformat(), "facts": facts}
    elif not isinstance(entry, Acted):
        told |= {"void": entry.cause}
    return told | ({} if isinstance(entry, Acted) else {"stay": entry.stay})


@pytest.mark.parametrize("first", [0, 100])
def test_live_state_equals_the_rebuilt_one_whatever_the_order(community: Community, first: int) -> None:
    """Mutant: the short way taken for an event that lies before what time has already raised."""
    for seed in range(first, first + 12):
        for at, entry in deliveries(seed, history(seed)):
            if isinstance(entry, Acted):
                continue
            community.now = max(at, community.now)
            told = as_told(entry) | {"id": f"{seed}-{entry.id}"}
            community.send(id=f"{seed}-{entry.id}", patient=str(seed), district="01", entries=[told])
            if seed % 3 == 0:
                community.engine.wake_due(community.now)
    report = rebuild(community.engine.context, community.now, check=True)
    assert report.patients == 12
    assert report.episodes > 6
    assert report.differing == ()
