"""Pathway definitions: those of old logs, one folder for each hash, and one that is later than any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pathway_engine.storage.codec import decode_json, encode_json

FOLDER = Path(__file__).parent / "definitions"


def kept_definition(hash: str) -> bytes:
    """The definition's files in the form in which the database keeps them."""
    return encode_json({name: content.decode() for name, content in definition_files(hash).items()})


def definition_files(hash: str) -> dict[str, bytes]:
    """The definition's files by name. Raises FileNotFoundError when nobody kept them."""
    folder = FOLDER / hash
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*.yaml"))}


def keep_definition(hash: str, files: bytes) -> None:
    """Keep *files*, given as the database keeps them."""
    keep_files(hash, {name: text.encode() for name, text in decode_json(files).items()})


def keep_files(hash: str, files: Mapping[str, bytes]) -> None:
    """Keep the files of the definition with that hash."""
    for name, content in files.items():
        file = FOLDER / hash / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def later_version(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pathway of *files* as a later version in which every deadline is another."""
    text = re.sub(r"^version: .*$", 'version: "99.0.0"', files["pathway.yaml"].decode(), flags=re.MULTILINE)
    longer, count = re.subn(r"\bdue: (\d+) (hours|days|weeks)", lambda due: f"due: {int(due[1]) + 2} {due[2]}", text)
    assert count > 0
    return {**files, "pathway.yaml": longer.encode()}
