"""Golden logs: the logs of a release as files, each with what followed from it then."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pathway_engine.domain.directory import Directories
from pathway_engine.service.catalogue import Files
from pathway_engine.service.context import Context, build_context
from pathway_engine.service.episode_codec import decode_episode
from pathway_engine.service.saving import IN_ERROR
from pathway_engine.storage.store import Store
from tests.golden.canonical import digest, summary
from tests.golden.definitions import definition_files
from tests.service.community import START, PlainChannel, directory

FOLDER = Path(__file__).parent
RELEASE = "release.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenLog:
    """A log as the program exports it, and what followed from it: a digest, and lines to be read."""

    name: str
    log: bytes
    hash: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release's logs: folded up to `until`, with the definitions `in_force` (hashes by pathway)."""

    version: str
    until: datetime
    in_force: Mapping[str, str]
    logs: tuple[GoldenLog, ...]

    def files_in_force(self) -> list[Files]:
        """The files of the definitions that were in force."""
        return [definition_files(hash) for _, hash in sorted(self.in_force.items())]


def releases() -> list[str]:
    """The versions that have golden logs, in order."""
    return sorted(
        (file.parent.name for file in FOLDER.glob(f"*/{RELEASE}")),
        key=lambda version: tuple(map(int, version.split("."))),
    )


def read_release(version: str) -> Release:
    """Read a release's logs."""
    told = json.loads((FOLDER / version / RELEASE).read_bytes())
    files = sorted(file for file in (FOLDER / version).glob("*.json") if file.name != RELEASE)
    return Release(
        version=version, until=datetime.fromisoformat(told["until"]), in_force=told["in_force"],
        logs=tuple(_read(file) for file in files),
    )  # fmt: skip


def _read(file: Path) -> GoldenLog:
    text = file.read_bytes()
    expected = json.loads(text)["expected"]
    start = text.index(b'"log":') + len(b'"log":')
    return GoldenLog(name=file.stem, log=text[start:-2], hash=expected["hash"], lines=tuple(expected["lines"]))


def write_release(release: Release) -> Path:
    """Write a new release's logs. Raises FileExistsError when it has some: history is not written anew."""
    folder = FOLDER / release.version
    folder.mkdir()
    head = {"until": release.until.isoformat(), "in_force": dict(sorted(release.in_force.items()))}
    (folder / RELEASE).write_text(json.dumps(head, indent=2) + "\n")
    for log in release.logs:
        (folder / f"{log.name}.json").write_bytes(_as_text(log))
    return folder


def _as_text(log: GoldenLog) -> bytes:
    lines = ",\n".join(json.dumps(line, ensure_ascii=False) for line in log.lines)
    return f'{{"expected":{{"hash":"{log.hash}","lines":[\n{lines}\n]}},\n"log":'.encode() + log.log + b"}\n"


def opened(url: str, files: Sequence[Files], now: datetime) -> Context:
    """The service over the database at *url* with the pathways of *files* in force; close its store."""
    directories = Directories(((START - timedelta(days=999), directory()),))
    return build_context(Store(url), directories, files, [PlainChannel()], lambda: uuid4().hex, now)


def what_followed(context: Context, patient_id: str) -> tuple[str, tuple[str, ...]]:
    """The digest of a patient's stored episodes, and the lines to be read."""
    with context.store.reading() as records:
        rows = [row for row in records.episodes(patient_id) if row.status != IN_ERROR]
    episodes = [decode_episode(row.state) for row in sorted(rows, key=lambda row: (row.pathway, row.ordinal))]
    return digest(episodes), tuple(summary(episodes))
