"""Reading by declaration: an element becomes a record, tolerantly, and what was odd is noted."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lxml.etree import tostring

from adapters.norwegian.binding import Element
from adapters.norwegian.namespaces import WELL_KNOWN
from adapters.norwegian.values import LEXICAL, Code, Moment, Quantity, RichText
from adapters.norwegian.xml import canonical, local

MOST_NOTES = 100
MOST_REMEMBERED, LONGEST_REMEMBERED = 256, 4096
"""Parties of messages that are remembered, and the longest of them in bytes: a partner's are the same each time."""
MOST_CODES, LONGEST_CODE = 2048, 1000
"""Codes that are remembered, and the longest of them in characters."""
TRUE = {"true": True, "1": True, "false": False, "0": False}
TIDY = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
NAME = re.compile(r"\w{1,60}")


@dataclass(slots=True)
class Reading:
    """What is noted on the way, and how the content of a document is read."""

    content: Callable[[Any, Reading], object]
    notes: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        """Keep *what*, unless there are very many notes already."""
        if len(self.notes) < MOST_NOTES:
            self.notes.append(what)


Reader = Callable[[Any, Reading], Any]
Attributes = tuple[tuple[str, str], ...]


class _Slots(dict[str, "tuple[int, Reader, bool] | None"]):
    """Where the elements of a record go: the field's index, how to read it, whether it repeats.

    Looked up by the name with its namespace; what was found by the name alone is remembered when the
    namespace is well known, so that no sender can fill the memory.
    """

    def __missing__(self, tag: str) -> tuple[int, Reader, bool] | None:
        space, _, name = tag.rpartition("}")
        found = self.get(name)
        if found is None:
            return None
        index, reader, repeats = found
        found = index, _reader_of(reader.kind) if isinstance(reader, _Nested) else reader, repeats
        if space[1:] in WELL_KNOWN:
            self[tag] = found
        return found


def read_record(kind: type, element: Any, reading: Reading) -> Any:
    """Return *element* as a record of *kind*."""
    return _reader_of(kind)(element, reading)


@cache
def _reader_of(kind: type) -> Reader:
    slots, attributes, required = _places(kind)
    defaults = [each.default for each, _, _ in declared(kind)]
    twin = _twin(kind)

    def read(element: Any, reading: Reading) -> Any:
        values: list[Any] = defaults.copy()
        several: dict[int, list[Any]] = {}
        for child in element[:]:
            slot = slots[child.tag]
            if slot is None:
                reading.note(f"{kind.__name__}: {shown(local(child))} is unknown here and was left out.")
                continue
            index, reader, repeats = slot
            if values[index] is defaults[index]:
                values[index] = (reader(child, reading),) if repeats else reader(child, reading)
            elif repeats:
                several.setdefault(index, [*values[index]]).append(reader(child, reading))
            else:
                reading.note(f"{kind.__name__}: {local(child)} is given more than once; the first counts.")
        if attributes:
            _read_attributes(element, attributes, values)
        for index, name in required:
            if values[index] is defaults[index]:
                reading.note(f"{kind.__name__}: {name} is missing.")
        for index, found in several.items():
            values[index] = tuple(found)
        made = twin(*values)
        if twin is not kind:
            made.__class__ = kind
        return made

    return _remembering(read) if getattr(kind, "recurs", False) else read


def _remembering(read: Reader) -> Reader:
    """The same, but what stands in the same bytes as before, and was not odd, is not read again."""
    known: dict[bytes, Any] = {}

    def remembered(element: Any, reading: Reading) -> Any:
        written = tostring(element, encoding="utf-8", with_tail=False)
        found = known.get(written)
        if found is not None:
            return found
        before = len(reading.notes)
        found = read(element, reading)
        if len(reading.notes) == before < MOST_NOTES and len(written) <= LONGEST_REMEMBERED:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            known[written] = found
        return found

    return remembered


def _read_attributes(element: Any, attributes: dict[str, int], values: list[Any]) -> None:
    for key, value in element.items():
        index = attributes.get(key.rpartition("}")[2])
        if index is not None:
            values[index] = value


