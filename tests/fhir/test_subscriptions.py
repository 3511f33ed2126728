"""A program subscribes, shakes hands and is told of what changes: in order, without gaps, and only of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathway_engine.domain.subscriptions import Topic
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.storage.subscription_rows import EventRow
from tests.fhir.hook import BASE, Endpoint, Listening, claims, events_of, parameter, wished
from tests.fhir.independent import assert_valid
from tests.service.community import START

# -- what is told


def test_a_program_shakes_hands_and_is_told_of_tasks(listening: Listening, endpoint: Endpoint) -> None:
    id = listening.asks()
    assert listening.read(id)["status"] == "requested"
    listening.notifies()
    assert (endpoint.kinds(), listening.read(id)["status"]) == (["handshake"], "active")
    listening.community.brought_home()
    listening.notifies()
    tasks = {f"Task/{view.id}" for view in listening.community.list_of("kari").values()}
    assert set(endpoint.focuses()) >= tasks
    assert endpoint.numbers() == list(range(1, len(endpoint.events()) + 1))
    last = endpoint.bodies[-1]
    assert {entry["fullUrl"] for entry in last["entry"][1:]} == {f"{BASE}/{focus}" for focus in endpoint.focuses()}
    assert not any("resource" in entry for entry in last["entry"][1:])
    assert parameter(last, "events-since-subscription-start") == f"{len(endpoint.events())}"
    for body in [*endpoint.bodies, listening.read(id)]:
        assert_valid(body)


def test_a_press_of_a_nurse_is_told_once(listening: Listening, endpoint: Endpoint) -> None:
    listening.community.brought_home()
    listening.subscribes()
    task = claims(listening)
    assert listening.notifies() == 1
    (event,) = events_of(endpoint.bodies[-1])
    assert event["focus"] == f"Task/{task}"
    assert event["additional-context"].startswith("CarePlan/")
    assert endpoint.bodies[-1]["entry"][1]["request"] == {"method": "PUT", "url": f"Task/{task}"}
    assert listening.notifies(minutes=1) == 0


def test_what_time_changes_is_told(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: what goes on from the stored state is not compared."""
    listening.community.brought_home()
    listening.subscribes()
    listening.community.passes(days=1)
    listening.notifies()
    (body,) = endpoint.bodies[1:]
    assert {entry["request"]["method"] for entry in body["entry"][1:]} >= {"POST"}


