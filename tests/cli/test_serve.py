"""`pathway serve` as a real program: killed without warning it has lost nothing that it acknowledged."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import sys
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path

import pytest

from pathway_engine.transports.mllp import END, START, Deframer
from tests.cli.programs import environment, ran, started

SECRET = "not-a-real-secret-" * 3


def message(repository: Path, number: int) -> bytes:
    raw = (repository / "samples" / "adt" / "01-A01-admitted.hl7").read_bytes()
    return raw.replace(b"FS0001", b"K%05d" % number)


def acknowledged(port: int, messages: list[bytes]) -> list[str]:
    """Send until the program dies under our hands; return which messages were answered AA."""
    codes: list[str] = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(b"".join(START + each + END for each in messages))
        frames = Deframer(1 << 20)
        while len(codes) < len(messages) // 2:
            frames.feed(wire.recv(1 << 16))
            while (answer := frames.next()) is not None:
                code, control_id = answer.decode().partition("\rMSA|")[2].split("\r")[0].split("|")[:2]
                assert code == "AA"
                codes.append(control_id)
    return codes


@pytest.mark.crash
def test_what_was_acknowledged_is_there_after_a_kill(repository: Path, tmp_path: Path) -> None:
    ran("db", "upgrade", folder=tmp_path)
    with as_file(resources("pathway_engine.demonstration") / "directory.yaml") as file:
        shutil.copy(file, tmp_path / "community.yaml")
    settings = {"directory": "community.yaml", "secret_key": SECRET, "mllp_port": "0", "web_port": "0"}
    with started("serve", folder=tmp_path, **settings) as program:
        port = int(program.until("mllp").rpartition(":")[2])
        program.until("ready")
        answered = acknowledged(port, [message(repository, number) for number in range(60)])
        assert program.end(signal.SIGKILL) == -signal.SIGKILL
    with started("serve", "worker", folder=tmp_path, **settings) as program:
        program.until("ready")
        waits_for_the_heartbeat(tmp_path)
        assert program.end() == 0
    rows = json.loads(ran("inbox", "--limit", "1000", "--json", folder=tmp_path).stdout)
    applied = {row["message_id"] for row in rows if row["disposition"] == "applied"}
    assert answered and set(answered) <= applied
    assert {row["disposition"] for row in rows} == {"applied"}
    assert len(rows) == len({row["message_id"] for row in rows})


def waits_for_the_heartbeat(folder: Path) -> None:
    """Until nothing waits in the inbox; each look is a program run, so this is no busy loop."""
    for _ in range(60):
        if json.loads(ran("inbox", "--disposition", "waiting", "--json", folder=folder).stdout) == []:
            return
    raise AssertionError("messages still wait")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({}, "PATHWAY_SECRET_KEY", id="no-secret"),
        pytest.param({"secret_key": SECRET, "mllp_host": "0.0.0.0"}, "PATHWAY_MLLP_TLS_CERT", id="clear-text"),
        pytest.param({"secret_key": SECRET, "web_port": "x"}, "PATHWAY_WEB_PORT", id="no-number"),
        pytest.param({"secret_key": SECRET}, "pathway db upgrade", id="no-tables"),
    ],
)
def test_what_is_unsafe_or_wrong_does_not_start_and_says_why(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    ended = ran("serve", folder=tmp_path, **settings)
    assert ended.returncode == 2
    assert said in ended.stderr and "Traceback" not in ended.stderr and ended.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    ran("db", "upgrade", folder=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = ran("serve", "mllp", folder=tmp_path, mllp_port=port)
    assert ended.returncode == 2
    assert "PATHWAY_MLLP_PORT" in ended.stderr and "Traceback" not in ended.stderr


def test_pages_and_health_answer(tmp_path: Path) -> None:
    ran("db", "upgrade", folder=tmp_path)
    with started("serve", folder=tmp_path, secret_key=SECRET, mllp_port="0", web_port="0") as program:
        address = program.until("web http://").rstrip("/")
        program.until("ready")
        status = asyncio.run(status_of(address))
        assert program.end() == 0
    assert status == "200"


async def status_of(address: str) -> str:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /sign-in HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line.split()[1].decode()


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param("debug", "WARNING", id="libraries-say-less-than-we"),
        pytest.param("error", "ERROR", id="nobody-says-more-than-was-asked-for"),
    ],
)
def test_the_log_level_is_for_libraries_too(level: str, expected: str) -> None:
    asked = (
        "import logging; from pathway_engine.cli.program import log_to_stderr; "
        "from pathway_engine.settings import read_settings; log_to_stderr(read_settings()); "
        "print(logging.getLevelName(logging.getLogger('uvicorn.error').getEffectiveLevel()))"
    )
    program = [sys.executable, "-c", asked]
    ended = subprocess.run(program, env=environment(log_level=level), capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == expected
