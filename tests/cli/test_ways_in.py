"""`pathway serve` with a drop folder and keys: both ways in, through one real program and its restart."""

from __future__ import annotations

import http.client
import shutil
import time
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path
from urllib.parse import urlsplit

from tests.cli.programs import Program, ran, started
from tests.cli.test_serve import SECRET, message

KEY = "key-of-the-hospital-" * 2


def posted(url: str, raw: bytes, key: str) -> tuple[int, bytes]:
    """POST a message; return the status and the answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {"Content-Type": "application/hl7-v2", "Authorization": f"Bearer {key}"}
    connection.request("POST", "/messages", raw, headers)
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def receipt(folder: Path, count: int) -> list[bytes]:
    """The receipts, when there are so many."""
    for _ in range(600):
        found = sorted(path for path in (folder / "receipts").iterdir() if not path.name.startswith("."))
        if len(found) >= count:
            return [path.read_bytes() for path in found]
        time.sleep(0.1)
    raise AssertionError(f"no {count} receipts")


def drops(folder: Path, name: str, raw: bytes) -> None:
    unfinished = folder / "in" / f".{name}.part"
    unfinished.write_bytes(raw)
    unfinished.rename(folder / "in" / name)


def test_a_message_comes_in_by_file_and_by_http(repository: Path, tmp_path: Path) -> None:
    ran("db", "upgrade", folder=tmp_path)
    with as_file(resources("pathway_engine.demonstration") / "directory.yaml") as file:
        shutil.copy(file, tmp_path / "community.yaml")
    (tmp_path / "keys").write_text(f"fjordsyk_epj {KEY}\n")
    drop = tmp_path / "drop"
    drop.mkdir()
    settings = {
        "directory": "community.yaml", "secret_key": SECRET, "web_port": "0", "drop_folder": "drop",
        "drop_settle_seconds": "0", "message_keys": "keys", "sweep_seconds": "0.2",
    }  # fmt: skip
    with started("serve", "web", "worker", folder=tmp_path, **settings) as program:
        url = _ready(program)
        drops(drop, "one.hl7", message(repository, 1))
        (answer,) = receipt(drop, 1)
        assert b"MSA|AA|K00001" in answer
        status, body = posted(url, message(repository, 2), KEY)
        assert status == 200 and b"MSA|AA|K00002" in body
        assert posted(url, message(repository, 3), "k" * 40)[0] == 401
        assert posted(url, message(repository, 3).replace(b"FJORDSYK", b"ANOTHER"), KEY)[0] == 403
        assert program.end() == 0
    drops(drop, "two.hl7", message(repository, 4))
    with started("serve", "worker", folder=tmp_path, **settings) as program:
        program.until("ready")
        assert b"MSA|AA|K00004" in receipt(drop, 2)[1]
        assert program.end() == 0
    assert [path.name for path in (drop / "in").iterdir()] == []


def _ready(program: Program) -> str:
    url = program.until("web")
    program.until("ready")
    return url
