"""One declaration, read and written: how a record's fields stand in XML.

A record is a frozen dataclass; each field says the name of its element, and the field's type says
the rest. The same declaration reads (by local name, in any order, whatever the prefix; what is
unknown is noted) and writes (in the declared order, in the namespace of the version).
`xmlns` of a record is the key of the namespace that its elements stand in: one key, or by the key
of what holds it. `order` names elements that come first when it stands in that namespace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Namespaces = str | Mapping[str, str]
Order = Mapping[str, tuple[str, ...]]
Form = Literal["text", "attribute", "value", "rich", "part", "content", "choice"]
Lexical = Literal["string", "date", "dateTime", "gYear", "TS", "boolean", "integer", "decimal"]


@dataclass(frozen=True, slots=True)
class Element:
    """Where a field stands.

    `ns` is the key of its namespace when it is not that of the record's others. `required` is for all
    versions or for one, `since` is the first that has it, `plain_until` the first that lets it be
    marked up, `single_until` the first that lets it be repeated. `within` is the only namespace that
    it may be written in, `optional_in` the one in which it may be left out all the same.
    """

    name: str
    form: Form = "part"
    lexical: Lexical = "string"
    ns: str = ""
    required: bool | str = False
    since: str = ""
    within: str = ""
    optional_in: str = ""
    plain_until: str = ""
    single_until: str = ""
    among: tuple[tuple[str, type], ...] = ()

    def required_in(self, version: str, inside: str) -> bool:
        """Whether *version* of the standard demands it of a record whose elements stand in *inside*."""
        return (self.required is True or self.required == version) and self.optional_in != inside


@dataclass(frozen=True, slots=True)
class OneOf:
    """Fields of which at most one is given, and one must be: in all versions, in one, or in none."""

    fields: tuple[str, ...]
    required: bool | str = True


def _declared(element: Element, default: Any = None, *, shown: bool = True) -> Any:
    return field(default=default, repr=shown, metadata={"element": element})


def text(name: str, *, default: str = "", shown: bool = True, **more: Any) -> Any:
    """A field of str: the element's text; empty is as good as absent. Not *shown* is not in the repr."""
    return _declared(Element(name, "text", **more), default, shown=shown)


def decimal(name: str, **more: Any) -> Any:
    """A field of str that is a decimal number, as written."""
    return _declared(Element(name, "text", "decimal", **more), "")


def flag(name: str, **more: Any) -> Any:
    """A field of bool, or None when it is not given."""
    return _declared(Element(name, "text", "boolean", **more))


def number(name: str, **more: Any) -> Any:
    """A field of int, or None when it is not given."""
    return _declared(Element(name, "text", "integer", **more))


def day(name: str, **more: Any) -> Any:
    """A field of `Moment`: the element's text is a date."""
    return _declared(Element(name, "text", "date", **more))


def instant(name: str, **more: Any) -> Any:
    """A field of `Moment`: the element's text is a date and time."""
    return _declared(Element(name, "text", "dateTime", **more))


def year(name: str, **more: Any) -> Any:
    """A field of `Moment`: the element's text is a year."""
    return _declared(Element(name, "text", "gYear", **more))


def stamp(name: str, **more: Any) -> Any:
    """A field of `Moment`: attribute V of the element is a TS, anything from a year to an instant."""
    return _declared(Element(name, "value", "TS", **more))


def url(name: str, **more: Any) -> Any:
    """A field of str: attribute V of the element."""
    return _declared(Element(name, "value", **more), "")


def urls(name: str, **more: Any) -> Any:
    """A field of a tuple of str: attribute V of each element."""
    return _declared(Element(name, "value", **more), ())


def rich(name: str, **more: Any) -> Any:
    """A field of `RichText`: whatever the element holds."""
    return _declared(Element(name, "rich", **more))


def part(name: str, **more: Any) -> Any:
    """A field of `Code`, `Quantity` or another record, or None when it is not given."""
    return _declared(Element(name, **more))


def many(name: str, **more: Any) -> Any:
    """A field of a tuple of str, `Code` or another record."""
    return _declared(Element(name, **more), ())


def choice(*among: tuple[str, type], **more: Any) -> Any:
    """A field of a tuple of records of several kinds, in whatever order they stand."""
    return _declared(Element("", "choice", among=among, **more), ())


def contents(name: str, **more: Any) -> Any:
    """A field of a tuple of whatever documents may hold."""
    return _declared(Element(name, "content", **more), ())


def attr(name: str, *, default: str = "", **more: Any) -> Any:
    """A field of str that is an attribute of the record's own element."""
    return _declared(Element(name, "attribute", **more), default)
