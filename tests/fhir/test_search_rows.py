"""Searches for tasks: what the database finds is what looking at each resource finds, page by page, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pathway_engine.fhir.dates import PREFIXES
from pathway_engine.fhir.matching import matches, values_at
from pathway_engine.fhir.resources import SERVED
from pathway_engine.fhir.search_language import COMMON, read_search
from pathway_engine.storage.patients import public_id_of_stay
from tests.conformance.test_searching import statements
from tests.fhir.searched import BASE, LONG_AGO, PER, STATUSES, STEPS, WEST, Town, asked, ids, link, pages, town_on

SOME = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
DATES = ("due-date", "period", "authored-on", "_lastUpdated", "modified")
MOMENTS = st.one_of(
    st.integers(0, 4200).map(lambda minutes: (LONG_AGO + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%MZ")),
    st.sampled_from(
        ["2026", "2026-10", "2026-10-25", "2026-10-26", "2026-11", "2026-10-25T02:30", "2026-10-26T10:00:00"]
    ),
)
SYSTEM = "https://pathway-engine.example/fhir/CodeSystem"
CODES = {
    "status": [*STATUSES, "http://hl7.org/fhir/task-status|completed", "|rejected", "http://other.example|completed",
               "requested,accepted", "http://hl7.org/fhir/task-status|"],
    "code": [*STEPS, f"{SYSTEM}/step|HPH2", "http://other.example|HPH2", "|HPH2", "HPH2,HPH4", f"{SYSTEM}/step|"],
    "priority": ["urgent", "routine", "stat", "http://hl7.org/fhir/request-priority|urgent"],
    "business-status": ["late", "in-time", f"{SYSTEM}/task-business-status|late", "other"],
    "identifier": ["hph:3", "https://pathway-engine.example/fhir/task-key|hph:5", "hph:1,hph:2"],
    "group-identifier": ["e3", "https://pathway-engine.example/fhir/episode|e4"],
    "_id": ["t001", "t001,t002,t003", "none"],
}  # fmt: skip
REFERENCES = {
    "patient": ["p1", "Patient/p2", f"{BASE}/Patient/p3", "Patient/p1,Patient/p4", "http://other.example/Patient/p1"],
    "subject": ["p5"], "based-on": ["CarePlan/e1", "e2"], "focus": ["CarePlan/e3,CarePlan/e4"],
    "owner": ["Practitioner/kari", "Organization/east", "ola", "Practitioner/ola,Organization/east"],
}  # fmt: skip


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    made = town_on(database_url)
    yield made
    made.community.close()


@st.composite
def criteria(draw: st.DrawFn) -> tuple[str, str]:
    kind = draw(st.sampled_from(["date", "code", "reference", "missing"]))
    if kind == "date":
        return draw(st.sampled_from(DATES)), draw(st.sampled_from(["", *PREFIXES])) + draw(MOMENTS)
    if kind == "code":
        name = draw(st.sampled_from(sorted(CODES)))
        return name + draw(st.sampled_from(["", ":not"])), draw(st.sampled_from(CODES[name]))
    if kind == "reference":
        name = draw(st.sampled_from(sorted(REFERENCES)))
        return name, draw(st.sampled_from(REFERENCES[name]))
    name = draw(st.sampled_from(["due-date", "business-status", "encounter", "owner", "status", "priority", "period"]))
    return f"{name}:missing", draw(st.sampled_from(["true", "false"]))


@SOME
@given(pairs=st.lists(criteria(), min_size=1, max_size=3))
def test_what_the_database_finds_is_what_looking_finds(town: Town, pairs: list[tuple[str, str]]) -> None:
    face = town.face()
    answer = face.get("/Task", params=[*pairs, ("_count", "1000"), ("_total", "accurate")])
    assert answer.status_code == 200, answer.text
    everything = [each["resource"] for each in asked(face, "/Task?_count=1000")["entry"]]
    search = read_search(SERVED["Task"], pairs, base=BASE)
    wanted = [each["id"] for each in everything if matches(each, search.criteria, town.community.now)]
    assert ids(answer.json()) == wanted
    assert answer.json()["total"] == len(wanted)


@pytest.mark.parametrize("name", DATES)
def test_each_prefix_at_the_very_instants_is_what_looking_finds(town: Town, name: str) -> None:
    face = town.face()
    everything = [each["resource"] for each in asked(face, "/Task?_count=1000")["entry"]]
    path = {each.name: each.path for each in (*COMMON, *SERVED["Task"].parameters)}[name]
    told = [value for each in everything[::4] for value in values_at(each, path)]
    instants = [str(at) for value in told for at in (value.values() if isinstance(value, dict) else [value])]
    for prefix in PREFIXES:
        for instant in [*instants[:9], "2026-10-25", "2026-10-26T10:00"]:
            search = read_search(SERVED["Task"], [(name, prefix + instant)], base=BASE)
            wanted = [each["id"] for each in everything if matches(each, search.criteria, town.community.now)]
            assert ids(face.get("/Task", params={name: prefix + instant, "_count": "1000"}).json()) == wanted


@SOME
@given(
    sort=st.lists(
        st.tuples(st.sampled_from(["-", ""]), st.sampled_from(
            ["_id", "_lastUpdated", "due-date", "authored-on", "period", "status", "code", "priority", "patient",
             "business-status", "modified", "owner", "encounter"]
        )), max_size=3,
    ),
    count=st.integers(5, 40),
)  # fmt: skip
def test_paging_by_any_sort_gives_each_task_once(town: Town, sort: list[tuple[str, str]], count: int) -> None:
    order = f"&_sort={','.join(map(''.join, sort))}" if sort else ""
    seen = list(chain.from_iterable(ids(page) for page in pages(town.face(), f"/Task?_count={count}{order}")))
    assert sorted(seen) == sorted(row.id for row in town.visible())


@pytest.mark.parametrize(("sort", "backwards"), [("due-date", False), ("-due-date", True)])
def test_tasks_are_sorted_by_instants_and_those_without_come_last(town: Town, sort: str, backwards: bool) -> None:
    due = {row.id: row.due_at for row in town.visible()}
    seen = list(chain.from_iterable(ids(page) for page in pages(town.face(), f"/Task?_count=7&_sort={sort}")))
    told = [due[id] for id in seen if due[id] is not None]
    assert told == sorted(told, reverse=backwards)  # type: ignore[type-var]
    assert all(due[id] is None for id in seen[len(told) :])
    assert sorted(seen) == sorted(due)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in ("status", "code") for value in CODES[name]])
def test_not_is_the_complement(town: Town, name: str, value: str) -> None:
    face = town.face()
    params = {"_count": "1000"}
    with_it = set(ids(face.get("/Task", params={**params, name: value}).json()))
    without = set(ids(face.get("/Task", params={**params, f"{name}:not": value}).json()))
    assert with_it | without == {row.id for row in town.visible()}
    assert not with_it & without


def test_pages_stay_apart_while_rows_come_and_go(town: Town) -> None:
    """What was there all the time is seen once, whatever comes before or behind where the reader stands."""
    face = town.face()
    first = asked(face, "/Task?_count=10")
    seen = ids(first)
    town.put(
        replace(town.visible()[0], id="a-new-one", key="new-1"), replace(town.visible()[0], id="t0005", key="new-2")
    )
    gone = next(row for row in town.visible() if row.id > seen[-1])
    town.put(replace(gone, audience=()))
    rest = chain.from_iterable(ids(page) for page in pages(face, link(first, "next").removeprefix(BASE)))
    seen += rest
    assert len(seen) == len(set(seen))
    assert set(seen) - {"a-new-one", "t0005"} == {row.id for row in town.visible()} - {gone.id}


def test_only_tasks_of_ones_own_lists_are_found(town: Town) -> None:
    hers, his = ({*ids(asked(town.face(key), "/Task?_count=1000"))} for key in ("k" * 40, PER))
    assert hers == {row.id for row in town.visible()}
    assert his == {row.id for row in town.visible(WEST)}
    for path in ("/Task?_id=", "/Task?_count=0&_id="):
        assert asked(town.face(), path + next(iter(his))).get("total") == 0


def test_the_patients_of_a_search_are_in_the_audit(town: Town) -> None:
    found = asked(town.face(), "/Task?_count=3&status=requested")
    shown = sorted({each["resource"]["for"]["reference"].removeprefix("Patient/") for each in found["entry"]})
    with town.community.engine.context.store.reading() as records:
        (row,) = [row for row in records.audit() if (row.action, row.object_id) == ("fhir search", "Task")]
    assert (row.actor, row.role, row.detail) == ("kari", "home_care_nurse", " ".join(shown))


@pytest.mark.parametrize(
    ("query", "few"),
    [
        ("patient=p1", True), ("patient=p1,p2", True), ("_lastUpdated=ge2026-10-25", True), ("based-on=e1", True),
        ("_lastUpdated=gt2026-10-25&patient:missing=false", True), ("_id=t001", True), ("status=completed", False),
        ("encounter={stay}", True), ("due-date=lt2026-11-20&status=requested,accepted", True), ("identifier=x", True),
        ("due-date=lt2026-11-20", False), ("due-date=lt2026-11-20&status:not=completed", False), ("code=HPH2", False),
    ],
)  # fmt: skip
def test_few_are_found_by_their_index_and_then_asked_whose_they_are(town: Town, query: str, few: bool) -> None:
    query = query.format(stay=public_id_of_stay("default", "VN:1"))
    with statements(town.community.engine.context.store) as seen:
        asked(town.face(), f"/Task?{query}")
    (statement,) = [each for each, _ in seen if each.startswith("SELECT task.id")]
    assert ("EXISTS" in statement) is few
