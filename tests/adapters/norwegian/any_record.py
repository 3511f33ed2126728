"""Any record that its declaration allows, for Hypothesis to choose from."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from adapters.norwegian.apprec import AppRec
from adapters.norwegian.binding import Element, OneOf
from adapters.norwegian.bound_reading import declared
from adapters.norwegian.formats import FORMATS, PayloadFormat
from adapters.norwegian.head import Document, Head, RefDoc
from adapters.norwegian.messages import Message, Receipt
from adapters.norwegian.values import Attachment, Code, Moment, Quantity, RichText

CATEGORIES = ("Cave/allergier", "Legemidler", "Andre notater", "Uspesifisert")
DEEPEST = 3

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=8)
TEXTS |= st.sampled_from(["<&>'\"", "]]>", "to\nlinjer", "med\r\nretur", " rom ", "\tå", "&amp;"])
NAMED = TEXTS.map(lambda text: text or "x")
DAYS = st.dates().map(lambda day: day.isoformat())
ZONES = st.sampled_from(["", "Z", "+01:00", "-05:30"])
FRACTIONS = st.sampled_from(["", ".5", ".1234567"])
INSTANTS = st.builds(
    lambda day, clock, fraction, zone: f"{day}T{clock.replace(microsecond=0).isoformat()}{fraction}{zone}",
    DAYS,
    st.times(),
    FRACTIONS,
    ZONES,
)
YEARS = st.integers(1000, 9999).map(str)
TIMES: dict[str, st.SearchStrategy[str]] = {
    "date": DAYS,
    "dateTime": INSTANTS,
    "gYear": YEARS,
    "TS": DAYS | INSTANTS | YEARS | st.builds(lambda year, month: f"{year}-{month:02}", YEARS, st.integers(1, 12)),
}
TOKENS = st.text("ABCxyz0189._-", min_size=1, max_size=6)
CODES = st.builds(Code, TOKENS, TEXTS, st.sampled_from(["", "2.16.578.1.12.4.1.1.9121"]), TEXTS)
SIMPLE_CODES = st.builds(Code, TOKENS, TEXTS)
QUANTITIES = st.builds(Quantity, st.sampled_from(["1", "2.5", "-3", ""]), TOKENS)
RICH = TEXTS.map(RichText.of) | st.builds(
    lambda text: RichText(f'<p xmlns="http://www.w3.org/1999/xhtml">{RichText.of(text).xml}</p>'), TEXTS
)


@st.composite
def records(draw: st.DrawFn, kind: type, key: str, version: str, depth: int = 0) -> Any:
    """A *kind* whose own element stands in the namespace of *key*, as *version* allows it."""
    spaces: Any = getattr(kind, "xmlns")  # noqa: B009 - a class variable that `type` does not have
    inside = spaces if isinstance(spaces, str) else spaces.get(key, spaces[""])
    one_of: OneOf = getattr(kind, "one_of", OneOf((), False))
    since = {each.name: element.since for each, element, _ in declared(kind)}
    possible = [name for name in one_of.fields if since[name] <= version]
    chosen = draw(st.sampled_from(possible)) if possible else ""
    values: dict[str, Any] = {}
    for each, element, inner in declared(kind):
        if each.name in one_of.fields and each.name != chosen:
            continue
        if element.since > version or (element.within and element.within != inside):
            continue
        is_needed = element.required_in(version, inside) or each.name == chosen
        if not is_needed and (depth >= DEEPEST or not draw(st.integers(0, 2))):
            continue
        values[each.name] = draw(_field(element, inner, each.default, element.ns or inside, version, depth, is_needed))
    return kind(**values)


def _field(
    element: Element, inner: Any, default: Any, key: str, version: str, depth: int, is_needed: bool
) -> st.SearchStrategy[Any]:
    if element.form == "attribute":
        return _attribute(element, default)
    if element.form == "content":
        return st.tuples(st.binary(max_size=9).map(Attachment.of))
    if element.form == "choice":
        each = st.one_of([records(kind, key, version, depth + 1) for _, kind in element.among])
    elif element.form == "text" and inner is str and default != ():
        return st.just(default) if default else _text(element)
    else:
        each = _one(element, inner, key, version, depth)
    most = 1 if element.single_until > version else 2
    return st.lists(each, min_size=int(is_needed), max_size=most).map(tuple) if default == () else each


def _one(element: Element, inner: Any, key: str, version: str, depth: int) -> st.SearchStrategy[Any]:
    if inner is Moment:
        return TIMES[element.lexical].map(Moment)
    if inner is Code:
        return SIMPLE_CODES if _is_simple(element) else CODES
    if inner is RichText:
        return TEXTS.map(RichText.of) if element.plain_until > version else RICH
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: _text(element) if element.form == "value" else NAMED,
        bool: st.booleans(),
        int: st.integers(-99, 99),
        Quantity: QUANTITIES,
    }
    return plain[inner] if inner in plain else records(inner, key, version, depth + 1)


def _text(element: Element) -> st.SearchStrategy[str]:
    if element.lexical == "decimal":
        return st.sampled_from(["0", "1.50", "-2"])
    if element.form == "value":
        return st.integers(10_000_000, 99_999_999).map(lambda number: f"tel:+47{number}")
    return st.just("2.16.578.1") if element.name in ("OidRef", "FileReference") else NAMED


def _attribute(element: Element, default: str) -> st.SearchStrategy[str]:
    if default:
        return st.just(default)
    return st.sampled_from(CATEGORIES) if element.name == "informasjonskategori" else NAMED


SIMPLE = frozenset(
    {
        "Ack",
        "AdmStatus",
        "AnafylaktiskeReaksjoner",
        "Atc",
        "BehovTolkSprak",
        "Blodtype",
        "Briller",
        "Bruk",
        "CityDistr",
        "ComMethod",
        "Compression",
        "Country",
        "County",
        "DocumentConnection",
        "FasteUkedager",
        "Forsendelsesstatus",
        "Hastegrad",
        "HjelpemiddelHorsel",
        "InngaarIMultidose",
        "KategoriHelsepersonell",
        "Legemiddelform",
        "MsgType",
        "Nationality",
        "Omsorgsfunksjon",
        "ProcessingStatus",
        "RequestedPriority",
        "Rhesusgruppe",
        "Role",
        "RoleReceiver",
        "SarskilteTiltak",
        "Sex",
        "SivilStatus",
        "Slektskap",
        "Sprak",
        "Status",
        "StatusTilForskrivningen",
        "Type",
        "TypeHealthcareProfessional",
        "TypeId",
        "TypeInnholdKonsultasjon",
        "TypeTelecom",
        "Utleveringsform",
    }
)
"""Elements that are a CS here or there, and so have no S and no OT."""


def _is_simple(element: Element) -> bool:
    return element.name in SIMPLE


@st.composite
def messages(draw: st.DrawFn, of: PayloadFormat) -> Message:
    """Any message with a payload of that format, and perhaps an attachment."""
    payload = draw(records(of.kind, of.key, of.version))
    first = Document(reference=RefDoc(kind=Code("XML", "XML-instans"), content=(payload,)))
    more = draw(st.lists(records(Document, "mh", "1.2", 1), max_size=1))
    return Message(draw(records(Head, "mh", "1.2", 1)), (first, *more), of.version)


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    """Any receipt of either version."""
    version = draw(st.sampled_from(["1.0", "1.1"]))
    return Receipt(draw(records(AppRec, "ar", version)), version)


ALL_FORMATS = [*FORMATS]
