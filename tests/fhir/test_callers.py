"""Keys of people and of senders: who comes with one, and what it is good for."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from pathway_engine.domain.directory import Sender
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import AS_SENDER, callers
from pathway_engine.web.messages import MessageDoor
from tests.fhir.conftest import BASE
from tests.service.community import Community
from tests.web.visitor import TestClient

KEYS = {"of the fhir sender": "epj-fhir", "of the adt sender": "fjord-epj", "of an engine": "*", "of nobody": "gone"}


@pytest.fixture
def house(community: Community) -> Community:
    """A community with a sender of resources, and a door for messages with keys."""
    senders = community.engine.context.directory.senders
    senders[("fhir", "WARD")] = Sender(id="epj-fhir", application="fhir", facility="WARD", organisation="fjord")  # type: ignore[index]
    return community


def door(community: Community) -> MessageDoor:
    keys = {hashlib.sha256(key.replace(" ", "-").encode()).hexdigest(): holder for key, holder in KEYS.items()}
    return MessageDoor(receive=community.engine.receive, sender_of=lambda family, raw: None, families={}, keys=keys)


def test_a_sender_s_key_writes_as_the_sender_and_meets_nobody(house: Community) -> None:
    find = callers(house.engine, holder=door(house).holder)
    found = find("Bearer of-the-fhir-sender", house.now, "10.0.0.1")
    assert found is not None
    assert (found.client, found.sender, found.who.seats) == ("epj-fhir", "WARD", ())
    assert found.scopes == AS_SENDER == {"system/Encounter.cru", "system/Patient.cru"}


@pytest.mark.parametrize("key", ["of-the-adt-sender", "of-an-engine", "of-nobody", "of-somebody-else"])
def test_keys_of_other_senders_are_nobody_s_here(house: Community, key: str) -> None:
    """An integration engine's key names no sender, and an ADT sender writes no resources."""
    assert callers(house.engine, holder=door(house).holder)(f"Bearer {key}", house.now, "10.0.0.1") is None


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic of-the-fhir-sender", "of-the-fhir-sender", "Bearer æøå"]
)
def test_what_is_no_bearer_s_key_is_nobody_s(house: Community, header: str) -> None:
    assert callers(house.engine, holder=door(house).holder)(header, house.now, "10.0.0.1") is None


def test_a_sender_s_key_reads_and_searches_nothing(house: Community) -> None:
    house.brought_home()
    app = create_fhir_app(
        house.engine.context, callers(house.engine, holder=door(house).holder), lambda: house.now, BASE
    )
    face = TestClient(app, headers={"Authorization": "Bearer of-the-fhir-sender"})
    task = house.list_of("kari")["HPH2"]
    statuses = [face.get(path).status_code for path in (f"/Task/{task.id}", "/Task", "/Patient", "/AuditEvent")]
    assert statuses == [403, 403, 403, 403]
    assert face.get(f"/Patient/{task.patient_id}").status_code == 404
    assert "system/Task.r would be right" in face.get(f"/Task/{task.id}").text


def test_a_person_who_has_left_has_no_key(house: Community) -> None:
    house.engine.grant_access_key("kari", "k" * 40, house.now)
    find = callers(house.engine)
    assert find("bearer " + "k" * 40, house.now) is not None
    people = house.engine.context.directory.people
    people["kari"] = replace(people["kari"], seats=())  # type: ignore[index]
    assert find("Bearer " + "k" * 40, house.now) is None
