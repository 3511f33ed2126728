"""What a search asks for, read strictly from the pairs of an address and of a posted form.

What is not understood is refused, or left out where the caller allows that (``Prefer: handling=lenient``, which is also
what holds when nothing is said). What is understood and malformed is always refused. Nothing here looks at data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.fhir.outcome import FhirRefusal, refusal
from pathway_engine.fhir.dates import PREFIXES, Stretch, stretch
from pathway_engine.fhir.exchange import Pairs, Served
from pathway_engine.fhir.parameters import Kind, Parameter

USUAL_COUNT, LARGEST_COUNT = 50, 1000
MOST_VALUES = 200
RESOURCE = "http://hl7.org/fhir/SearchParameter/Resource-"
COMMON = (
    Parameter(
        name="_id", kind=Kind.TOKEN, path="id", definition=f"{RESOURCE}id", about="The logical id."
    ),
    Parameter(
        name="_lastUpdated", kind=Kind.DATE, path="meta.lastUpdated", definition=f"{RESOURCE}lastUpdated",
        about="When the resource was last saved.",
    ),
)  # fmt: skip
"""What every type can be searched by."""
FORMATS = frozenset({"json", "application/json", "application/fhir+json", "text/json"})
SUMMARIES = ("true", "text", "data", "count", "false")
TOTALS = ("none", "estimate", "accurate")
MODIFIERS: Mapping[Kind, frozenset[str]] = {
    Kind.TOKEN: frozenset({"not", "missing"}), Kind.REFERENCE: frozenset({"missing"}),
    Kind.DATE: frozenset({"missing"}), Kind.STRING: frozenset({"exact", "contains", "missing"}),
    Kind.URI: frozenset({"missing"}),
}  # fmt: skip
ID = re.compile(r"[A-Za-z0-9\-._]{1,255}", re.ASCII)
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A code; `system` None is any, empty is none. `code` None is any of that system."""

    system: str | None
    code: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource; `type` empty is any. What is no resource of ours has no `id`, but the `url` that it is called by."""

    type: str
    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date with its prefix."""

    prefix: str
    asked: Stretch


Value = Token | Reference | Moment | str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter: any of `values` will do. `modifier` changes what that means; of ``missing`` they are texts."""

    parameter: Parameter
    modifier: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Include:
    """Resources to bring along: those that `parameter` of `type` leads to, or that lead here by it."""

    type: str
    parameter: str
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked for. `used` are the pairs that were understood, `at` where an earlier page of it ended."""

    criteria: tuple[Criterion, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    count: int = USUAL_COUNT
    total: str = ""
    summary: str = "false"
    elements: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    used: Pairs = ()
    at: tuple[object, ...] | None = None

    @property
    def counts_only(self) -> bool:
        """Whether only the number of matches is asked for."""
        return self.count == 0 or self.summary == "count"


def parameters_of(served: Served) -> Mapping[str, Parameter]:
    """Everything that the type can be searched by, by name."""
    return {each.name: each for each in (*COMMON, *served.parameters)}


def read_search(
    served: Served, pairs: Iterable[tuple[str, str]], *, base: str, strict: bool = False,
    sortable: frozenset[str] | None = None,
) -> Search:  # fmt: skip
    """Return what *pairs* ask for. Raises FhirRefusal. It can be sorted by what is *sortable*, None is by anything."""
    found: dict[str, list[object]] = {}
    used: list[tuple[str, str]] = []
    for name, value in pairs:
        read = _read(served, base, name, value)
        if read is None or (read[0] == "sort" and not _is_sortable(read[1], sortable)):
            if strict:
                raise _unknown(served, name)
            continue
        field_name, what, shown = read
        if field_name in ("count", "total", "summary") and field_name in found:
            raise refusal(400, "invalid", f"{name} is given more than once; once would be right.")
        found.setdefault(field_name, []).append(what)
        used.append((name, shown))
    return _search(found, tuple(used))


def _is_sortable(order: Any, sortable: frozenset[str] | None) -> bool:
    return sortable is None or all(name in sortable for name, _ in order)


def _search(found: dict[str, list[object]], used: Pairs) -> Search:
    single = {name: found[name][0] for name in ("count", "total", "summary") if name in found}
    many = {name: tuple(found[name]) for name in ("criteria", "includes", "revincludes") if name in found}
    flat = {name: tuple(part for each in found[name] for part in each) for name in ("sort", "elements")  # type: ignore[attr-defined]
            if name in found}  # fmt: skip
    return Search(used=used, **single, **many, **flat)  # type: ignore[arg-type]


def _unknown(served: Served, name: str) -> FhirRefusal:
    known = ", ".join(sorted(parameters_of(served)))
    return refusal(
        400, "not-supported", f"{served.type} is not searched by {_shown(name)}; would be right: {known}."
    )  # fmt: skip


def _shown(name: str) -> str:
    """The name of a parameter as an error may tell it: never digits in a row that could be somebody's number."""
    return re.sub(r"\d{6,}", "***", name[:64])


Read = tuple[str, object, str] | None


def _read(served: Served, base: str, name: str, value: str) -> Read:
    """What a pair means: the field of `Search`, what to put there, and the value as it was used; None if unknown."""
    if CONTROLS.search(name) or CONTROLS.search(value):
        raise refusal(400, "invalid", "A search parameter holds a control character.")
    if name in _CONTROL:
        return _CONTROL[name](served, value)
    bare, _, modifier = name.partition(":")
    parameter = parameters_of(served).get(bare)
    if parameter is None:
        if "." in bare and bare.partition(".")[0] in parameters_of(served):
            raise refusal(400, "not-supported", "Chained parameters are not followed; search in two steps.")
        return None
    return "criteria", _criterion(parameter, modifier, value, base), value


# -- what the answer is to be like


def _count(served: Served, value: str) -> Read:
    if not (value.isascii() and value.isdigit()):
        raise refusal(400, "invalid", "_count is a number that is not negative.")
    count = min(int(value[:9]), LARGEST_COUNT)
    return "count", count, str(count)


def _total(served: Served, value: str) -> Read:
    if value not in TOTALS:
        raise refusal(400, "invalid", f"_total is one of {', '.join(TOTALS)}.")
    return "total", value, value


def _summary(served: Served, value: str) -> Read:
    if value not in SUMMARIES:
        raise refusal(400, "invalid", f"_summary is one of {', '.join(SUMMARIES)}.")
    return "summary", value, value


def _elements(served: Served, value: str) -> Read:
    names = [part.strip().removeprefix(f"{served.type}.") for part in value.split(",")]
    if not all(re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) for name in names):
        raise refusal(400, "invalid", "_elements is a list of names of elements, as in _elements=status,code.")
    return "elements", tuple(names), value


