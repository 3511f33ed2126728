"""A table of a definition file, read key by key; every mistake is noted and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from pathway_engine.domain.deadlines import parse_duration
from pathway_engine.domain.definition import Duration, Text
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.language.findings import ERROR, Finding, shown
from pathway_engine.language.schema import SECTIONS, Sections
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import NOTHING, Listing, Node, Scalar, Table

Entry = TypeVar("Entry")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
MOST_ENTRIES = 400
DURATION_IS = "3 days, 2 working days, 4 weeks, same day, 3 hours or 2 working hours"


class Report:
    """The findings of one file, as they are made; *sections* are the keys that its tables may have."""

    def __init__(self, file: str, findings: list[Finding], sections: Sections = SECTIONS) -> None:
        self.file = file
        self.findings = findings
        self.sections = sections

    def add(self, node: Node, found: str, right: str, code: str, level: str = ERROR, shift: int = 0) -> None:
        """Note that *found* stands at *node*, *shift* columns in, where *right* would be right."""
        self.findings.append(Finding(self.file, node.line, node.column + shift, found, right, code, level))

    def __len__(self) -> int:
        return len(self.findings)


def said(node: Node) -> str:
    """Say what stands there, for a message."""
    match node:
        case Scalar(text=""):
            return "nothing"
        case Scalar():
            return shown(node.text)
        case Listing():
            return "a list"
        case Table():
            return "a table"


class Form:
    """One table read by the keys of its section; wrong values are noted and read as None or empty."""

    def __init__(self, node: Node | None, section: str, report: Report) -> None:
        self.report = report
        self.section = section
        self.table = node if isinstance(node, Table) else Table(*_place(node), ())
        if node is not None and node is not NOTHING:
            self._check_shape(node)

    def _check_shape(self, node: Node) -> None:
        keys = self.report.sections[self.section]
        if not isinstance(node, Table):
            right = "a table with " + ", ".join(key.name for key in keys.values() if key.required)
            self.report.add(node, f"{said(node)} as {self.section}", right, "not-a-table")
            return
        for name, value in node.entries[:MOST_ENTRIES]:
            if name.text not in keys:
                found = f"the key {shown(name.text)} in {self.section}"
                right = one_of(keys, name.text)
                if self.section == "text" and isinstance(value, Scalar) and not value.text:
                    right = "quotes around a text that has a comma in it"
                self.report.add(name, found, right, "unknown-key")
        for key in keys.values():
            if key.required and node.get(key.name) is None:
                self.report.add(node, f"{self.section} without {key.name}", f"{key.name}: {key.means}", "missing-key")

    def node(self, key: str) -> Node:
        """Return the value of *key*, or the empty scalar where it is missing."""
        return self.table.get(key) or NOTHING

    def has(self, key: str) -> bool:
        """Say whether the file gives *key*."""
        return self.table.get(key) is not None

    def form(self, key: str, section: str) -> Form:
        """Return the table under *key*."""
        return Form(self.table.get(key), section, self.report)

    def text(self, key: str) -> str:
        """Return the one text under *key*."""
        return scalar(self.node(key), f"a text for {key}", self.report) if self.has(key) else ""

    def name(self, key: str) -> str:
        """Return the one name under *key*."""
        return name_of(self.node(key), self.report) if self.has(key) else ""

    def optional_name(self, key: str) -> str | None:
        """Return the one name under *key*, or None."""
        return self.name(key) or None

    def names(self, key: str) -> tuple[str, ...]:
        """Return the name or names under *key*."""
        return names_of(self.node(key), self.report) if self.has(key) else ()

    def both(self, key: str) -> Text:
        """Return the text under *key* in both languages."""
        return text_of(self.table.get(key), self.report)

    def flag(self, key: str, otherwise: bool) -> bool:
        """Return true or false."""
        word = self.choice(key, ("true", "false"))
        return word == "true" if word else otherwise

    def choice(self, key: str, words: tuple[str, ...]) -> str:
        """Return the word under *key*, which must be one of *words*."""
        if not self.has(key):
            return ""
        node = self.node(key)
        if isinstance(node, Scalar) and node.text in words:
            return node.text
        right = one_of(words, node.text if isinstance(node, Scalar) else "")
        self.report.add(node, f"{key}: {said(node)}", right, "unknown-word")
        return ""

    def duration(self, key: str) -> Duration | None:
        """Return the duration under *key*."""
        text = self.text(key)
        if not text:
            return None
        try:
            return parse_duration(text)
        except DefinitionError:
            self.report.add(self.node(key), f"{key}: {shown(text)}", DURATION_IS, "duration")
            return None

    def day(self, key: str) -> date | None:
        """Return the date under *key*."""
        text = self.text(key)
        if not text:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.report.add(self.node(key), f"{key}: {shown(text)}", "a date that exists, as 2026-01-31", "date")
        return None

    def number(self, key: str) -> float | None:
        """Return the number under *key*."""
        text = self.text(key)
        if not text:
            return None
        if re.fullmatch(NUMBER, text) and text.isascii():
            return float(text)
        self.report.add(self.node(key), f"{key}: {shown(text)}", "a number, as 37.5", "number")
        return None

    def forms(self, key: str, section: str) -> tuple[Form, ...]:
        """Return the tables listed under *key*."""
        if not self.has(key):
            return ()
        node = self.node(key)
        if isinstance(node, Listing):
            return tuple(Form(item, section, self.report) for item in limited(node, node.items, self.report))
        self.report.add(node, f"{key}: {said(node)}", "a list, each item beginning with `- `", "not-a-list")
        return ()

    def listed(self, key: str) -> tuple[Node, ...]:
        """Return the nodes listed under *key*, without reading them."""
        node = self.node(key)
        return node.items if isinstance(node, Listing) else ()

    def named(self, key: str) -> Iterator[tuple[Scalar, Node]]:
        """Yield the names and values of the table under *key*, refusing names that are none."""
        if not self.has(key):
            return
        node = self.node(key)
        if not isinstance(node, Table):
            self.report.add(node, f"{key}: {said(node)}", "a table of names", "not-a-table")
            return
        for name, value in limited(node, node.entries, self.report):
            if name_of(name, self.report):
                yield name, value


def _place(node: Node | None) -> tuple[int, int]:
    return (node.line, node.column) if node is not None else (1, 1)


def limited(node: Node, entries: tuple[Entry, ...], report: Report) -> tuple[Entry, ...]:
    """Return as many entries as a pathway may have, noting when there are more."""
    if len(entries) > MOST_ENTRIES:
        report.add(node, f"{len(entries)} entries", f"at most {MOST_ENTRIES}", "too-many")
    return entries[:MOST_ENTRIES]


def scalar(node: Node, right: str, report: Report) -> str:
    """Return the node's text, noting when it is none."""
    if isinstance(node, Scalar) and node.text.strip():
        return node.text.strip()
    report.add(node, said(node), right, "not-a-text")
    return ""


def name_of(node: Node, report: Report) -> str:
    """Return the node's name, noting when it is none."""
    text = scalar(node, "a name", report)
    if text and not NAME.fullmatch(text):
        report.add(
            node,
            f"the name {shown(text)}",
            "letters a-z, digits, _ and -, beginning with a letter, at most 64",
            "name",
        )
        return ""
    return text


def names_of(node: Node, report: Report) -> tuple[str, ...]:
    """Return one name or a list of them, each once."""
    items = limited(node, node.items, report) if isinstance(node, Listing) else (node,)
    if not items:
        report.add(node, "an empty list", "at least one name, or leave the key out", "empty-list")
    names: list[str] = []
    for item in items:
        name = name_of(item, report)
        if name in names:
            report.add(item, f"{shown(name)} twice", "each name once", "named-twice")
        elif name:
            names.append(name)
    return tuple(names)


def text_of(node: Node | None, report: Report) -> Text:
    """Return a text in both languages."""
    form = Form(node, "text", report)
    return Text(form.text("nb"), form.text("en"))
