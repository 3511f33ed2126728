"""Scopes: what is granted is what was asked for and registered, and nothing beyond it is done."""

from __future__ import annotations

import pytest

from adapters.fhir.outcome import FhirRefusal
from pathway_engine.fhir.exchange import Answer, Caller, Exchange
from pathway_engine.fhir.scopes import UnfitScope, allows, granted, read_scope, require, require_shown
from pathway_engine.service.views import Principal
from tests.service.community import Community


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("system/Task.rs", "rs"), ("system/Task.cruds", "cruds"), ("system/Task.s", "s"),
        ("system/Task.read", "rs"), ("system/Task.write", "cud"), ("system/Task.*", "cruds"),
    ],
)  # fmt: skip
def test_both_versions_of_scopes_are_read(text: str, letters: str) -> None:
    assert read_scope(text) == ("Task", frozenset(letters))


@pytest.mark.parametrize(
    "text",
    [
        "system/Task.", "system/Task.sr", "system/Task.rr", "system/Task.x", "system/.rs", "system/task.rs",
        "patient/Task.rs", "user/Task.rs", "system/Task.rs?status=requested", "system/Task.rs ", "openid", "", "*",
        "system/Task.reads", "system/*",
    ],
)  # fmt: skip
def test_what_would_not_be_held_is_no_scope(text: str) -> None:
    with pytest.raises(UnfitScope):
        read_scope(text)


@pytest.mark.parametrize(
    ("asked", "registered", "held"),
    [
        ("system/Task.rs", {"system/Task.cruds"}, {"system/Task.rs"}),
        ("system/Task.cruds", {"system/Task.rs"}, {"system/Task.rs"}),
        ("system/*.rs", {"system/Task.cru", "system/Patient.r"}, {"system/Task.r", "system/Patient.r"}),
        ("system/Task.u", {"system/*.cruds"}, {"system/Task.u"}),
        ("system/*.*", {"system/*.read"}, {"system/*.rs"}),
        ("system/Task.c system/Task.r", {"system/Task.cruds"}, {"system/Task.cr"}),
        ("system/Task.d", {"system/Task.cru"}, set()),
        ("system/Task.rs?status=ready", {"system/Task.rs"}, set()),
        ("system/Encounter.c", {"system/Task.rs"}, set()),
    ],
)
def test_granted_is_what_is_asked_for_and_registered(asked: str, registered: set[str], held: set[str]) -> None:
    assert granted(asked, registered) == held


def test_a_letter_on_one_type_is_none_on_another() -> None:
    held = frozenset({"system/Task.rs", "system/Patient.r"})
    assert [allows(held, *each) for each in (("Task", "s"), ("Patient", "s"), ("Task", "u"), ("Encounter", "r"))] == [
        True, False, False, False,
    ]  # fmt: skip


def exchange(community: Community, held: str, **asked: object) -> Exchange:
    who = Principal(person="kari", name="", role="", seats=())
    caller = Caller(client="epj", who=who, scopes=frozenset(held.split()))
    told = {"context": community.engine.context, "records": None, "now": community.now, "base": "", "type": "Task"}
    return Exchange(**{**told, "caller": caller, **asked})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("interaction", "asked", "right"),
    [
        ("read", {}, "system/Task.r"),
        ("search-type", {}, "system/Task.s"),
        ("create", {}, "system/Task.c"),
        ("create", {"query": (("identifier", "a|b"),)}, "system/Task.s"),
        ("create", {"headers": {"if-none-exist": "identifier=a|b"}}, "system/Task.s"),
        ("update", {}, "system/Task.u"),
        ("patch", {}, "system/Task.u"),
        ("delete", {}, "system/Task.d"),
        ("operation", {"operation": "$validate", "method": "POST"}, "system/Task.r"),
        ("operation", {"operation": "$apply", "method": "POST", "type": "PlanDefinition"}, "system/CarePlan.c"),
    ],
)
def test_each_interaction_takes_its_own_letter(
    community: Community, interaction: str, asked: dict[str, object], right: str
) -> None:
    """All scopes but the right one are not enough, and the refusal names the right one."""
    type, letter = right.removeprefix("system/").split(".")
    others = [f"system/{each}.cruds" for each in ("Task", "PlanDefinition", "CarePlan") if each != type]
    less = " ".join([*others, f"system/{type}.{'cruds'.replace(letter, '')}"])
    with pytest.raises(FhirRefusal, match=right) as refused:
        require(exchange(community, less, **asked), interaction)
    assert refused.value.status == 403
    require(exchange(community, " ".join([*others, f"system/{type}.cruds"]), **asked), interaction)


def test_a_dry_run_takes_reading_alone(community: Community) -> None:
    asked = exchange(community, "system/PlanDefinition.r", type="PlanDefinition", operation="$apply", method="GET")
    require(asked, "operation")


def test_what_is_included_takes_a_scope_of_its_own(community: Community) -> None:
    """Mutant: whatever a search drags along is shown."""
    resources = [{"resourceType": each} for each in ("Task", "OperationOutcome", "Patient")]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}
    with pytest.raises(FhirRefusal, match=r"system/Patient\.r"):
        require_shown(exchange(community, "system/Task.rs"), Answer(status=200, body=bundle))  # type: ignore[arg-type]
    require_shown(exchange(community, "system/Task.s system/Patient.r"), Answer(status=200, body=bundle))  # type: ignore[arg-type]
