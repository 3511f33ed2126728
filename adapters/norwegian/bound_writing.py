"""Writing by declaration: a record becomes XML, strictly, in the order and namespaces of its standard."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, cast

from adapters.norwegian import xml
from adapters.norwegian.binding import Element, Lexical, OneOf
from adapters.norwegian.bound_reading import declared
from adapters.norwegian.namespaces import BASE64
from adapters.norwegian.refusal import CannotWrite
from adapters.norwegian.values import Attachment, Code, Moment, Opaque, Quantity, RichText

ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
FORMS: dict[Lexical, re.Pattern[str]] = {
    "date": re.compile(DATE + ZONE),
    "dateTime": re.compile(f"{DATE}T{CLOCK}{ZONE}"),
    "gYear": re.compile(r"[0-9]{4}" + ZONE),
    "TS": re.compile(f"({DATE}T{CLOCK}|{DATE}|[0-9]{{4}}-(0[1-9]|1[0-2])|[0-9]{{4}}|{CLOCK}){ZONE}"),
    "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
}
BASE64_TEXT = re.compile(r"[A-Za-z0-9+/=\s]*", re.ASCII)
OID = re.compile(r"[0-9]+(\.[0-9]+)*")


@dataclass(frozen=True)
class Dialect:
    """A version of a standard: its name, and the namespace of each key; a prefix is the key itself."""

    version: str
    namespaces: Mapping[str, str]
    bare: str = ""
    """The key of the default namespace."""

    @cached_property
    def declarations(self) -> str:
        """The namespace declarations, as they stand on the outermost element."""
        named = sorted(self.namespaces.items())
        return "".join(f" xmlns{'' if key == self.bare else ':' + key}={xml.attribute(uri)}" for key, uri in named)

    def tag(self, key: str, name: str) -> str:
        """The name of an element or attribute as it is written."""
        return name if key == self.bare else f"{key}:{name}"


@dataclass(slots=True)
class Writing:
    """What is written so far, in which dialect, and how the content of a document is written."""

    dialect: Dialect
    content: Callable[[object, Writing], None]
    out: list[str] = field(default_factory=list)


def write_record(record: object, name: str, key: str, writing: Writing, *, declarations: str = "") -> None:
    """Write *record* as the element *name* in the namespace of *key*; raises `CannotWrite`."""
    kind: type = type(record)
    version = writing.dialect.version
    _check_alternatives(record, kind, version)
    inside = _inside(kind, key)
    tag = writing.dialect.tag(key, name)
    out = writing.out
    out.append(f"<{tag}{declarations}{_attributes(record, kind, writing.dialect)}>")
    start = len(out)
    for attribute, element in _ordered(kind, inside):
        value = getattr(record, attribute)
        if value is None or value == "" or value == ():
            if element.required_in(version, inside):
                _lacking(kind, element, value, inside, writing)
            continue
        _check(kind, element, value, inside, version)
        _write_field(value, element, element.ns or inside, writing)
    if len(out) == start:
        out[-1] = out[-1][:-1] + "/>"
    else:
        out.append(f"</{tag}>")


def _lacking(kind: type, element: Element, value: Any, key: str, writing: Writing) -> None:
    """A required text may be empty, and is then written as an empty element; anything else may not."""
    if value == "" and element.form in ("text", "value"):
        writing.out.append(f"<{writing.dialect.tag(element.ns or key, element.name)}/>")
        return
    raise CannotWrite(f"{kind.__name__} must have {element.name}.")


def _check_alternatives(record: object, kind: type, version: str) -> None:
    one_of: OneOf | None = getattr(kind, "one_of", None)
    if one_of is None:
        return
    given = sum(1 for name in one_of.fields if getattr(record, name) not in (None, "", ()))
    if given > 1 or (given == 0 and one_of.required in (True, version)):
        raise CannotWrite(f"{kind.__name__} must have exactly one of {', '.join(one_of.fields)}.")


def _check(kind: type, element: Element, value: Any, inside: str, version: str) -> None:
    if element.since > version:
        raise CannotWrite(f"{kind.__name__}: {element.name} is of version {element.since} and later, not {version}.")
    if (len(value) if isinstance(value, tuple) else 1) > 1 and element.single_until > version:
        raise CannotWrite(f"{kind.__name__}: {element.name} can be given once only in version {version}.")
    if element.within and element.within != inside:
        raise CannotWrite(f"{kind.__name__}: {element.name} can be written in the message's head only.")


def _write_field(value: Any, element: Element, key: str, writing: Writing) -> None:
    if element.form == "content":
        _write_contents(value, element, key, writing)
    elif isinstance(value, tuple):
        for each in value:
            _write_one(each, element, key, writing)
    else:
        _write_one(value, element, key, writing)


def _write_one(value: Any, element: Element, key: str, writing: Writing) -> None:
    leaf = _leaf(value, element, writing.dialect.version)
    if leaf is None:
        write_record(value, element.name or _chosen(value, element), key, writing)
        return
    attributes, content = leaf
    tag = writing.dialect.tag(key, element.name)
    writing.out.append(f"<{tag}{attributes}/>" if content is None else f"<{tag}{attributes}>{content}</{tag}>")


def _leaf(value: Any, element: Element, version: str) -> tuple[str, str | None] | None:
    """The attributes and the text of an element that holds no others, or None when *value* is a record."""
    kind = type(value)
    if kind is Code:
        return _code(value, element), None
    if element.form == "text":
        return "", xml.text(_lexical(value, element))
    if element.form == "value":
        return f" V={xml.attribute(_lexical(value, element))}", None
    if kind is Quantity:
        return _quantity(value, element), None
    if kind is RichText:
        return "", _rich(value, element, version)
    return None


def _chosen(value: object, element: Element) -> str:
    name = next((name for name, kind in element.among if isinstance(value, kind)), None)
    if name is None:
        raise CannotWrite(f"A {type(value).__name__} cannot stand here.")
    return name


def _write_contents(values: tuple[object, ...], element: Element, key: str, writing: Writing) -> None:
    tag = writing.dialect.tag(key, element.name)
    writing.out.append(f"<{tag}>")
    for value in values:
        writing.content(value, writing)
    writing.out.append(f"</{tag}>")


def _lexical(value: Any, element: Element) -> str:
    if element.lexical == "string":
        return cast("str", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Moment):
        return _moment(value, element)
    if not FORMS[element.lexical].fullmatch(value):
        raise CannotWrite(f"{element.name} must be a decimal number.")
    return cast("str", value)


def _moment(value: Moment, element: Element) -> str:
    good = FORMS[element.lexical].fullmatch(value.text) is not None
    if good and value.precision == "day":
        good = _is_day(value)
    if good and value.precision == "instant":
        good = _is_day(Moment(value.text[:10]))
    if not good:
        raise CannotWrite(f"{element.name} must be written as {element.lexical} of XML Schema.")
    return value.text


def _is_day(value: Moment) -> bool:
    try:
        value.day()
    except ValueError:
        return False
    return True


def _code(code: Code, element: Element) -> str:
    if code.system and not OID.fullmatch(code.system):
        raise CannotWrite(f"{element.name}: the code system must be an OID.")
    return _named("V", code.value) + _named("DN", code.name) + _named("S", code.system) + _named("OT", code.text)


def _quantity(value: Quantity, element: Element) -> str:
    if value.value and not FORMS["decimal"].fullmatch(value.value):
        raise CannotWrite(f"{element.name} must be a decimal number with a unit.")
    return _named("V", value.value) + _named("U", value.unit)


def _rich(value: RichText, element: Element, version: str) -> str:
    if "<" in value.xml and element.plain_until > version:
        raise CannotWrite(f"{element.name} cannot be marked up before version {element.plain_until}.")
    if ("<" in value.xml or "&" in value.xml) and not xml.well_formed(value.xml):
        raise CannotWrite(f"{element.name} must be well-formed XML; use RichText.of for plain text.")
    if xml.FORBIDDEN.search(value.xml):
        raise CannotWrite(f"{element.name} holds a control character, which XML cannot carry; leave it out.")
    return value.xml


def _attributes(record: object, kind: type, dialect: Dialect) -> str:
    found = ""
    for attribute, element in _own_attributes(kind):
        value = getattr(record, attribute)
        if value:
            name = f"{element.ns}:{element.name}" if element.ns else element.name
            found += _named(name, value)
        elif element.required_in(dialect.version, ""):
            raise CannotWrite(f"{kind.__name__} must have the attribute {element.name}.")
    return found


def _named(name: str, value: str) -> str:
    return f" {name}={xml.attribute(value)}" if value else ""


@cache
def _own_attributes(kind: type) -> tuple[tuple[str, Element], ...]:
    return tuple((each.name, element) for each, element, _ in declared(kind) if element.form == "attribute")


@cache
def _inside(kind: type, key: str) -> str:
    """The key of the namespace that the elements of *kind* stand in when its own stands in that of *key*."""
    xmlns: str | Mapping[str, str] = vars_of(kind, "xmlns")
    return xmlns if isinstance(xmlns, str) else xmlns.get(key, xmlns[""])


def vars_of(kind: type, name: str, default: Any = None) -> Any:
    """The class variable *name* of *kind*."""
    return getattr(kind, name, default)


@cache
def _ordered(kind: type, inside: str) -> tuple[tuple[str, Element], ...]:
    first: tuple[str, ...] = vars_of(kind, "order", {}).get(inside, ())
    fields = [(each.name, element) for each, element, _ in declared(kind) if element.form != "attribute"]
    return tuple(sorted(fields, key=lambda each: first.index(each[1].name) if each[1].name in first else len(first)))


def content_of(value: object) -> str | None:
    """Return an opaque element or an attachment as it is written, or None when *value* is neither."""
    if isinstance(value, Opaque):
        if not xml.well_formed(value.xml):
            raise CannotWrite(f"The content {value.name} must be well-formed XML.")
        return value.xml
    if isinstance(value, Attachment):
        if not BASE64_TEXT.fullmatch(value.base64):
            raise CannotWrite("The attachment must be base64; use Attachment.of for the bytes of a file.")
        return f'<b64:Base64Container xmlns:b64="{BASE64}">{xml.text(value.base64)}</b64:Base64Container>'
    return None
