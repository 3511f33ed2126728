"""Directory files: who is who in a health community, read with the place of every mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import TypeVar

from pathway_engine.domain.directory import (
    MESSAGE_RESPONSIBLE,
    Directory,
    Opening,
    Organisation,
    Partner,
    Person,
    Sender,
    Speaks,
)
from pathway_engine.language.directory_form import CHARSETS, KINDS, LEVELS, STANDARDS, DirectoryForm
from pathway_engine.language.findings import DefinitionErrors, Finding, errors_among, shown
from pathway_engine.language.form import Report
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import read_yaml

NUMBER_IS = 'a municipality number of four digits in quotes, as "5001"'
HER_ID_IS = 'a HER-id in quotes, as "80123"'
SERVICE_IS = "a service type as code system and code, as 8663/KP02 or 8668/1"
SERVICE_TYPE = re.compile(r"(8663|8668)/[A-Z0-9]{1,10}", re.ASCII)
Named = TypeVar("Named", Organisation, Person, Sender)


def read_directory(text: bytes | str, file: str = "directory.yaml") -> Directory:
    """Return the directory that *text* holds; raise DefinitionErrors with all that is wrong in it."""
    findings: list[Finding] = []
    form = DirectoryForm(read_yaml(text, file), "directory", Report(file, findings))
    form.text("directory")
    directory = _read(form)
    if errors_among(findings):
        raise DefinitionErrors(findings)
    return directory


def _read(form: DirectoryForm) -> Directory:
    parts = form.parts("organisations", "organisation")
    organisations = _by_id(parts, _organisation)
    for each in parts:
        _known(each, "parent", organisations)
    _somebody_answers_for_the_rest(form, organisations)
    people = _by_id(form.parts("people", "person"), lambda each: _person(each, organisations))
    _each_login_once(form, people)
    senders = _by_id(form.parts("senders", "sender"), lambda each: _sender(each, organisations))
    routes = _routes(form)
    return Directory(
        organisations=organisations, people=people, senders=_by_name(form, senders),
        routes={start: municipality for start, (municipality, _) in routes.items()},
        parts={start: district for start, (_, district) in routes.items() if district},
        openings=_openings(form), partners=_partners(form, organisations),
    )  # fmt: skip


def _by_id(forms: Sequence[DirectoryForm], read: Callable[[DirectoryForm], Named]) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for form in forms:
        each = read(form)
        if each.id and each.id in found:
            form.report.add(form.node("id"), f"the id {shown(each.id)} twice", "each id once", "id-twice")
        found[each.id] = each
    return found


def _somebody_answers_for_the_rest(form: DirectoryForm, organisations: Mapping[str, Organisation]) -> None:
    """A task that no unit owns must stand on somebody's list, also when the municipality is not known."""
    answering = (each for each in organisations.values() if MESSAGE_RESPONSIBLE in each.roles)
    if organisations and not any(each.municipality is None for each in answering):
        found = f"no {MESSAGE_RESPONSIBLE} for patients whose municipality is not known"
        right = f"one organisation with the role {MESSAGE_RESPONSIBLE} and no municipality"
        form.report.add(form.node("organisations"), found, right, "nobody-responsible")


def _organisation(form: DirectoryForm) -> Organisation:
    return Organisation(
        id=form.name("id"), name=form.text("name"), kind=form.choice("kind", KINDS),
        parent=form.optional_name("parent"), roles=form.names("roles"), municipality=_number(form) or None,
        districts=form.texts("districts"), wards=form.texts("wards"),
        her_id=form.digits("her_id", "[1-9][0-9]{0,9}", HER_ID_IS) or None, ours=form.flag("ours", False),
        services=_services(form),
    )  # fmt: skip


def _services(form: DirectoryForm) -> tuple[str, ...]:
    services = form.texts("services")
    for each in services:
        _service_type(form, each)
    return services


def _service_type(form: DirectoryForm, text: str) -> None:
    if not SERVICE_TYPE.fullmatch(text):
        form.report.add(form.node("services"), f"services: {shown(text)}", SERVICE_IS, "service-type")


def _number(form: DirectoryForm) -> str:
    return form.digits("municipality", r"\d{4}", NUMBER_IS)


def _known(form: DirectoryForm, key: str, organisations: dict[str, Organisation]) -> str:
    """The organisation named under *key*, noting one that the file does not have."""
    name = form.name(key)
    if name and name not in organisations:
        form.report.add(form.node(key), f"{key}: {shown(name)}", one_of(organisations, name), "unknown-organisation")
    return name


