"""Where outgoing messages go, by the demonstration's directory; and what is said when something lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.resources import files as resources

import pytest

from pathway_engine.domain.directory import Directory, Partner, Speaks
from pathway_engine.domain.routing import ADDRESSEES, Address, Lack, NoRoute, Route, address_of, route
from pathway_engine.domain.tasks import Place
from pathway_engine.language.directory import read_directory

DEMO = read_directory((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())
FJORDBY, VIKSUND = Place(municipality="5001", district="Lerkendal"), Place(municipality="5059")
TODAY = date(2026, 11, 20)
NOTHING_AGREED = replace(
    DEMO, partners={name: replace(partner, services={}) for name, partner in DEMO.partners.items()}
)  # fmt: skip


def routed(message: str, place: Place = FJORDBY, on: date = TODAY, to: str | None = None) -> Route:
    found = route(DEMO, message, place, on, to=to)
    assert isinstance(found, Route), found
    return found


def lack(directory: Directory, message: str, place: Place = FJORDBY, on: date = TODAY, to: str | None = None) -> Lack:
    found = route(directory, message, place, on, to=to)
    assert isinstance(found, NoRoute), found
    assert found.said.nb and found.said.en and found.said.nb != found.said.en
    return found.lack


@pytest.mark.parametrize(
    ("message", "place", "to", "service", "her_ids"),
    [
        pytest.param("LOG_INNLAGT", FJORDBY, None, "8663/KP02", ("8200001", "8200003"), id="admitted-to-the-nurses"),
        pytest.param(
            "LOG_UTSKRIVNINGSKLAR", FJORDBY, None, "8663/KD0501", ("8200001", "8200002"), id="ready-to-case-work"
        ),
        pytest.param("LOG_INNLAGT", VIKSUND, None, "8663/KD0501", ("8300001", "8300002"), id="agreed-otherwise"),
        pytest.param(
            "INNLEGGELSESRAPPORT", FJORDBY, "fjordsyk", "8668/1", ("8100001", "8100002"), id="to-the-hospital"
        ),
        pytest.param("INNLEGGELSESRAPPORT", FJORDBY, "8100001", "8668/1", ("8100001", "8100002"), id="by-its-her-id"),
        pytest.param(
            "DIALOG_HELSEFAGLIG", FJORDBY, "fjordsyk_innleggelse", None, ("8100001", "8100002"), id="answered"
        ),
        pytest.param(
            "HELSEOPPLYSNINGER_LEGE", FJORDBY, "fastlege_dahl", None, ("8400001", "8400002"), id="to-the-doctor"
        ),
    ],
)
def test_a_message_goes_to_the_service_that_takes_it(
    message: str, place: Place, to: str | None, service: str | None, her_ids: tuple[str, str]
) -> None:
    """Mutant: what is agreed with the partner is forgotten."""
    found = routed(message, place, to=to)
    assert (found.to.her_ids, found.service_type) == (her_ids, service)


@pytest.mark.parametrize(
    ("message", "on", "version"),
    [
        pytest.param("INNLEGGELSESRAPPORT", date(2023, 12, 31), "1.5", id="the-day-before"),
        pytest.param("INNLEGGELSESRAPPORT", date(2024, 1, 1), "1.6", id="from-that-day-on"),
        pytest.param("DIALOG_FORESPORSEL", TODAY, "1.0", id="a-dialogue-message"),
        pytest.param("DIALOG_HELSEFAGLIG", TODAY, "1.1", id="only-one-version-has-it"),
    ],
)
def test_a_message_is_written_in_the_version_that_the_partner_takes_that_day(
    message: str, on: date, version: str
) -> None:
    to = "fjordsyk" if message == "INNLEGGELSESRAPPORT" else "fjordsyk_innleggelse"
    assert routed(message, on=on, to=to).version == version


def without(directory: Directory, organisation: str, **changed: object) -> Directory:
    """The directory with something of one organisation taken away."""
    known = directory.organisations[organisation]
    return replace(directory, organisations={**directory.organisations, organisation: replace(known, **changed)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("directory", "message", "place", "to", "lacks"),
    [
        pytest.param(DEMO, "LOG_UKJENT", FJORDBY, None, Lack.MESSAGE, id="unknown-type"),
        pytest.param(DEMO, "LOG_INNLAGT", Place(), None, Lack.RECIPIENT, id="no-municipality"),
        pytest.param(DEMO, "LOG_INNLAGT", Place(municipality="0301"), None, Lack.RECIPIENT, id="unknown-municipality"),
        pytest.param(DEMO, "INNLEGGELSESRAPPORT", FJORDBY, None, Lack.RECIPIENT, id="no-hospital-named"),
        pytest.param(DEMO, "INNLEGGELSESRAPPORT", FJORDBY, "nowhere", Lack.RECIPIENT, id="unknown-hospital"),
        pytest.param(replace(DEMO, partners={}), "LOG_INNLAGT", FJORDBY, None, Lack.PARTNER, id="no-partner"),
        pytest.param(NOTHING_AGREED, "DIALOG_SVAR", FJORDBY, "fjordsyk", Lack.SERVICE, id="no-service-agreed"),
        pytest.param(
            without(DEMO, "fjordby_sykepleie", services=()), "LOG_INNLAGT", FJORDBY, None, Lack.UNIT, id="unit"
        ),
        pytest.param(
            without(DEMO, "fjordby", her_id=None), "LOG_INNLAGT", FJORDBY, None, Lack.HER_ID, id="upper-level"
        ),
        pytest.param(
            without(DEMO, "fjordby_sykepleie", her_id=None), "LOG_INNLAGT", FJORDBY, None, Lack.HER_ID, id="lower-level"
        ),
    ],
)
def test_what_lacks_is_said(directory: Directory, message: str, place: Place, to: str | None, lacks: Lack) -> None:
    assert lack(directory, message, place, to=to) is lacks


def test_a_version_that_is_not_taken_yet_is_not_written() -> None:
    """Mutant: the newest version whatever the day."""
    dialog = Partner(
        organisation="fjordsyk", versions=(Speaks(standard="dialog", version="1.0", since=date(2015, 1, 1)),)
    )
    directory = replace(DEMO, partners={**DEMO.partners, "fjordsyk": dialog})
    assert lack(directory, "DIALOG_HELSEFAGLIG", to="fjordsyk_innleggelse") is Lack.VERSION
    assert lack(DEMO, "INNLEGGELSESRAPPORT", on=date(2014, 1, 1), to="fjordsyk") is Lack.VERSION


def test_the_service_that_says_most_about_whom_it_serves_gets_it() -> None:
    near = replace(DEMO.organisations["fjordby_sykepleie"], id="near", districts=("Lerkendal",), her_id="8200009")
    directory = replace(DEMO, organisations={**DEMO.organisations, "near": near})
    found = route(directory, "LOG_INNLAGT", FJORDBY, TODAY)
    assert isinstance(found, Route) and found.to.her_ids == ("8200001", "8200009")


def test_a_sender_has_both_levels_too() -> None:
    found = address_of(DEMO, "fjordby_tildeling")
    assert isinstance(found, Address) and found.her_ids == ("8200001", "8200002")


def test_every_message_type_says_where_that_is_written() -> None:
    assert all(kind.source for kind in ADDRESSEES.values())
    assert {name for name, kind in ADDRESSEES.items() if not kind.verified} == {"LOG_DOD", "MEDISINSKE_OPPLYSNINGER"}
