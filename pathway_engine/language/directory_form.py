"""The tables of a directory file: their keys, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import ClassVar, Self

from pathway_engine.domain.norway import TIME_ZONE
from pathway_engine.language.findings import shown
from pathway_engine.language.form import Form, said, scalar
from pathway_engine.language.schema import Key
from pathway_engine.language.time_zones import is_time_zone
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Listing, Node, Scalar, Table

KINDS = ("hospital", "ward", "municipality", "unit", "institution", "doctor", "other")
STANDARDS = {"plo": ("1.5", "1.6"), "dialog": ("1.0", "1.1"), "epikrise": ("1.1", "1.2")}
"""The versions of each standard that there are."""
CHARSETS = ("ASCII", "UTF-8", *(f"8859/{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)))
LEVELS = ("reject", "warn", "off")


def _keys(*keys: Key) -> Mapping[str, Key]:
    return {key.name: key for key in keys}


SECTIONS: Mapping[str, Mapping[str, Key]] = {
    "directory": _keys(
        Key("directory", "text", "The health community's name.", required=True),
        Key("organisations", "list", "Hospitals, wards, municipalities and units.", required=True),
        Key("people", "list", "Who works where, in which role."),
        Key("senders", "list", "Systems that send messages."),
        Key("routes", "list", "Which municipality, and which part of it, a postal code belongs to."),
        Key("openings", "list", "Opening hours and local closing days."),
        Key("partners", "list", "With whom Norwegian messages are exchanged, and what is agreed with them."),
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
        Key("her_id", "HER-id", "Its number in the address register; a service's when its parent has one too."),
        Key("services", "texts", "Its service types as code system and code, as 8663/KP02: which messages it gets."),
        Key(
            "ours", "flag", "Whether messages to it, and to what is part of it, are received here (false unless said)."
        ),
    ),
    "person": _keys(
        Key("id", "id", "The person's id, as used to sign in.", required=True),
        Key("name", "text", "The person's name.", required=True),
        Key("login", "text", "How the issuer's claim names the person, as the HPR number; never an identity number."),
        Key("seats", "list", "The roles that the person has, each in a unit.", required=True),
    ),
    "seat": _keys(
        Key("unit", "id", "The organisation.", required=True),
        Key("role", "id", "The role, as pathways name it.", required=True),
    ),
    "sender": _keys(
        Key("id", "id", "The sender's id.", required=True),
        Key(
            "application",
            "text",
            "How the system names itself in MSH-3; her for one known by its HER-id.",
            required=True,
        ),
        Key("facility", "text", "How its organisation is named in MSH-4; the organisation's HER-id.", required=True),
        Key("organisation", "id", "The organisation whose system it is.", required=True),
        Key("charset", "one of HL7 table 0211", "The alphabet when MSH-18 is empty (UTF-8 unless said)."),
        Key("time_zone", "text", "The zone of times without an offset (Europe/Oslo unless said)."),
        Key("acknowledge", "one of applied, stored", "When to answer: applied (unless said) or stored."),
        Key("accept_test", "flag", "Whether messages marked as test (MSH-11 T or D) are taken."),
        Key("destinations", "table", "The sender's discharge codes, each with the destination it means."),
        Key("rules", "table", "Rules for Norwegian messages, each with reject, warn or off where agreed otherwise."),
    ),
    "route": _keys(
        Key("postal_code", "digits", "A postal code or the start of one; the longest match counts.", required=True),
        Key("municipality", "four digits", "The municipality's number.", required=True),
        Key("district", "text", "The part of it, for messages that tell none, as Norwegian ones."),
    ),
    "opening": _keys(
        Key("municipality", "four digits", "The municipality's number.", required=True),
        Key("opens", "time", "When the working day begins (08:00 unless said)."),
        Key("closes", "time", "When the working day ends (15:30 unless said)."),
        Key("closing_days", "dates", "Days closed beside weekends and public holidays."),
    ),
    "partner": _keys(
        Key("organisation", "id", "The organisation, the upper level of its addresses.", required=True),
        Key("services", "table", "Message types, each with the service type that gets it where agreed otherwise."),
        Key("versions", "list", "Which versions it takes from when; without it, the usual ones."),
    ),
    "version": _keys(
        Key("standard", "one of " + ", ".join(STANDARDS), "The standard.", required=True),
        Key("version", "text", "The version, in quotes.", required=True),
        Key("since", "date", "The first day on which it is taken.", required=True),
    ),
}
"""Every key of a directory file; docs/reference/directory.md is held against it."""


class DirectoryForm(Form):
    """A table of a directory file, read by the keys of its own sections."""

    sections: ClassVar[Mapping[str, Mapping[str, Key]]] = SECTIONS

    def _check_shape(self, node: Node) -> None:
        keys = self.sections[self.section]
        if not isinstance(node, Table):
            right = "a table with " + ", ".join(key.name for key in keys.values() if key.required)
            self.report.add(node, f"{said(node)} as {self.section}", right, "not-a-table")
            return
        for name, _ in node.entries:
            if name.text not in keys:
                found = f"the key {shown(name.text)} in {self.section}"
                self.report.add(name, found, one_of(keys, name.text), "unknown-key")
        for key in keys.values():
            if key.required and node.get(key.name) is None:
                found, right = f"{self.section} without {key.name}", f"{key.name}: {key.means}"
                self.report.add(node, found, right, "missing-key")

    def parts(self, key: str, section: str) -> tuple[Self, ...]:
        """Return the tables listed under *key*."""
        return tuple(type(self)(item, section, self.report) for item in self._items(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts listed under *key*."""
        return tuple(scalar(item, "a text", self.report) for item in self._items(key))

    def days(self, key: str) -> tuple[date, ...]:
        """Return the dates listed under *key*."""
        found = (self._day(item) for item in self._items(key))
        return tuple(day for day in found if day is not None)

    def day(self, key: str) -> date | None:
        """Return the date under *key*, None when there is none."""
        return self._day(self.node(key)) if self.has(key) else None

    def table_of_texts(self, key: str) -> dict[str, str]:
        """Return the table under *key*, whose names may be any text."""
        node = self.node(key)
        if isinstance(node, Table):
            return {name.text: scalar(value, "a text", self.report) for name, value in node.entries}
        if self.has(key):
            self.report.add(node, f"{key}: {said(node)}", 'a table, as {"1": home}', "not-a-table")
        return {}

    def table_of_choices(self, key: str, choices: tuple[str, ...]) -> dict[str, str]:
        """Return the table under *key*, whose values are all of *choices*."""
        found = self.table_of_texts(key)
        for value in found.values():
            if value not in choices:
                self.report.add(self.node(key), f"{key}: {shown(value)}", one_of(choices, value), "choice")
        return {name: value for name, value in found.items() if value in choices}

    def digits(self, key: str, pattern: str, right: str) -> str:
        """Return the digits under *key*, empty when there are none."""
        text = self.text(key)
        if not text or (text.isascii() and re.fullmatch(pattern, text)):
            return text
        self.report.add(self.node(key), f"{key}: {shown(text)}", right, "digits")
        return ""

    def wall_time(self, key: str, otherwise: time) -> time:
        """Return the wall time under *key*."""
        text = self.text(key)
        if not text:
            return otherwise
        if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
            return time.fromisoformat(text)
        self.report.add(self.node(key), f"{key}: {shown(text)}", 'a wall time, as "08:00"', "time")
        return otherwise

    def zone(self, key: str) -> str:
        """Return the time zone under *key*."""
        name = self.text(key) or TIME_ZONE
        if is_time_zone(name):
            return name
        self.report.add(self.node(key), f"{key}: {shown(name)}", f"a zone, as {TIME_ZONE}", "time-zone")
        return TIME_ZONE

    def _items(self, key: str) -> tuple[Node, ...]:
        node = self.node(key)
        if self.has(key) and not isinstance(node, Listing):
            self.report.add(node, f"{key}: {said(node)}", "a list", "not-a-list")
        return self.listed(key)

    def _day(self, item: Node) -> date | None:
        text = item.text if isinstance(item, Scalar) else ""
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.report.add(item, said(item), "a date that exists, as 2026-12-24", "date")
        return None
