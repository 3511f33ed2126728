"""Pathways, steps, checklists, codes and profiles as FHIR has them: valid, whole, and joined by canonicals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.fhir.canonicals import logical_id
from adapters.fhir.checks import READABLE, check
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.exchange import Caller, Exchange, Found
from pathway_engine.fhir.resources import SERVED
from pathway_engine.language.folder import files_in
from pathway_engine.service.context import build_context
from tests.fhir.independent import problems
from tests.service.community import SHIPPED, Community
from tests.web.visitor import TestClient

BASE = "http://testserver"
SHIPS = ("hph", "heart_failure", "ward_stay", "dialogue")
DEFINED = (
    "PlanDefinition", "ActivityDefinition", "Questionnaire", "Organization", "HealthcareService", "Practitioner",
    "PractitionerRole", "CodeSystem", "ValueSet", "StructureDefinition", "SearchParameter",
)  # fmt: skip


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Community]:
    made = Community(f"sqlite:///{tmp_path_factory.mktemp('know')}/all.db", SHIPS)
    yield made
    made.close()


def all_of(community: Community, type: str) -> list[Found]:
    """Every resource of a type, as home care's Kari may see it."""
    every = SERVED[type].every
    assert every is not None

    def work(records: Any) -> list[Found]:
        caller = Caller(client="kari", who=community.who("kari"))
        asked = Exchange(
            context=community.engine.context, records=records, caller=caller, now=community.now, base=BASE,
            served=SERVED,
        )  # fmt: skip
        return list(every(asked))

    return community.engine.context.committed(work)


@pytest.mark.parametrize("type", DEFINED)
def test_each_of_them_is_valid(everything: Community, type: str) -> None:
    found = all_of(everything, type)
    assert found, type
    told = {str(each.resource["id"]): problems(each.resource) for each in found}
    assert {id: wrong for id, wrong in told.items() if wrong} == {}
    if type in READABLE:
        assert [check(each.resource) for each in found if check(each.resource)] == []


@pytest.mark.parametrize("type", DEFINED)
def test_no_two_have_one_id(everything: Community, type: str) -> None:
    ids = [each.resource["id"] for each in all_of(everything, type)]
    assert len(set(ids)) == len(ids)


def test_every_canonical_of_ours_leads_to_what_is_served(everything: Community) -> None:
    urls = {each.resource.get("url") for type in DEFINED for each in all_of(everything, type)}
    named = {
        canonical.partition("|")[0]
        for type in DEFINED
        for each in all_of(everything, type)
        for canonical in _canonicals(each.resource)
    }
    assert {each for each in named if each not in urls} == set()
    assert len(named) > 60


def _canonicals(node: object) -> Iterator[str]:
    """Every canonical of ours that a resource names."""
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and "pathway-engine.example/fhir/" in value and name not in ("fullUrl", "url"):
                if not value.endswith("/definition-hash"):
                    yield value
            else:
                yield from _canonicals(value)
    elif isinstance(node, list):
        for each in node:
            yield from _canonicals(each)


def test_a_step_says_what_the_pathway_file_says(everything: Community) -> None:
    plan = next(each.resource for each in all_of(everything, "PlanDefinition") if each.resource["id"] == "hph")
    actions: dict[str, Any] = {each["id"]: each for each in plan["action"]}  # type: ignore[attr-defined]
    assert list(actions)[:4] == ["HPH0", "HPH0B", "HPH1", "ANSWER"]
    answer, offer = actions["ANSWER"], actions["OFFER"]
    assert answer["trigger"] == [{"type": "named-event", "name": "discharge_ready"}]
    assert answer["priority"] == "urgent"
    assert "timingDuration" not in answer, "two working hours are no elapsed time"
    assert _rule(answer)["due"] == "2 working hours"
    assert offer["relatedAction"] == [{"actionId": "ANSWER", "relationship": "after-end"}]
    assert offer["condition"][0]["expression"]["expression"] == "can_receive in [from_date, cannot]"
    assert actions["HPH2"]["timingDuration"]["value"] == 3
    assert actions["HPH2"]["trigger"][0]["name"] == "phase:at_home"
    assert offer["definitionCanonical"].endswith("/ActivityDefinition/hph-OFFER|1.1.0")


def _rule(action: Any) -> dict[str, Any]:
    parts = action["extension"][0]["extension"]
    return {
        each["url"]: next((value for key, value in each.items() if key.startswith("value")), None) for each in parts
    }


