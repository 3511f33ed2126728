"""YAML the careful way: every scalar is text with its place, and nothing hides behind another name.

The structure is that of YAML 1.2. What a nurse cannot see in the file is refused: anchors, aliases,
tags, merge keys, directives, second documents and keys given twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import yaml

from pathway_engine.language.findings import DefinitionErrors, Finding, errors_among, shown

LARGEST_FILE_BYTES = 256 * 1024
MOST_FINDINGS = 200
"""Nobody corrects more before trying again."""
DEEPEST_NESTING = 12


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text; `plain` when it was written without quotes. `on`, `NO` and `007` stay as they are."""

    line: int
    column: int
    text: str
    plain: bool = True
    last_line: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """Items one after the other."""

    line: int
    column: int
    items: tuple[Node, ...]
    last_line: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with their values, in file order, each key once."""

    line: int
    column: int
    entries: tuple[tuple[Scalar, Node], ...]
    last_line: int = 0

    def get(self, key: str) -> Node | None:
        """Return the value of *key*, or None."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return *key* as it stands in the file, or None."""
        return next((name for name, _ in self.entries if name.text == key), None)


class Mark(Protocol):
    """A place as the parser tells it, counted from 0."""

    line: int
    column: int


Node = Scalar | Listing | Table
NOTHING = Scalar(1, 1, "")


@dataclass(slots=True)
class _Open:
    """A list or table whose end has not been read yet."""

    line: int
    column: int
    is_table: bool
    children: list[Node] = field(default_factory=list)


def read_yaml(text: bytes | str, file: str) -> Node:
    """Return the one document of *text*, or raise `DefinitionErrors` with all that is wrong."""
    findings: list[Finding] = []
    root = _Builder(file, findings).read(text)
    if errors_among(findings):
        raise DefinitionErrors(findings)
    return root


class _Builder:
    """Builds nodes from the parser's events, noting what is refused and going on where it can."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.file = file
        self.findings = findings
        self.stack: list[_Open] = []
        self.roots: list[Node] = []

    def read(self, text: bytes | str) -> Node:
        content = self._decoded(text)
        if content is not None:
            self._take_all(content)
        if not self.roots and not self.findings:
            self._refuse(1, 1, "an empty file", "a definition, see docs/reference/pathway-file.md", "empty")
        return self.roots[0] if self.roots else NOTHING

    def _decoded(self, text: bytes | str) -> str | None:
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if len(raw) > LARGEST_FILE_BYTES:
            right = f"at most {LARGEST_FILE_BYTES} bytes; split the checklists into files of their own"
            self._refuse(1, 1, f"a file of {len(raw)} bytes", right, "too-large")
            return None
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            column = len(before.rsplit(b"\n", 1)[-1].decode("utf-8", "replace")) + 1
            self._refuse(
                before.count(b"\n") + 1,
                column,
                "bytes that are not UTF-8",
                "save the file as UTF-8",
                "not-utf8",
            )
            return None

    def _take_all(self, content: str) -> None:
        try:
            for event in _events(content):
                if not self._take(event):
                    return
                if len(self.findings) >= MOST_FINDINGS:
                    return self._give_up(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = _from_one(mark)
            self._refuse_syntax(content, line, column, error.problem or error.context or "broken YAML")
        except (yaml.YAMLError, UnicodeError, ValueError):
            line, column = _first_control_character(content)
            self._refuse(line, column, "a character that YAML does not allow", "printable text only", "syntax")

    def _give_up(self, event: yaml.Event) -> None:
        line, column = _from_one(event.start_mark)
        del self.findings[MOST_FINDINGS:]  # those of one large table are found all at once
        found = f"{MOST_FINDINGS} mistakes so far; the rest of the file was not read"
        self._refuse(line, column, found, "the ones before this corrected first", "too-many")

    def _refuse_syntax(self, content: str, line: int, column: int, problem: str) -> None:
        lines = content.split("\n")
        text = lines[line - 1] if line <= len(lines) else ""
        if "\t" in text[:column] or "\t" in text[: len(text) - len(text.lstrip())]:
            self._refuse(line, text.index("\t") + 1, "a tab", "spaces only", "tab")
        else:
            right = "YAML: `key: value`, even indentation, quotes around text with `: ` or `#`"
            self._refuse(line, column, f"text that is not YAML ({problem})", right, "syntax")

    def _take(self, event: yaml.Event) -> bool:
        """Take one event; return False when reading on makes no sense."""
        line, column = _from_one(event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                return self._begin_document(event, line, column)
            case yaml.AliasEvent():
                self._refuse(line, column, f"the alias *{event.anchor}", "write the value out again", "alias")
                self._put(Scalar(line, column, ""))
            case yaml.ScalarEvent():
                self._refuse_hidden(event, line, column)
                last, _ = _from_one(event.end_mark)
                self._put(Scalar(line, column, event.value, not event.style, last))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._refuse_hidden(event, line, column)
                return self._open(line, column, isinstance(event, yaml.MappingStartEvent))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close()
            case _:
                pass  # where the stream and its document begin and end
        return True

    def _begin_document(self, event: yaml.DocumentStartEvent, line: int, column: int) -> bool:
        if event.version or event.tags:
            self._refuse(line, column, "a % directive", "begin with the first key", "directive")
        if self.roots:
            self._refuse(line, column, "a second document after ---", "one document in a file", "second-document")
            return False
        return True

    def _refuse_hidden(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int, column: int) -> None:
        if event.anchor:
            self._refuse(line, column, f"the anchor &{event.anchor}", "write the value out each time", "anchor")
        if event.tag:
            self._refuse(line, column, f"the tag {shown(event.tag)}", "the value without a tag", "tag")

    def _open(self, line: int, column: int, is_table: bool) -> bool:
        if len(self.stack) >= DEEPEST_NESTING:
            found = f"nesting deeper than {DEEPEST_NESTING}"
            self._refuse(line, column, found, "the flat keys of a pathway file", "too-deep")
            return False
        self.stack.append(_Open(line, column, is_table))
        return True

    def _close(self) -> None:
        done = self.stack.pop()
        last = max((child.last_line for child in done.children), default=done.line)
        if done.is_table:
            self._put(Table(done.line, done.column, tuple(self._entries(done.children)), last))
        else:
            self._put(Listing(done.line, done.column, tuple(done.children), last))

    def _entries(self, children: list[Node]) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Scalar] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._refuse(key.line, key.column, "a list or table as a key", "a name as a key", "key")
            elif key.text == "<<" and key.plain:
                self._refuse(key.line, key.column, "the merge key <<", "write the keys out", "merge-key")
            elif key.text in seen:
                found = f"the key {shown(key.text)} again, first on line {seen[key.text].line}"
                self._refuse(key.line, key.column, found, "each key once", "duplicate-key")
            else:
                seen[key.text] = key
                yield key, value

    def _put(self, node: Node) -> None:
        (self.stack[-1].children if self.stack else self.roots).append(node)

    def _refuse(self, line: int, column: int, found: str, right: str, code: str) -> None:
        self.findings.append(Finding(self.file, line, column, found, right, code))


def _events(content: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(content, Loader=loader)


def _from_one(mark: Mark | None) -> tuple[int, int]:
    """Return line and column of *mark*, counted from 1."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _first_control_character(content: str) -> tuple[int, int]:
    """Return line and column of the first character outside YAML's printable set."""
    for number, line in enumerate(content.split("\n"), start=1):
        for column, character in enumerate(line, start=1):
            if not (character.isprintable() or character in "\t\r"):
                return number, column
    return 1, 1
