"""The pathways in force and the older versions that running episodes keep to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.episode import CalendarOf, Rules
from pathway_engine.language.reader import read_pathway
from pathway_engine.storage.codec import decode_json, encode_json
from pathway_engine.storage.errors import IncompatibleLog
from pathway_engine.storage.records import Records

Files = Mapping[str, bytes]


class Catalogue:
    """One set of rules (and one machine) for each pathway version, built once.

    `folders` are the files of the pathways in force. A version that only running episodes know is
    read back from the database, where each version's files are kept under their hash.
    """

    def __init__(self, folders: Iterable[Files], calendar_of: CalendarOf) -> None:
        self._calendar_of = calendar_of
        self._files: dict[str, Files] = {}
        self._rules: dict[str, Rules] = {}
        self._current: dict[str, Rules] = {}
        for files in folders:
            self._take_in_force(files)

    def _take_in_force(self, files: Files) -> None:
        rules = self._read(files)
        self._current[rules.pathway.id] = rules
        self._files[rules.pathway.hash] = files

    def _read(self, files: Files) -> Rules:
        pathway, _ = read_pathway(files)
        rules = Rules.of(pathway, self._calendar_of)
        return self._rules.setdefault(pathway.hash, rules)

    @property
    def current(self) -> Mapping[str, Rules]:
        """The rules in force by pathway, sorted by name."""
        return dict(sorted(self._current.items()))

    def rules(self, definition: str, records: Records) -> Rules:
        """The rules of the version with this hash. Raises IncompatibleLog when nobody kept it."""
        if definition not in self._rules:
            row = records.definition(definition)
            if row is None:
                raise IncompatibleLog(f"Pathway version {definition[:12]} is not in the database.")
            self._read({name: text.encode() for name, text in decode_json(row.files).items()})
        return self._rules[definition]

    def pathway(self, definition: str) -> Pathway | None:
        """The version with this hash if it has been read."""
        rules = self._rules.get(definition)
        return None if rules is None else rules.pathway

    def register(self, records: Records, now: datetime) -> None:
        """Keep the files of the versions in force under their hash, for as long as anyone may need them."""
        for rules in self._current.values():
            pathway = rules.pathway
            texts = {name: content.decode() for name, content in self._files[pathway.hash].items()}
            records.put_definition(pathway.hash, pathway.id, pathway.version, encode_json(texts), now)