def test_a_checklist_asks_in_both_languages(everything: Community) -> None:
    items = {
        item["linkId"]: item
        for each in all_of(everything, "Questionnaire")
        if each.resource["id"] == "hph-hph2"
        for item in each.resource["item"]  # type: ignore[attr-defined]
    }
    general, pain = items["general"], items["pain"]
    assert general["text"] == "Allmenntilstand siden hjemkomst"
    assert general["_text"]["extension"][0]["extension"][1]["valueString"] == "General condition since coming home"
    assert [each["valueCoding"]["code"] for each in general["answerOption"]] == ["better", "same", "worse"]
    assert [each["valueCoding"]["code"] for each in items["nutrition"]["answerOption"]] == [
        "yes",
        "no",
        "not_applicable",
    ]
    assert (pain["type"], pain["required"]) == ("decimal", True)
    bounds = {each["url"].rpartition("/")[2]: each for each in pain["extension"]}
    assert (bounds["minValue"]["valueDecimal"], bounds["maxValue"]["valueDecimal"]) == (0, 10)


def test_names_that_fhir_cannot_say_still_have_an_id_each() -> None:
    assert logical_id("heart_failure", "HF1") == "heart.failure-HF1"
    long = logical_id("a" * 64, "b" * 64), logical_id("a" * 64, "c" * 64)
    assert long[0] != long[1] and {len(each) for each in long} == {64}
    assert logical_id("åse") != logical_id("øse")


def test_a_version_that_an_episode_keeps_is_still_served(sqlite_url: str) -> None:
    community = Community(sqlite_url)
    older = community.engine.context.catalogue.current["hph"].pathway.hash
    files = {
        name: raw.replace(b'version: "1.1.0"', b'version: "1.2.0"') for name, raw in files_in(SHIPPED / "hph").items()
    }
    context = community.engine.context
    newer = build_context(
        context.store, context.directories, [files], list(context.channels.values()), context.new_id, community.now
    )
    community.engine.grant_access_key("kari", "k" * 40, community.now)
    face = TestClient(
        create_fhir_app(newer, callers(community.engine), lambda: community.now, BASE),
        headers={"Authorization": f"Bearer {'k' * 40}"},
    )
    current, kept = face.get("/PlanDefinition/hph").json(), face.get(f"/PlanDefinition/hph-{older[:8]}").json()
    assert (current["version"], current["status"]) == ("1.2.0", "active")
    assert (kept["version"], kept["status"]) == ("1.1.0", "retired")
    assert kept["url"] == current["url"]
    found = face.get("/PlanDefinition", params={"url": current["url"], "version": "1.1.0"}).json()
    assert [each["resource"]["id"] for each in found["entry"]] == [kept["id"]]
    refused = face.post(f"/PlanDefinition/{kept['id']}/$apply?subject=Patient/none")
    assert refused.status_code == 422
    community.close()


def test_the_directory_is_read_and_searched(face: TestClient) -> None:
    ward = face.get("/Organization/ward").json()
    assert (ward["name"], ward["partOf"]) == ("Medisinsk sengepost", {"reference": "Organization/fjord"})
    below = face.get("/Organization?partof=Organization/5001").json()
    assert {each["resource"]["id"] for each in below["entry"]} == {"office", "east", "west"}
    roles = face.get("/PractitionerRole?practitioner=Practitioner/ina&role=primary_contact").json()
    assert [each["resource"]["organization"]["reference"] for each in roles["entry"]] == ["Organization/east"]
    assert face.get("/HealthcareService?service-type=home_care_nurse").json()["total"] == 2
    assert face.get("/Practitioner?name=kari").json()["entry"][0]["resource"]["name"][0]["family"] == "Sykepleier"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_definitions_are_not_written_here(face: TestClient, method: str) -> None:
    address = "/PlanDefinition" if method == "post" else "/PlanDefinition/hph"
    answer = face.request(method, address)
    assert answer.status_code == 405
    assert "administrator" in answer.json()["issue"][0]["details"]["text"]


def test_a_search_parameter_of_ours_is_published(face: TestClient) -> None:
    found = face.get("/SearchParameter/Task-due-date").json()
    assert (found["code"], found["base"], found["expression"]) == ("due-date", ["Task"], "Task.restriction.period.end")
