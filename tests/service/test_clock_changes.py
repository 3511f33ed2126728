"""The service's own clock may be wrong: behind the sender's, or set back; nothing that was told vanishes for it."""

from __future__ import annotations

from datetime import timedelta

from pathway_engine.domain.events import Act
from pathway_engine.service.rebuilding import rebuild
from tests.service.community import Community


def test_what_a_sender_ahead_of_our_clock_tells_is_there_however_it_is_folded(community: Community) -> None:
    """Found by simulation, seed 3; mutant: a new fold that leaves out what lies after our clock."""
    community.tell("admitted", receives_services=True)
    community.passes(hours=26)
    ready_at = community.now
    community.now = ready_at - timedelta(hours=1)
    entry = {"id": "R1", "name": "discharge_ready", "cause": "discharge_ready/VN1/1", "at": ready_at.isoformat()}
    community.send(entries=[entry | {"recorded": ready_at.isoformat(), "stay": "VN1"}], stay="VN1", district="01")
    assert "HPH1" in community.list_of("kari")
    assert rebuild(community.engine.context, community.now, check=True).differing == ()


def test_a_clock_that_is_set_back_takes_no_task_and_no_act_away(community: Community) -> None:
    """Mutant: a new fold that leaves out what lies after our clock; nothing would wake it up again."""
    community.brought_home()
    seen = community.list_of("kari")["HPH2"]
    community.engine.act(
        community.who("kari"), seen.id, Act.CLAIM, version=seen.version, key="claim", now=community.now
    )
    community.now -= timedelta(hours=1)
    community.tell("discharged", destination="home")  # revised, so the whole log is folded
    assert community.list_of("kari")["HPH2"].performer == "kari"
    community.passes(hours=2)
    assert community.list_of("kari")["HPH2"].performer == "kari"


def test_a_message_from_a_day_far_ahead_waits_for_a_person(community: Community) -> None:
    """Mutant: a wrong year lets all the days until then pass at once, with a task for each."""
    community.brought_home()
    before = community.list_of("kari")
    far = (community.now + timedelta(days=20)).isoformat()
    entry = {"id": "F1", "name": "fall_reported", "cause": "fall/1", "at": far, "recorded": community.now.isoformat()}
    answered = community.send(entries=[entry])
    assert (answered.disposition, b"has not come" in (answered.answer or b"")) == ("unplaced", True)
    assert community.list_of("kari") == before