def _sort(served: Served, value: str) -> Read:
    names = [part.strip() for part in value.split(",") if part.strip()]
    order = tuple((name.removeprefix("-"), name.startswith("-")) for name in names)
    known = parameters_of(served)
    if not order or any(name not in known for name, _ in order):
        return None
    return "sort", order, ",".join(names)


def _format(served: Served, value: str) -> Read:
    if value not in FORMATS and value.replace(" ", "+") not in FORMATS:
        raise refusal(406, "not-supported", "Answers come as application/fhir+json.")
    return "format", value, value


def _include(served: Served, value: str) -> Read:
    return _brought(value, served.includes, "includes")


def _revinclude(served: Served, value: str) -> Read:
    return _brought(value, served.revincludes, "revincludes")


def _brought(value: str, known: tuple[str, ...], name: str) -> Read:
    type, _, rest = value.partition(":")
    parameter, _, target = rest.partition(":")
    if f"{type}:{parameter}" not in known:
        return None
    return name, Include(type, parameter, target), value


_CONTROL = {
    "_count": _count, "_total": _total, "_summary": _summary, "_elements": _elements, "_sort": _sort,
    "_format": _format, "_include": _include, "_revinclude": _revinclude,
}  # fmt: skip


# -- what the resources are to be like


def _criterion(parameter: Parameter, modifier: str, value: str, base: str) -> Criterion:
    _check_modifier(parameter, modifier)
    parts = [part for part in _split(value, ",") if part]
    if len(parts) > MOST_VALUES:
        raise refusal(400, "too-costly", f"{parameter.name} has too many values; at most {MOST_VALUES} are taken.")
    if not parts:
        raise refusal(400, "invalid", f"{parameter.name} has no value; leave it out, or say what it should be.")
    if modifier == "missing":
        if parts not in (["true"], ["false"]):
            raise refusal(400, "invalid", f"{parameter.name}:missing is true or false.")
        return Criterion(parameter, modifier, (parts[0],))
    of_type = modifier if modifier in parameter.targets else ""
    values = tuple(_value(parameter, part, base, of_type) for part in parts)
    return Criterion(parameter, "" if of_type else modifier, values)


def _check_modifier(parameter: Parameter, modifier: str) -> None:
    known = MODIFIERS[parameter.kind] | set(parameter.targets)
    if modifier and modifier not in known:
        right = ", ".join(f":{each}" for each in sorted(known))
        raise refusal(400, "not-supported", f"{parameter.name} has no such modifier; would be right: {right}.")


def _value(parameter: Parameter, text: str, base: str, of_type: str) -> Value:
    match parameter.kind:
        case Kind.TOKEN:
            return token(text)
        case Kind.REFERENCE:
            return _reference(parameter, _plain(text), base, of_type)
        case Kind.DATE:
            return _moment(parameter, text)
        case _:
            return _plain(text)


def token(text: str) -> Token:
    """Read ``system|code``, ``|code``, ``system|`` or ``code``."""
    parts = [_plain(part) for part in _split(text, "|")]
    if len(parts) == 1:
        return Token(None, parts[0])
    if not any(parts):
        raise refusal(400, "invalid", "A token is system|code, |code, system| or code.")
    return Token(parts[0], "|".join(parts[1:]) or None)


def _reference(parameter: Parameter, text: str, base: str, of_type: str) -> Reference:
    local = text.removeprefix(f"{base}/")
    if "://" in local or "|" in local or local.startswith("urn:"):
        return Reference(of_type, "", text)
    type, slash, id = local.rpartition("/")
    if not slash:
        type, id = of_type, local
    if not ID.fullmatch(id) or (type and type not in parameter.targets):
        right = " or ".join(f"{each}/[id]" for each in parameter.targets)
        raise refusal(400, "invalid", f"{parameter.name} leads to {right}.")
    return Reference(type, id)


def _moment(parameter: Parameter, text: str) -> Moment:
    prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
    try:
        return Moment(prefix, stretch(rest))
    except ValueError:
        raise refusal(
            400, "invalid", f"{parameter.name} is a date such as 2026-11-20 or ge2026-11-20T09:30:00Z."
        ) from None  # fmt: skip


def _split(text: str, at: str) -> list[str]:
    r"""Split where *at* stands without a backslash before it; what is escaped stays so."""
    parts, part, escaped = [], "", False
    for sign in text:
        if sign == at and not escaped:
            parts.append(part)
            part = ""
        else:
            part += sign
        escaped = sign == "\\" and not escaped
    return [*parts, part]


def _plain(text: str) -> str:
    r"""Undo ``\,``, ``\|``, ``\$`` and ``\\``."""
    return re.sub(r"\\([\\,|$])", r"\1", text)