@cache
def declared(kind: type) -> tuple[tuple[dataclasses.Field[Any], Element, Any], ...]:
    """The fields of *kind* with their elements and what one value of each is."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    return tuple((each, each.metadata["element"], _one(hints[each.name])) for each in fields)


def _places(kind: type) -> tuple[_Slots, dict[str, int], list[tuple[int, str]]]:
    """Where elements and attributes of *kind* go, and which elements must be there."""
    slots, attributes, required = _Slots(), {}, []
    for index, (each, element, inner) in enumerate(declared(kind)):
        if element.form == "attribute":
            attributes[element.name] = index
            continue
        if element.form == "choice":
            slots.update({name: (index, _Nested(one), True) for name, one in element.among})
            continue
        slots[element.name] = (index, _reader(element, inner), each.default == () and element.form != "content")
        if element.required is True and not element.optional_in:
            required.append((index, element.name))
    return slots, attributes, required


def _twin(kind: Any) -> Any:
    """What takes the fields of a *kind* in a third of the time that its own constructor does, and then becomes one.

    A frozen dataclass sets each field through `object.__setattr__`, which is most of what reading
    costs. A twin that is not frozen, with the same slots, is filled in and then is of *kind*.
    """
    names = [each.name for each in dataclasses.fields(kind)]
    if list(kind.__slots__) != names:
        return kind
    return dataclasses.make_dataclass(f"_{kind.__name__}", names, slots=True, eq=False, repr=False)


def _one(hint: Any) -> Any:
    """The type of one value: of ``X | None`` and ``tuple[X, ...]`` it is X."""
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)[0]
    if isinstance(hint, types.UnionType):
        return next(each for each in typing.get_args(hint) if each is not type(None))
    return hint


def _reader(element: Element, inner: Any) -> Reader:
    if element.form == "content":
        return _read_content
    if element.form == "rich":
        return _read_rich
    if inner is Moment:
        return _moment_reader(element)
    if element.form == "value":
        return _read_value
    if inner in PLAIN:
        return PLAIN[inner]
    return _Nested(inner)


@dataclass(frozen=True, slots=True)
class _Nested:
    """Reads a `kind`; which may hold another of its own kind, so that its reader is looked up late."""

    kind: type

    def __call__(self, element: Any, reading: Reading) -> Any:
        return _reader_of(self.kind)(element, reading)


def _moment_reader(element: Element) -> Reader:
    source = _read_value if element.form == "value" else _read_text
    name = element.name

    def read(found: Any, reading: Reading) -> Moment | None:
        given = source(found, reading).strip()
        if TIDY.fullmatch(given):
            return Moment(given)
        if not given:
            reading.note(f"{name} is empty.")
            return None
        moment = Moment(given)
        if moment.precision is None:
            reading.note(f"{name} is not a date or time; it was kept as it stands.")
            return moment
        tidy = _tidied(given)
        if tidy != given:
            reading.note(f"{name} is not written as XML Schema writes times; it was understood.")
        return Moment(tidy)

    return read


def _tidied(given: str) -> str:
    """``1991-12-4`` is 1991-12-04: with two digits each, T between, seconds, and a full stop."""
    parts = LEXICAL.fullmatch(given)
    if parts is None:
        return given
    found = parts["year"] + "".join(f"-{int(parts[each]):02}" for each in ("month", "day") if parts[each])
    if parts["hour"]:
        found += f"T{int(parts['hour']):02}:{parts['minute']}:{parts['second'] or '00'}"
        found += f".{parts['fraction']}" if parts["fraction"] else ""
    return found + (parts["zone"] or "")


def _read_content(element: Any, reading: Reading) -> tuple[object, ...]:
    return tuple(reading.content(child, reading) for child in element)


def _read_rich(element: Any, reading: Reading) -> RichText:
    if len(element) == 0:
        return RichText.of(element.text or "")
    inner = RichText.of(element.text or "").xml
    for child in element:
        inner += canonical(child) + RichText.of(child.tail or "").xml
    return RichText(inner)


def _read_value(element: Any, reading: Reading) -> str:
    found: str = element.get("V") or ""
    return found


def _read_text(element: Any, reading: Reading) -> str:
    found: str = "".join(element.itertext()) if len(element) else element.text or ""
    return found


def _read_code(element: Any, reading: Reading) -> Code:
    given = tuple(element.items())
    return _codes.get(given) or _code(given)


_codes: dict[Attributes, Code] = {}
"""The same codes come again and again."""


def _code(given: Attributes) -> Code:
    told = dict(given)
    found = Code(told.get("V", ""), told.get("DN", ""), told.get("S", ""), told.get("OT", ""))
    if sum(len(value) for _, value in given) <= LONGEST_CODE:
        if len(_codes) >= MOST_CODES:
            _codes.clear()
        _codes[given] = found
    return found


def _read_quantity(element: Any, reading: Reading) -> Quantity:
    return Quantity(element.get("V", ""), element.get("U", ""))


def _read_flag(element: Any, reading: Reading) -> bool | None:
    found = TRUE.get((element.text or "").strip().lower())
    if found is None:
        reading.note(f"{local(element)} is neither true nor false; it was left out.")
    return found


def _read_number(element: Any, reading: Reading) -> int | None:
    given = (element.text or "").strip()
    if re.fullmatch(r"[+-]?[0-9]{1,18}", given):
        return int(given)
    reading.note(f"{local(element)} is not a whole number; it was left out.")
    return None


PLAIN: dict[Any, Reader] = {
    str: _read_text,
    bool: _read_flag,
    int: _read_number,
    Code: _read_code,
    Quantity: _read_quantity,
}


def shown(name: str) -> str:
    """Return the name of an element, unless it is so odd that it may hold anything."""
    return name if NAME.fullmatch(name) and not re.search(r"\d{6}", name) else "an element"
