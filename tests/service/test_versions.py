"""A running episode stays on the pathway version that it began with; new episodes take the one in force."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from pathway_engine.domain.directory import Directories
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.storage.store import Store
from tests.service.community import START, Community, PlainChannel, directory, shipped_files


def released_anew(community: Community) -> None:
    """Restart with a version of HPH that gives the visit five days."""
    files = dict(shipped_files())
    text = files["pathway.yaml"].decode().replace('version: "1.0.0"', 'version: "2.0.0"')
    start = text.index("  HPH2:\n")
    text = text[:start] + text[start:].replace("due: 3 days", "due: 5 days", 1)
    files["pathway.yaml"] = text.encode()
    community.close()
    numbers = itertools.count(500)
    context = build_context(
        Store(community.url),
        Directories(((START - timedelta(days=99), directory()),)),
        [files],
        [PlainChannel()],
        lambda: f"patient-{next(numbers)}",
        community.now,
    )
    community.engine = Engine(context)


def test_a_running_episode_keeps_its_version_and_a_new_one_takes_the_new(community: Community) -> None:
    """Mutant: the catalogue's current rules for every fold."""
    community.brought_home()
    released_anew(community)
    community.passes(hours=2)
    community.tell("visit_updated")
    assert community.list_of("kari")["HPH2"].due_at == datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)
    community.now = START
    for name in ("admitted", "discharge_ready", "discharged"):
        community.now += timedelta(hours=20)
        entry = {"id": f"N{name}", "name": name, "cause": f"{name}/VN9", "stay": "VN9", "at": community.now.isoformat()}
        entry |= {"recorded": community.now.isoformat()}
        facts = {"destination": "home", "receives_services": True}
        community.send(patient="900", district="01", stay="VN9", entries=[entry | {"facts": facts}])
    dues = sorted(
        view.due_at for view in community.engine.worklist(community.who("kari"), community.now)
        if view.step == "HPH2" and view.due_at
    )  # fmt: skip
    assert [due.date().isoformat() for due in dues] == ["2026-11-21", "2026-11-23"]
    assert rebuild(community.engine.context, community.now + timedelta(days=3), check=True).differing == ()
