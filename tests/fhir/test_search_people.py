"""Encounters, Patients and small types: resources that are made one by one and looked at, whoever makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir.outcome import Json
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.matching import matches
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.people_searched import ENCOUNTER_PARAMETERS, PATIENT_PARAMETERS, encounters, patients
from pathway_engine.fhir.resources import SERVED
from pathway_engine.fhir.search_language import Search, read_search
from pathway_engine.fhir.searching import page_of
from tests.fhir.searched import BASE, LONG_AGO, Town, asked, ids, link, number, pages, town_on
from tests.service.community import START

BORN = ("1940-03-02", "1941-03-02")


def stay_read(exchange: Exchange, id: str) -> Found | None:
    """Every other stay is finished; those of odd patients are not shown."""
    found = exchange.records.stay_of_public_id(id)
    if found is None or int(found[1][1:]) % 2:
        return None
    stay, patient = found
    status = "finished" if int(patient[1:]) % 4 else "in-progress"
    resource: Json = {
        "resourceType": "Encounter", "id": id, "status": status, "class": {"system": "v3", "code": "IMP"},
        "subject": {"reference": f"Patient/{patient}"}, "meta": {"lastUpdated": "2026-11-20T10:00:00Z"},
        "identifier": [{"system": "urn:x", "value": stay.rpartition(":")[2]}], "period": {"start": "2026-11-20"},
    }  # fmt: skip
    return Found(resource=resource, version="1", updated=START, patient_id=patient)


def patient_read(exchange: Exchange, id: str) -> Found | None:
    row = exchange.records.patient(id)
    if row is None:
        return None
    resource: Json = {
        "resourceType": "Patient", "id": id, "name": [{"family": row.family, "given": [row.given]}], "gender": "female",
        "birthDate": BORN[int(id[1:]) % 2],
    }  # fmt: skip
    return Found(resource=resource, version="1", updated=START, patient_id=id)


@pytest.fixture
def town(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    made = town_on(database_url, tasks=5)
    served = cast(dict[str, Served], SERVED)
    stays = Served(type="Encounter", read=stay_read, find=encounters(stay_read), parameters=ENCOUNTER_PARAMETERS,
                   includes=("Encounter:patient",))  # fmt: skip
    people = Served(type="Patient", read=patient_read, find=patients(patient_read), parameters=PATIENT_PARAMETERS,
                    revincludes=("Encounter:patient",))  # fmt: skip
    monkeypatch.setitem(served, "Encounter", stays)
    monkeypatch.setitem(served, "Patient", people)
    yield made
    made.community.close()


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("status=in-progress", {"p0", "p4", "p8"}), ("status:not=in-progress", {"p2", "p6", "p10"}),
        ("patient=p2", {"p2"}), ("patient=p3", set()), ("identifier=urn:x|4", {"p4"}), ("identifier=other|4", set()),
        ("class=IMP&date=ge2026-11-20", {f"p{each}" for each in range(0, 12, 2)}), ("date=lt2026-11-20", set()),
        ("identifier:not=4&status=in-progress", {"p0", "p8"}),
    ],
)  # fmt: skip
def test_encounters_are_made_looked_at_and_cut(town: Town, query: str, wanted: set[str]) -> None:
    found = asked(town.face(), f"/Encounter?{query}")
    assert {
        each["resource"]["subject"]["reference"].removeprefix("Patient/") for each in found.get("entry", [])
    } == wanted


def test_encounters_come_once_on_pages_and_are_counted(town: Town) -> None:
    for sort in ("_id", "-status", "date,-patient"):
        seen = [ids(page) for page in pages(town.face(), f"/Encounter?_count=2&_sort={sort}")]
        assert [len(each) for each in seen] == [2, 2, 2]
        assert len(set(chain.from_iterable(seen))) == 6
    assert asked(town.face(), "/Encounter?_summary=count")["total"] == 6


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("family=fjell3", {"p3"}), ("family=FJELL1", {"p1", "p10", "p11"}), ("family:exact=Fjell1", {"p1"}),
        ("name:contains=jell1&birthdate=1940", {"p10"}), ("given=astrid&family=fjell2", {"p2"}),
        ("identifier=local:FJORD|105", {"p5"}), ("identifier=local:FJORD|999", set()), ("_id=p1,p2", {"p1", "p2"}),
    ],
)  # fmt: skip
def test_patients_are_found_by_what_is_known_of_them(town: Town, query: str, wanted: set[str]) -> None:
    """What the row tells rules out before anything is made; birthdate too, where the row has one."""
    rows = town.face()
    found = asked(rows, f"/Patient?{query}")
    if "birthdate" in query:
        wanted = set()  # of these people no birth date is in the row
    assert {*ids(found)} == (wanted if "identifier" not in query or not wanted else _near(town, wanted))


def _near(town: Town, wanted: set[str]) -> set[str]:
    """By identifier only those are found whom Kari may see."""
    return wanted & {row.patient_id for row in town.visible()}


def test_a_patient_by_number_is_answered_by_id(town: Town) -> None:
    patient = town.visible()[0].patient_id
    own = number(int(patient[1:]))
    answer = town.face().post("/Patient/_search", data={"identifier": f"{own.system}|{own.digits}"})
    assert (ids(answer.json()), link(answer.json(), "self")) == ([patient], f"{BASE}/Patient?_id={patient}")
    assert own.digits not in answer.text
    for value in (f"{own.system}|{own.digits}", own.digits, f"local:FJORD|105,{own.digits}"):
        assert town.face().get("/Patient", params={"identifier": value}).status_code == 400


def test_stays_are_brought_along_with_their_patients(town: Town) -> None:
    found = asked(town.face(), "/Patient?_id=p2,p3&_revinclude=Encounter:patient")
    assert len(ids(found, "include")) == 1
    back = asked(town.face(), "/Encounter?patient=p2&_include=Encounter:patient")
    assert ids(back, "include") == ["p2"]


# -- small types, without a database

SMALL = Served(
    type="Thing",
    parameters=(
        Parameter(name="code", kind=Kind.TOKEN, path="code"), Parameter(name="on", kind=Kind.DATE, path="on"),
        Parameter(name="active", kind=Kind.TOKEN, path="active"),
        Parameter(name="title", kind=Kind.STRING, path="title"),
        Parameter(name="url", kind=Kind.URI, path="url"),
        Parameter(name="part", kind=Kind.REFERENCE, path="part | parts.of", targets=("Thing", "Other")),
    ),
)  # fmt: skip
THINGS: list[Json] = [
    {"resourceType": "Thing", "id": "a", "code": {"coding": [{"system": "s", "code": "x"}, {"code": "y"}]},
     "on": "2026", "active": True, "title": "Åse Øst", "url": "http://a.example/x", "part": {"reference": "Thing/b"}},
    {"resourceType": "Thing", "id": "b", "code": {"coding": [{"system": "t", "code": "x"}]}, "on": "2026-11-20",
     "active": False, "title": "Élan, vital", "parts": [{"of": {"reference": f"{BASE}/Other/a"}}]},
    {"resourceType": "Thing", "id": "c", "title": "ase"},
]  # fmt: skip


def found_by(*pairs: tuple[str, str]) -> str:
    search = read_search(SMALL, pairs, base=BASE)
    return "".join(str(each["id"]) for each in THINGS if matches(each, search.criteria, START))


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("code", "x", "ab"), ("code", "s|x", "a"), ("code", "|y", "a"), ("code", "|x", ""), ("code", "s|", "a"),
        ("code", "s|x,t|x", "ab"), ("code:not", "x", "c"), ("code:missing", "true", "c"),
        ("code:missing", "false", "ab"),
        ("active", "true", "a"), ("active", "false", "b"), ("title", "ås", "a"), ("title", "as", "c"),
        ("title", "elan", "b"),
        ("title", "øst", ""), ("title:contains", "ØST", "a"), ("title:exact", "ase", "c"), ("title:exact", "Ase", ""),
        ("title", "élan\\, v", "b"), ("title", "élan, v", "b"), ("url", "http://a.example/x", "a"),
        ("url", "http://a", ""),
        ("part", "Thing/b", "a"), ("part", "b", "a"), ("part:Other", "a", "b"), ("part", "Other/a", "b"),
        ("part", "Thing/a", ""), ("on", "2026-11-20", "b"), ("on", "ge2026-11-20", "ab"), ("on", "ne2026", ""),
    ],
)  # fmt: skip
def test_small_types_are_looked_at(name: str, value: str, wanted: str) -> None:
    assert found_by((name, value)) == wanted


KEYS = st.sampled_from(["b", "a", "æ", None, "2026-11-20", "2026-11-20T09:00:00+02:00"])


@given(
    st.lists(KEYS, max_size=9), st.sampled_from(["code", "-code", "-code,title", "title,-code", ""]), st.integers(1, 4)
)
def test_pages_of_a_small_type_give_each_once(keys: list[str | None], sort: str, count: int) -> None:
    things = [_thing(position, key) for position, key in enumerate(keys)]
    pairs = [("_count", str(count)), *([("_sort", sort)] if sort else [])]
    search, seen = read_search(SMALL, pairs, base=BASE), list[str]()
    page = page_of(things, SMALL, search)
    while page.more is not None:
        seen += [str(each.resource["id"]) for each in page.found]
        page = page_of(things, SMALL, _behind(search, page.more))
    seen += [str(each.resource["id"]) for each in page.found]
    assert sorted(seen) == sorted(str(each.resource["id"]) for each in things)


def _thing(position: int, key: str | None) -> Found:
    told: Json = {"resourceType": "Thing", "id": f"{position}", "title": f"{position % 2}"}
    return Found(resource=told if key is None else {**told, "code": key}, version="1", updated=LONG_AGO)


def _behind(search: Search, position: Iterable[object]) -> Search:

    return replace(search, at=tuple(position))
