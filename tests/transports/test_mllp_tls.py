"""MLLP behind TLS: who is let in, and who is not."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pathway_engine.transports.mllp import NoAnswer, Peer, send
from tests.transports.wire import PATIENCE, listening


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of the server, of a known sender and of a stranger, for this test run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on this machine to make certificates with")
    folder = tmp_path_factory.mktemp("keys")
    for name, subject in {"server": "localhost", "client": "fjordsyk-epj", "stranger": "x"}.items():
        made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={subject}"
        files = ["-keyout", f"{name}.key", "-out", f"{name}.pem", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([openssl, *made.split(), *files], cwd=folder, check=True, capture_output=True)
    return folder


class TestTls:
    """With client certificates nobody unknown gets as far as a frame."""

    def server_side(self, keys: Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(keys / "server.pem", keys / "server.key")
        context.load_verify_locations(keys / "client.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_side(self, keys: Path, name: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(keys / "server.pem"))
        if name:
            context.load_cert_chain(keys / f"{name}.pem", keys / f"{name}.key")
        return context

    def test_a_known_sender_is_told_apart_by_its_certificate(self, keys: Path) -> None:
        async def name_of(frame: bytes, peer: Peer) -> bytes:
            return peer.certificate.encode()

        async def scene() -> None:
            settings = replace(PATIENCE, tls=self.server_side(keys))
            async with listening(settings, name_of) as server:
                context = self.client_side(keys, "client")
                assert await send("localhost", server.port, [b"one"], tls=context) == [b"commonName=fjordsyk-epj"]

        asyncio.run(scene())

    @pytest.mark.parametrize("name", [None, "stranger"])
    def test_an_unknown_sender_is_never_heard(self, keys: Path, name: str | None) -> None:
        """Mutant: verify_mode not asked for."""

        async def scene() -> None:
            settings = replace(PATIENCE, tls=self.server_side(keys))
            async with listening(settings) as server:
                with pytest.raises((OSError, NoAnswer)):
                    await send("localhost", server.port, [b"one"], tls=self.client_side(keys, name))
                assert server.counts["frames"] == 0

        asyncio.run(scene())
