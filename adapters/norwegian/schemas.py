"""Validation against the official schemas, which the project does not ship: their contents are handed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from adapters.norwegian import xml
from adapters.norwegian.bound_reading import shown
from pathway_engine.domain.errors import PathwayEngineError

MOST_FAULTS = 20
PREFIXED = re.compile(r"/[\w.-]+:([\w.-]+)")
XSD = "http://www.w3.org/2001/XMLSchema"
ENTRANCES = (
    "MsgHead-v1_2.xsd",
    "AppRec-v1-2004-11-21.xsd",
    "AppRec-v1.1.xsd",
    "dialogmelding.xsd",
    "dialogmelding-v1.1.xsd",
    "Epikrise-v1.1.xsd",
    "Epikrise-v1.2.xsd",
    "EPJEkstrakt.xsd",
    "HelseopplysningerTilLege-v1.5.xsd",
    "HelseopplysningerTilLege-v1.6.xsd",
    "HelseopplysningerVedSoknad-v1.5.xsd",
    "Helseopplysninger-v1.6.xsd",
    "Innleggelsesrapport-v1.5.xsd",
    "Innleggelsesrapport-v1.6.xsd",
    "MedisinskeOpplysninger-v1.5.xsd",
    "MedisinskeOpplysninger-v1.6.xsd",
    "MeldingFravar-v1.5.xsd",
    "OrienteringOmTjenestetilbud-v1.5.xsd",
    "OrienteringOmTjenestetilbud-v1.6.xsd",
    "Pasientlogistikk-v1.5.xsd",
    "Pasientlogistikk-v1.6.xsd",
    "TverrfagligEpikrise-v1.5.xsd",
    "TverrfagligEpikrise-v1.6.xsd",
)
"""The schemas of everything that is read or written; what they import is found beside them."""


class IncompleteSchemas(PathwayEngineError):
    """The schemas that were handed in lack one that they import, or are not schemas."""


class Schemas:
    """The official schemas, compiled once; *files* are their contents by file name."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        by_name = {path.rpartition("/")[2]: content for path, content in files.items()}
        entrances = [name for name in ENTRANCES if name in by_name]
        parser = etree.XMLParser(no_network=True, huge_tree=False, load_dtd=False)
        resolver = _Given(by_name)
        parser.resolvers.add(resolver)
        driver = etree.fromstring(_driver(by_name, entrances), parser)
        try:
            self._schema = etree.XMLSchema(driver)
        except etree.XMLSchemaParseError as wrong:
            lacking = f" (not found: {', '.join(sorted(resolver.lacking))})" if resolver.lacking else ""
            raise IncompleteSchemas(f"The schemas cannot be put together{lacking}.") from wrong

    def faults(self, raw: bytes) -> tuple[str, ...]:
        """Return where *raw* departs from the schemas, without quoting it; empty when it is valid.

        Raises `MessageRefusal` when *raw* cannot be parsed.
        """
        return self.faults_of(xml.tree(raw))

    def faults_of(self, root: Any) -> tuple[str, ...]:
        """As `faults`, of a tree that `xml.tree` made."""
        if self._schema.validate(root):
            return ()
        return tuple(dict.fromkeys(_said(root, each) for each in self._schema.error_log[:MOST_FAULTS]))


class _Given(etree.Resolver):  # type: ignore[misc]  # lxml has no types
    """Finds an imported schema among those that were handed in, by file name; nothing is fetched."""

    def __init__(self, by_name: Mapping[str, bytes]) -> None:
        super().__init__()
        self._by_name = by_name
        self.lacking: set[str] = set()

    def resolve(self, url: str | None, public_id: str | None, context: Any) -> Any:
        name = (url or "").rpartition("/")[2]
        content = self._by_name.get(name)
        if content is None:
            self.lacking.add(name)
            return self.resolve_string(b"<lacking/>", context, base_url=name)
        return self.resolve_string(content, context, base_url=name)


def _driver(by_name: Mapping[str, bytes], entrances: Iterable[str]) -> bytes:
    """A schema that imports each of *entrances*."""
    imports = "".join(
        f"<import namespace={quoteattr(_target(by_name[name]))} schemaLocation={quoteattr(name)}/>"
        for name in entrances
    )
    return f'<schema xmlns="{XSD}">{imports}</schema>'.encode()


@lru_cache(maxsize=64)
def _target(schema: bytes) -> str:
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    found: str = etree.fromstring(schema, parser).get("targetNamespace", "")
    return found


def _said(root: Any, fault: Any) -> str:
    """Where *fault* is and of what kind, in libxml2's words; what stands there is not quoted."""
    found = root.xpath(PREFIXED.sub(r"/*[local-name()='\1']", fault.path)) if fault.path else []
    where = shown(xml.local(found[0])) if found else "the document"
    return f"line {fault.line}: {where}: {fault.type_name.removeprefix('SCHEMAV_').lower().replace('_', ' ')}"