def _person(form: DirectoryForm, organisations: dict[str, Organisation]) -> Person:
    seats = tuple(_seat(seat, organisations) for seat in form.parts("seats", "seat"))
    return Person(id=form.name("id"), name=form.text("name"), seats=seats, login=form.text("login") or None)


def _each_login_once(form: DirectoryForm, people: Mapping[str, Person]) -> None:
    logins = [person.login for person in people.values() if person.login]
    if len(set(logins)) < len(logins):
        form.report.add(form.node("people"), "two people with the same login", "each login once", "login-twice")


def _seat(form: DirectoryForm, organisations: dict[str, Organisation]) -> tuple[str, str]:
    return _known(form, "unit", organisations), form.name("role")


def _sender(form: DirectoryForm, organisations: dict[str, Organisation]) -> Sender:
    return Sender(
        id=form.name("id"), application=form.text("application"), facility=form.text("facility"),
        organisation=_known(form, "organisation", organisations),
        charset=form.choice("charset", CHARSETS) or "UTF-8", time_zone=form.zone("time_zone"),
        acknowledge=form.choice("acknowledge", ("applied", "stored")) or "applied",
        accept_test=form.flag("accept_test", False), destinations=form.table_of_texts("destinations"),
        rules=form.table_of_choices("rules", LEVELS),
    )  # fmt: skip


def _by_name(form: DirectoryForm, senders: dict[str, Sender]) -> dict[tuple[str, str], Sender]:
    named = {(each.application, each.facility): each for each in senders.values()}
    if len(named) < len(senders):
        found = "two senders with the same application and facility"
        form.report.add(form.node("senders"), found, "each pair of names once", "sender-twice")
    return named


def _routes(form: DirectoryForm) -> dict[str, tuple[str, str]]:
    """By the start of a postal code: municipality, and the part of it or nothing."""
    routes: dict[str, tuple[str, str]] = {}
    for route in form.parts("routes", "route"):
        start = route.digits("postal_code", r"\d{1,4}", "one to four digits in quotes")
        if start and start in routes:
            route.report.add(route.node("postal_code"), f"{shown(start)} twice", "each code once", "route-twice")
        routes[start] = _number(route), route.text("district")
    return routes


def _openings(form: DirectoryForm) -> dict[str, Opening]:
    openings: dict[str, Opening] = {}
    for each in form.parts("openings", "opening"):
        number = _number(each)
        if number and number in openings:
            each.report.add(each.node("municipality"), f"{shown(number)} twice", "each once", "opening-twice")
        openings[number] = _opening(each)
    return openings


def _opening(form: DirectoryForm) -> Opening:
    opens, closes = form.wall_time("opens", time(8)), form.wall_time("closes", time(15, 30))
    if closes <= opens:
        found = f"the day closes at {closes:%H:%M} and opens at {opens:%H:%M}"
        form.report.add(form.node("closes"), found, "a closing time after the opening", "hours")
    return Opening(closing_days=form.days("closing_days"), opens=opens, closes=closes)


def _partners(form: DirectoryForm, organisations: dict[str, Organisation]) -> dict[str, Partner]:
    partners: dict[str, Partner] = {}
    for each in form.parts("partners", "partner"):
        partner = _partner(each, organisations)
        if partner.organisation and partner.organisation in partners:
            found = f"the partner {shown(partner.organisation)} twice"
            each.report.add(each.node("organisation"), found, "each partner once", "partner-twice")
        partners[partner.organisation] = partner
    return partners


def _partner(form: DirectoryForm, organisations: dict[str, Organisation]) -> Partner:
    organisation = _known(form, "organisation", organisations)
    known = organisations.get(organisation)
    if known is not None and known.parent:
        found, right = f"{shown(organisation)}, which is part of another", "the organisation on top"
        form.report.add(form.node("organisation"), found, right, "partner-level")
    services = form.table_of_texts("services")
    for service_type in services.values():
        _service_type(form, service_type)
    versions = tuple(_speaks(each) for each in form.parts("versions", "version"))
    return Partner(organisation=organisation, services=services, versions=versions)


def _speaks(form: DirectoryForm) -> Speaks:
    standard, version = form.choice("standard", tuple(STANDARDS)), form.text("version")
    known = STANDARDS.get(standard, ())
    if version and known and version not in known:
        form.report.add(form.node("version"), f"version: {shown(version)}", one_of(known, version), "version")
    return Speaks(standard=standard, version=version, since=form.day("since") or date.min)