def test_a_new_fold_that_changes_nothing_tells_nothing(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: everything that is saved is told."""
    listening.community.brought_home()
    for topic in Topic:
        listening.subscribes(topic)
    rebuild(listening.context, listening.community.now, check=False)
    listening.notifies()
    assert endpoint.events() == []


def test_a_correction_is_a_change(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: rows that a new fold withdraws are not compared."""
    listening.community.brought_home()
    before = {view.id for view in listening.community.list_of("kari").values()}
    listening.subscribes()
    phases = listening.subscribes(Topic.PHASE_CHANGED)
    listening.community.void("discharged/VN1")
    listening.notifies()
    gone = {f"Task/{id}" for id in before - {view.id for view in listening.community.list_of("kari").values()}}
    assert gone and gone <= set(endpoint.focuses())
    entries = {entry["fullUrl"].removeprefix(f"{BASE}/"): entry["request"]["method"]
               for body in endpoint.bodies for entry in body["entry"][1:]}  # fmt: skip
    assert {entries[focus] for focus in gone} == {"DELETE"}
    assert phases


def test_phases_and_readiness_are_told_to_who_may_see_the_patient(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: a change of phase that is told without asking for a ground."""
    listening.community.tell("admitted", receives_services=True)
    listening.subscribes(Topic.PHASE_CHANGED)
    listening.subscribes(Topic.DISCHARGE_READY)
    other, foreign = listening.as_seen_by("per"), Endpoint()
    listening.allow(endpoint.origin, foreign.origin)
    for topic in (Topic.PHASE_CHANGED, Topic.DISCHARGE_READY, Topic.TASK_CHANGED):
        assert other.post("/Subscription", json=wished(foreign.url, topic)).status_code == 201
    listening.community.passes(hours=26)
    listening.community.tell("discharge_ready")
    listening.notifies()
    told = [focus.partition("/")[0] for focus in endpoint.focuses()]
    assert told.count("CarePlan") == 1 and told.count("Encounter") == 1
    assert (foreign.kinds(), foreign.numbers()) == (["handshake"] * 3, [])
    listening.community.tell("discharge_ready_withdrawn")
    listening.notifies()
    assert [focus.partition("/")[0] for focus in endpoint.focuses()].count("Encounter") == 2
    foreign.stop()


def test_what_left_the_subscribers_lists_keeps_its_number_and_says_nothing(
    listening: Listening, endpoint: Endpoint
) -> None:
    """Mutant: visibility is asked only when it changes."""
    listening.community.brought_home()
    listening.subscribes()
    moved = claims(listening, step="HPH2")
    stays = claims(listening, step="DAILY")
    with listening.context.store.transaction() as records:
        row = records.task(moved)
        assert row is not None
        records.save_tasks([replace(row, audience=(("west", "home_care_nurse", False),))], START)
    listening.notifies()
    assert [(event["event-number"], event.get("focus")) for event in endpoint.events()] == [
        ("1", None), ("2", f"Task/{stays}"),
    ]  # fmt: skip
    assert moved not in str(endpoint.bodies)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        pytest.param(["Task?owner=Organization/east"], 2, id="the-unit"),
        pytest.param(["Task?owner=Organization/west"], 0, id="another-unit"),
        pytest.param(["Task?owner=Practitioner/ola,Practitioner/per"], 2, id="who-took-it"),
        pytest.param(["Task?code=DAILY"], 1, id="a-step"),
        pytest.param(["Task?code=https://pathway-engine.example/fhir/CodeSystem/step|HPH2&owner=east"], 1, id="both"),
        pytest.param(["Task?code=DAILY", "Task?owner=Organization/west"], 0, id="filters-all-hold"),
        pytest.param(["Task?status=completed"], 0, id="a-status-it-has-not"),
        pytest.param(["Task?status=completed,accepted"], 2, id="a-status-of-two"),
        pytest.param(["Task?patient=Patient/patient-1"], 2, id="the-patient"),
        pytest.param(["patient=patient-2"], 0, id="another-patient"),
    ],
)
def test_filters_narrow(on_sqlite: Listening, endpoint: Endpoint, filters: list[str], count: int) -> None:
    on_sqlite.community.brought_home()
    id = on_sqlite.subscribes(filters=filters)
    claims(on_sqlite, step="HPH2"), claims(on_sqlite, step="DAILY")
    on_sqlite.notifies()
    assert len(endpoint.events()) == count
    assert_valid(on_sqlite.read(id))


def test_empty_notifications_name_nothing(on_sqlite: Listening, endpoint: Endpoint) -> None:
    on_sqlite.community.brought_home()
    on_sqlite.subscribes(content="empty")
    task = claims(on_sqlite)
    on_sqlite.notifies()
    last = endpoint.bodies[-1]
    assert (len(last["entry"]), endpoint.numbers(), parameter(last, "topic")) == (1, [1], None)
    assert task not in str(last) and "CarePlan" not in str(last)
    assert_valid(last)


def test_no_notification_holds_more_events_than_are_taken(on_sqlite: Listening, endpoint: Endpoint) -> None:
    on_sqlite.subscribes(most=2)
    on_sqlite.community.brought_home()
    on_sqlite.notifies()
    sizes = [len(events_of(body)) for body in endpoint.bodies[1:]]
    assert max(sizes) == 2 and endpoint.numbers() == list(range(1, sum(sizes) + 1))


def test_heartbeats_come_when_nothing_else_does(on_sqlite: Listening, endpoint: Endpoint) -> None:
    """Mutant: a heartbeat counts as an event."""
    on_sqlite.community.brought_home()
    on_sqlite.subscribes(heartbeat=60)
    on_sqlite.notifies(seconds=59)
    assert endpoint.kinds() == ["handshake"]
    on_sqlite.notifies(seconds=1)
    claims(on_sqlite)
    on_sqlite.notifies(seconds=30)
    on_sqlite.notifies(seconds=59)
    assert endpoint.kinds()[-1] == "event-notification"
    on_sqlite.notifies(seconds=1)
    assert endpoint.kinds() == ["handshake", "heartbeat", "event-notification", "heartbeat"]
    assert [parameter(body, "events-since-subscription-start") for body in endpoint.bodies] == ["0", "0", "1", "1"]
    assert_valid(endpoint.bodies[1])


# -- nothing is skipped


def _event(id: str, focus: str, patient: str = "patient-1") -> EventRow:
    return EventRow(
        subscription_id=id, type="Task", focus=focus, episode="e", patient_id=patient, method="PUT",
        lists=(("east", "home_care_nurse"),), at=START,
    )  # fmt: skip


def test_a_commit_that_comes_late_is_told_late_and_never_skipped(on_postgresql: Listening, endpoint: Endpoint) -> None:
    """Two write at once, and the one that began first commits last. Mutant: a watermark over row numbers."""
    on_postgresql.community.brought_home()
    id = on_postgresql.subscribes()
    tasks = [view.id for view in on_postgresql.community.list_of("kari").values()][:2]
    store = on_postgresql.context.store
    with store.transaction() as first:
        first.add_events([_event(id, tasks[0])])
        first.flush()
        with store.transaction() as second:
            second.add_events([_event(id, tasks[1])])
        on_postgresql.notifies()
        assert endpoint.focuses() == [f"Task/{tasks[1]}"]
    on_postgresql.notifies()
    assert endpoint.focuses() == [f"Task/{tasks[1]}", f"Task/{tasks[0]}"]
    assert endpoint.numbers() == [1, 2]


def test_it_is_active_when_nobody_is_left_who_may_not_know_of_it(on_postgresql: Listening, endpoint: Endpoint) -> None:
    """What is committed after a program read its first list must be told to it. Mutant: active at the handshake."""
    on_postgresql.community.brought_home()
    with on_postgresql.context.store.transaction() as unaware:
        unaware.lock_patient("patient-1")
        assert unaware.listeners() == []
        id = on_postgresql.asks()
        on_postgresql.notifies()
        assert on_postgresql.read(id)["status"] == "requested"
    on_postgresql.notifies(seconds=2)
    assert on_postgresql.read(id)["status"] == "active"


def test_what_is_rolled_back_is_never_told(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: events committed before the change."""
    listening.community.brought_home()
    id = listening.subscribes()

    class Fault(Exception):
        pass

    with pytest.raises(Fault), listening.context.store.transaction() as records:
        records.add_events([_event(id, "ghost")])
        raise Fault
    claims(listening)
    listening.notifies()
    assert endpoint.numbers() == [1] and "ghost" not in str(endpoint.bodies)


# -- catching up


def test_status_and_events_let_a_program_catch_up(listening: Listening, endpoint: Endpoint) -> None:
    endpoint.answers = lambda number: 200 if number == 0 else 503
    listening.community.brought_home()
    id = listening.subscribes()
    tasks = [claims(listening, step="HPH2"), claims(listening, step="DAILY")]
    listening.notifies()
    (found,) = listening.face.get(f"/Subscription/{id}/$status").json()["entry"]
    told = {each["name"]: each for each in found["resource"]["parameter"]}
    assert told["events-since-subscription-start"]["valueString"] == "2"
    assert told["error"]["valueCodeableConcept"]["text"] == "HTTP503"
    every = listening.face.get(f"/Subscription/{id}/$events").json()
    assert [event["focus"] for event in events_of(every)] == [f"Task/{task}" for task in tasks]
    second = listening.face.get(f"/Subscription/{id}/$events?eventsSinceNumber=2&content=empty").json()
    assert [event["event-number"] for event in events_of(second)] == ["2"] and tasks[1] not in str(second)
    asked = {"resourceType": "Parameters", "parameter": [{"name": "eventsUntilNumber", "valueString": "1"}]}
    first = listening.face.post(f"/Subscription/{id}/$events", json=asked).json()
    assert [event["event-number"] for event in events_of(first)] == ["1"]
    listed = listening.face.get("/Subscription/$status?status=active,error").json()
    assert (listed["total"], listening.face.get("/Subscription/$status?status=off").json()["total"]) == (1, 0)
    for body in (every, second, first, listed):
        assert_valid(body)
    with listening.context.store.reading() as records:
        assert {row.action for row in records.audit()} >= {"events read", "subscription created"}
