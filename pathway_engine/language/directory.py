"""Directory files: who is who in a health community, read with the place of every mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import time
from typing import TypeVar

from pathway_engine.domain.directory import Directory, Opening, Organisation, Person, Sender
from pathway_engine.language.findings import DefinitionErrors, Finding, errors_among, shown
from pathway_engine.language.form import Form, Report, scalar
from pathway_engine.language.schema import Key
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Listing, Node, Scalar, read_yaml

KINDS = ("hospital", "ward", "municipality", "unit", "other")
CHARSETS = ("ASCII", "UTF-8", *(f"8859/{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)))
Known = TypeVar("Known", Organisation, Person, Sender)


def _keys(*keys: Key) -> Mapping[str, Key]:
    return {key.name: key for key in keys}


SECTIONS: Mapping[str, Mapping[str, Key]] = {
    "directory": _keys(
        Key("directory", "text", "The health community's name.", required=True),
        Key("organisations", "list", "Hospitals, wards, municipalities and units.", required=True),
        Key("people", "list", "Who works where, in which role."),
        Key("senders", "list", "Systems that send messages."),
        Key("routes", "list", "Which municipality a postal code belongs to."),
        Key("openings", "list", "Opening hours and local closing days."),
    ),
    "organisation": _keys(
        Key("id", "id", "The organisation's id, the same for ever.", required=True),
        Key("name", "text", "What people call it.", required=True),
        Key("kind", "one of " + ", ".join(KINDS), "What it is.", required=True),
        Key("parent", "id", "The organisation that it is part of."),
        Key("roles", "names", "The owner roles whose tasks it does."),
        Key("municipality", "four digits", "The number of the municipality that it serves."),
        Key("districts", "texts", "The parts of the municipality that it serves; without it, all."),
        Key("wards", "texts", "The wards whose patients it serves, as PV1-3 names them; without it, all."),
    ),
    "person": _keys(
        Key("id", "id", "The person's id, as used to sign in.", required=True),
        Key("name", "text", "The person's name.", required=True),
        Key("seats", "list", "The roles that the person has, each in a unit.", required=True),
    ),
    "seat": _keys(
        Key("unit", "id", "The organisation.", required=True),
        Key("role", "id", "The role, as pathways name it.", required=True),
    ),
    "sender": _keys(
        Key("id", "id", "The sender's id.", required=True),
        Key("application", "text", "How the system names itself in MSH-3.", required=True),
        Key("facility", "text", "How its organisation is named in MSH-4.", required=True),
        Key("organisation", "id", "The organisation whose system it is.", required=True),
        Key("charset", "one of HL7 table 0211", "The alphabet when MSH-18 is empty (UTF-8 unless said)."),
        Key("time_zone", "text", "The zone of times without an offset (Europe/Oslo unless said)."),
        Key("acknowledge", "one of applied, stored", "When to answer: applied (unless said) or stored."),
        Key("accept_test", "flag", "Whether messages marked as test (MSH-11 T or D) are taken."),
        Key("destinations", "table", "The sender's discharge codes, each with the destination it means."),
    ),
    "route": _keys(
        Key("postal_code", "digits", "A postal code or the start of one; the longest match counts.", required=True),
        Key("municipality", "four digits", "The municipality's number.", required=True),
    ),
    "opening": _keys(
        Key("municipality", "four digits", "The municipality's number.", required=True),
        Key("opens", "time", "When the working day begins (08:00 unless said)."),
        Key("closes", "time", "When the working day ends (15:30 unless said)."),
        Key("closing_days", "dates", "Days closed beside weekends and public holidays."),
    ),
}
"""Every key of a directory file; docs/reference/directory.md is held against it."""


class DirectoryForm(Form):
    """A table of a directory file, read by the keys of its own sections."""

    sections = SECTIONS


def read_directory(text: bytes | str, file: str = "directory.yaml") -> Directory:
    """Return the directory that *text* holds; raise DefinitionErrors with all that is wrong in it."""
    findings: list[Finding] = []
    report = Report(file, findings)
    form = DirectoryForm(read_yaml(text, file), "directory", report)
    form.text("directory")
    organisations = [(each, _organisation(each)) for each in form.forms("organisations", "organisation")]
    people = [(each, _person(each)) for each in form.forms("people", "person")]
    senders = [(each, _sender(each)) for each in form.forms("senders", "sender")]
    directory = Directory(
        organisations=_by_id(organisations), people=_by_id(people), senders=_by_name(senders),
        routes=_routes(form), openings=_openings(form),
    )  # fmt: skip
    _by_id(senders)
    _check_names(directory, organisations, people, senders)
    if errors_among(findings):
        raise DefinitionErrors(findings)
    return directory


def _organisation(form: Form) -> Organisation:
    return Organisation(
        id=form.name("id"), name=form.text("name"), kind=form.choice("kind", KINDS), parent=form.optional_name("parent"),
        roles=form.names("roles"), municipality=_number(form), districts=_texts(form, "districts"),
        wards=_texts(form, "wards"),
    )  # fmt: skip


def _person(form: Form) -> Person:
    seats = tuple((seat.name("unit"), seat.name("role")) for seat in form.forms("seats", "seat"))
    return Person(id=form.name("id"), name=form.text("name"), seats=seats)


def _sender(form: Form) -> Sender:
    return Sender(
        id=form.name("id"), application=form.text("application"), facility=form.text("facility"),
        organisation=form.name("organisation"), charset=form.choice("charset", CHARSETS) or "UTF-8",
        time_zone=_zone(form), acknowledge=form.choice("acknowledge", ("applied", "stored")) or "applied",
        accept_test=form.flag("accept_test", False), destinations=_destinations(form),
    )  # fmt: skip


def _zone(form: Form) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    zone = form.text("time_zone") or "Europe/Oslo"
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        form.report.add(form.node("time_zone"), shown(zone), "a zone such as Europe/Oslo", "time-zone")
        return "Europe/Oslo"


def _destinations(form: Form) -> dict[str, str]:
    node = form.node("destinations")
    entries = getattr(node, "entries", None)
    if entries is None:
        if form.has("destinations"):
            form.report.add(node, "no table", 'the sender\'s codes: {"1": home, "2": short_term}', "not-a-table")
        return {}
    return {name.text: scalar(value, "a destination", form.report) for name, value in entries}


def _routes(form: Form) -> dict[str, str]:
    routes: dict[str, str] = {}
    for route in form.forms("routes", "route"):
        start = _digits(route, "postal_code", r"\d{1,4}", "one to four digits, in quotes")
        if start in routes:
            route.report.add(route.node("postal_code"), f"{shown(start)} twice", "each code once", "route-twice")
        routes[start] = _number(route) or ""
    return routes


def _openings(form: Form) -> dict[str, Opening]:
    return {_number(each) or "": _opening(each) for each in form.forms("openings", "opening")}


def _opening(form: Form) -> Opening:
    opens, closes = _clock(form, "opens", time(8)), _clock(form, "closes", time(15, 30))
    if closes <= opens:
        form.report.add(form.node("closes"), f"{closes:%H:%M} after {opens:%H:%M}", "a later closing time", "hours")
    return Opening(closing_days=form.days("closing_days"), opens=opens, closes=closes)


def _clock(form: Form, key: str, otherwise: time) -> time:
    text = form.text(key)
    if not text:
        return otherwise
    if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        return time.fromisoformat(text)
    form.report.add(form.node(key), shown(text), "a wall time in quotes, as \"08:00\"", "time")
    return otherwise
