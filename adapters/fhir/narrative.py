"""Narratives: the little XHTML that R4 allows, and nothing in it that acts when a browser shows it."""

from __future__ import annotations

import re

from lxml import etree

from adapters.fhir.codes import words

XHTML = "http://www.w3.org/1999/xhtml"
ELEMENTS = words("""
    a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6
    hr i img kbd li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var
""")
"""HTML 4.0, chapters 7 to 11 and 15, without what changes (9.4) and what is deprecated; links and images."""

ATTRIBUTES = words("""
    abbr accesskey align alt axis border cellpadding cellspacing char charoff charset cite class clear colspan compact
    coords dir frame headers height href hreflang hspace id lang longdesc name noshade nowrap rel rev rowspan rules
    scope shape size span src start style summary tabindex title type valign value vspace width
""")
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
COMMENT = re.compile("<!--[^<>]*?-->")
LINKS = re.compile(r"(?:https?://|mailto:|tel:|#|\.{0,2}/|[^\s:]*$)\S*", re.IGNORECASE)
IMAGES = re.compile(r"(?:https?://|#|data:image/(?:png|jpeg|gif|webp)[;,]|[^\s:]*$)\S*", re.IGNORECASE)
ACTIVE_STYLE = re.compile(r"url\s*\(|expression\s*\(|@import|behavio|-moz-binding|\\", re.IGNORECASE)


def fault(div: str) -> str | None:
    """Return what is wrong with the text of `Narrative.div`, None when nothing is."""
    plain = COMMENT.sub("", div)
    if "<!" in plain or "<?" in plain:
        return "a document type, an entity, CDATA or an instruction has no place in a narrative"
    try:
        root = etree.fromstring(
            plain.encode(), etree.XMLParser(no_network=True, huge_tree=False, resolve_entities=False)
        )
    except (etree.XMLSyntaxError, ValueError):
        return "this is no XHTML; elements closed, and characters instead of &nbsp; and its like, would be right"
    if root.tag != f"{{{XHTML}}}div":
        return f'<div xmlns="{XHTML}"> would be right around it'
    return next((wrong for each in root.iter() if (wrong := _wrong(each))), None) or _empty(root)


def _wrong(element: etree._Element) -> str | None:
    name = str(element.tag).removeprefix(f"{{{XHTML}}}")
    if name not in ELEMENTS:
        return "an element stands in it that is not among the plain ones that a narrative may have"
    return next(
        (wrong for key, value in element.items() if (wrong := _wrong_attribute(name, str(key), str(value)))), None
    )


def _wrong_attribute(element: str, name: str, value: str) -> str | None:
    if name not in ATTRIBUTES and name != LANGUAGE:
        return "an attribute stands in it that acts or that a narrative may not have"
    if name == "style" and ACTIVE_STYLE.search(value):
        return "a style in it fetches or acts"
    if name in ("href", "cite", "longdesc") and not LINKS.fullmatch(value.strip()):
        return "a link in it leads to something else than a page, an address or a place in the text"
    if name == "src" and not (element == "img" and IMAGES.fullmatch(value.strip())):
        return "an image in it is none"
    return None


def _empty(root: etree._Element) -> str | None:
    said = "".join(root.itertext()).strip() or root.find(f".//{{{XHTML}}}img") is not None
    return None if said else "a narrative says something; leave it out"
