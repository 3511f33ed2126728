"""Some weeks of a small community, told to the program so that every table of its database has rows."""

from __future__ import annotations

from datetime import timedelta

from pathway_engine.domain.events import Act
from pathway_engine.domain.subscriptions import Topic
from pathway_engine.service.subscriptions.asking import Wanted, subscribe
from pathway_engine.service.views import Principal
from pathway_engine.storage.access_rows import AccountRow, EmergencyRow, SessionRow, SignOnRow
from pathway_engine.storage.rows import KeptRow
from tests.service.community import Community

PATHWAYS = ("hph", "heart_failure")


def lived(url: str) -> Community:
    """A community on the database at *url* after its story; close it."""
    community = Community(url, pathways=PATHWAYS)
    community.engine.grant_access_key("kari", "a key of the story", community.now)
    community.engine.new_feed(community.who("kari"), "a calendar of the story", community.now)
    _register(community)
    _access(community)
    _program(community)
    _homecoming(community)
    _work(community)
    _written(community)
    _merge(community)
    _oddities(community)
    community.passes(days=4)
    return community


def _register(community: Community) -> None:
    with community.engine.context.store.transaction() as records:
        records.put_directory(b"{}", "0" * 64, community.now)
        records.put_result("an act of the story", b"{}", community.now)
        records.say_free_places("inn", 3, 20, at=community.now, by="mia")
    community.engine.beat("heartbeat", community.now)


def _access(community: Community) -> None:
    """Kari has an account, is at work, typed something wrong, and somebody is away at the issuer's."""
    now = community.now
    with community.engine.context.store.transaction() as records:
        records.save_account(
            AccountRow(
                person="kari", password="$argon2id$a-hash", one_time="1" * 64, one_time_until=now,
                issuer="https://issuer.example", subject="subject of the story", changed_at=now,
            )
        )  # fmt: skip
        records.save_session(
            SessionRow(id="2" * 64, person="kari", role="home_care_nurse", method="password", began_at=now, seen_at=now)
        )
        records.put_failed_tries("3" * 64, 2, now)
        records.put_sign_on(
            SignOnRow(state="4" * 64, nonce="a nonce", verifier="a verifier", onwards="/", begun_at=now)
        )
        records.add_emergency(
            EmergencyRow(
                id="emergency of the story", person="per", patient_id="patient-1", reason="acute", words="Falt ute",
                at=now, until=now + timedelta(hours=4),
            )
        )  # fmt: skip


def _program(community: Community) -> None:
    """Kari's own list is told of her tasks; some events have their numbers."""
    now = community.now
    wanted = Wanted(
        topic=Topic.TASK_CHANGED, filters=(("owner", ("Organization/east",)),), endpoint="https://ehr.example/hook",
        headers=(("Authorization", "Bearer of the story"),), content="id-only", heartbeat_seconds=300, purpose="A list",
    )  # fmt: skip
    with community.engine.context.store.transaction() as records:
        subscribe(records, "subscription of the story", "kari", ("kari", "home_care_nurse"), wanted, now)


def _homecoming(community: Community) -> None:
    """From admission to home; the office answers the hospital, which is a message to be sent."""
    community.tell("admitted", receives_services=True)
    community.passes(hours=26)
    community.tell("discharge_ready")
    office = Principal(
        person="mia", name="Mia", role="allocation_office", seats=(("office", "allocation_office"),),
        unit_names=("Tildelingskontoret",),
    )  # fmt: skip
    (answer,) = community.engine.worklist(office, community.now)
    community.engine.act(
        office, answer.id, Act.COMPLETE, version=answer.version, key="answers", now=community.now,
        answers={"can_receive": "now", "contact": "Mia, 99 00 00 00", "offer_ready_on": community.now.date()},
    )  # fmt: skip
    community.passes(hours=20)
    community.tell("discharged", destination="home")


def _work(community: Community) -> None:
    """Kari answers and completes a task, and gives a wish day to another."""
    visit = community.list_of("kari")["HPH2"]
    who, now = community.who("kari"), community.now
    community.engine.act(who, visit.id, Act.CLAIM, version=visit.version, key="claims", now=now)
    community.engine.act(
        who, visit.id, Act.DEFER, version=visit.version + 1, key="defers", now=now, until=now + timedelta(days=1),
        reason="patient_wish", comment="Datteren kommer",
    )  # fmt: skip
    community.engine.act(
        who, visit.id, Act.NOT_APPLICABLE, version=visit.version + 2, key="ends", now=now, reason="done_elsewhere"
    )  # fmt: skip


def _written(community: Community) -> None:
    """The ward has written the stay over FHIR."""
    kept = KeptRow(
        type="Encounter", id="a stay of the story", version=1, patient_id="patient-1", stay="VN1",
        body=b'{"resourceType":"Encounter"}', sender="FJORD", at=community.now, inbox_id=1, last_seq=1,
    )  # fmt: skip
    with community.engine.context.store.transaction() as records:
        records.keep_resource(kept)


def _merge(community: Community) -> None:
    """A second record of a person with heart failure turns out to be a third's."""
    for patient, stay in (("200", "VN2"), ("300", "VN3")):
        community.send(patient=patient, stay=stay, district="02", entries=[_told(community, "admitted", stay)])
        community.passes(hours=5)
    community.send(patient="200", retires="300")
    community.send(patient="200", stay="VN2", district="02", entries=[_told(community, "discharged", "VN2")])


def _told(community: Community, name: str, stay: str) -> dict[str, object]:
    at = community.now.isoformat()
    facts = {"heart_failure": True, "receives_services": True, "destination": "home"}
    return {
        "id": f"{name}/{stay}", "name": name, "cause": f"{name}/{stay}", "at": at, "recorded": at, "stay": stay,
        "facts": facts,
    }  # fmt: skip


def _oddities(community: Community) -> None:
    """Messages that end elsewhere than applied; one is run again."""
    rejected = community.send(bad=True)
    community.send(poison=True)
    community.send(**{"from": "NOWHERE"})
    community.send(patient="100", stay="VN2", entries=[])
    engine = community.engine
    engine.context.committed(lambda records: records.reopen(rejected.inbox_id, community.now))
