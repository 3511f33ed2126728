"""The page of licences and the bill of materials say what the locks say, and nothing unfit is let in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.dependencies import bill, licences
from tests.dependencies.pins import BROWSER, DEVELOPMENT, RUN_TIME, Pin, every_pin, locked


def pin(name: str, licence: str, use: str = RUN_TIME) -> Pin:
    """A library that no lock knows, under *licence*."""
    return Pin("npm", name, "1.0", use, (), stated_licence=licence)


def test_the_page_of_licences_is_that_of_the_locks() -> None:
    assert licences.PAGE.read_text("utf-8") == licences.page(), "run: make licences"


def test_every_library_that_is_used_fits() -> None:
    assert licences.unfit(every_pin()) == []


@pytest.mark.parametrize(
    ("licence", "is_fit"),
    [
        pytest.param("MIT AND 0BSD", True, id="both-fit"),
        pytest.param("MIT OR GPL-2.0-only", False, id="a-choice-that-holds-the-gpl"),
        pytest.param("MIT AND MPL-2.0", False, id="one-that-nobody-judged"),
        pytest.param("MIT OR MPL-2.0", True, id="a-choice"),
        pytest.param("LGPL-3.0-only", False, id="lgpl-that-nobody-judged"),
        pytest.param("GPL-3.0-only", False, id="gpl"),
        pytest.param("AGPL-3.0-or-later", False, id="agpl"),
    ],
)
def test_what_does_not_fit_is_seen(licence: str, is_fit: bool) -> None:
    assert (licences.unfit([pin("new", licence)]) == []) is is_fit


def test_a_judgement_holds_for_the_licence_that_was_judged() -> None:
    assert licences.unfit([pin("certifi", "MPL-2.0")]) == []
    assert licences.unfit([pin("certifi", "LGPL-3.0-only")]) == ["certifi 1.0: LGPL-3.0-only"]


def test_not_even_a_judgement_lets_the_gpl_in(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = {"fits": {}, "found": {}, "exceptions": {"new": {"licence": "GPL-3.0-only", "reason": "please"}}}
    monkeypatch.setattr(licences, "judgements", lambda: judged)
    assert licences.unfit([pin("new", "GPL-3.0-only")]) == ["new 1.0: GPL-3.0-only"]


@pytest.mark.parametrize("said", ["", "free to use"])
def test_an_unknown_licence_is_an_error_that_names_the_library(said: str) -> None:
    with pytest.raises(licences.UnknownLicence, match=r"new 1\.0"):
        licences.licence_of(pin("new", said))


def test_no_judgement_is_about_what_is_gone_or_speaks_for_itself() -> None:
    pins, judged = every_pin(), licences.judgements()
    names = {each.name for each in pins}
    assert {*judged["exceptions"], *judged["found"]} - names == set()
    somewhere = {each.name for each in pins if each.marker} | {each.name for each in pins if each.use not in _USED_HERE}
    assert [name for name in judged["found"] if name not in somewhere and licences.said_by_package(name)] == []


def licence_files(name: str) -> list[str]:
    """The licence files that an installed library brings, in lower case and with single spaces."""
    try:
        brought = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return []
    named = re.compile(r"\.dist-info/(licenses/|licen[cs]e|copying)", re.IGNORECASE)
    return [" ".join(each.read_text("utf-8").lower().split()) for each in brought if named.search(str(each))]


def says(licence: str, text: str) -> bool:
    """Whether *text* is that of *licence*, for the licences that were found by hand."""
    words = {
        "Apache-2.0": "apache license",
        "BSD-2-Clause": "redistributions in binary form",
        "BSD-3-Clause": "endorse or promote",
        "MIT": "permission is hereby granted, free of charge",
        "0BSD": "is hereby granted. the software is provided",
        "CC0-1.0": "public domain dedication",
    }
    return words[licence] in text and (licence != "BSD-2-Clause" or words["BSD-3-Clause"] not in text)


@pytest.mark.parametrize("name", sorted(licences.judgements()["found"]))
def test_a_licence_found_by_hand_is_that_of_the_licence_files(name: str) -> None:
    files = licence_files(name)
    if not files:
        pytest.skip(f"{name} is not installed here, or without its licence file")
    judged = set(re.split(" AND | OR ", licences.judgements()["found"][name]["licence"]))
    assert {licence for licence in judged if not any(says(licence, text) for text in files)} == set()


def test_no_library_brings_the_text_of_the_gpl() -> None:
    title = re.compile(r"gnu (affero )?general public license version")
    brings = {each.name for each in every_pin() for text in licence_files(each.name) if title.match(text)}
    assert brings == {"docutils"}, "docutils brings the text for a file that is not installed; see judged.toml"


_USED_HERE = {RUN_TIME, DEVELOPMENT, BROWSER}


@pytest.fixture(scope="module")
def written() -> Mapping[str, Any]:
    """The bill of this tree."""
    found: Mapping[str, Any] = json.loads(bill.bill())
    return found


def test_the_bill_is_valid_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = bill.bill()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(first) is None
    assert first == bill.bill()
    assert "timestamp" not in json.loads(first)["metadata"]


def test_the_bill_has_the_time_that_the_build_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    told = bill.bill()
    assert json.loads(told)["metadata"]["timestamp"].startswith("2026-09-21T14:13:20")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(told) is None


def test_every_library_that_runs_is_in_the_bill_with_hashes_and_licence(written: Mapping[str, Any]) -> None:
    runs = [*locked("requirements.lock", RUN_TIME), *(each for each in every_pin() if each.use == BROWSER)]
    parts = {part["purl"]: part for part in written["components"]}
    expected = {f"pkg:{each.kind}/{each.name.replace('@', '%40')}@{each.version}": each for each in runs}
    assert set(parts) == set(expected)
    for purl, each in expected.items():
        assert {part["content"] for part in parts[purl]["hashes"]} == {digest for _, digest in each.hashes}, purl
        assert parts[purl]["licenses"], purl
    assert all(part["hashes"] for part in parts.values())


def test_the_bill_tells_what_asks_for_what(written: Mapping[str, Any]) -> None:
    edges = {edge["ref"]: set(edge.get("dependsOn", ())) for edge in written["dependencies"]}
    names = {ref: {asked.partition("@")[0] for asked in refs} for ref, refs in edges.items()}
    assert {"pkg:pypi/fastapi", "pkg:npm/htmx.org"} <= names["pathway-engine"]
    (fastapi,) = (ref for ref in names if ref.startswith("pkg:pypi/fastapi@"))
    assert "pkg:pypi/starlette" in names[fastapi]
    assert "pkg:pypi/starlette" not in names["pathway-engine"]
