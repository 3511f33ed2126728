"""Every form of an identity number, sent by every way into one real program: no log, reason or page gives it back."""

from __future__ import annotations

import http.client
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path

import pytest

from pathway_engine.language.starring import starred
from pathway_engine.transports.mllp import END, START
from tests.cli.conftest import Run
from tests.cli.programs import environment, ran
from tests.cli.test_serve import SECRET
from tests.identity_forms import forms, held

NUMBER = "29824000466"
KEY = "key-of-the-hospital-" * 2


def messages(sample: bytes, form: str) -> list[bytes]:
    """HL7 messages with *form* where it may and where it may not stand."""
    number = sample.split(b"PID|")[1].split(b"|")[2].split(b"^")[0]
    said = form.encode()
    lines = sample.split(b"\r")
    return [
        sample.replace(number, said).replace(b"FS00", said + b"1"),
        sample.replace(b"EVN|A03|2", b"EVN|A03|" + said + b"2").replace(b"FS00", said + b"2"),
        sample.replace(b"ADT^A03", b"ADT^" + said).replace(b"FS00", b"KX3"),
        sample.replace(b"|P|2.5", b"|P|" + said).replace(b"FS00", b"KX4"),
        sample.replace(b"FJORDSYK", said).replace(b"FS00", b"KX5"),
        b"\r".join([*lines[:-1], b"NTE|1||" + said, b""]).replace(b"FS00", b"KX6"),
        sample.replace(b"PV1|", b"PV1" + said + b"|").replace(b"FS00", b"KX7"),
        sample[:60] + said,
        said,
        b"<MsgHead xmlns='http://www.kith.no/xmlstds/msghead/2006-05-24'><MsgInfo><Type V='%s'/>" % said,
        b"<!DOCTYPE x [<!ENTITY a '%s'>]><x>%s</x>" % (said, said),
        b"<?xml version='1.0'?><MsgHead xmlns='http://www.kith.no/xmlstds/msghead/2006-05-24'>"
        b"<MsgInfo><MIGversion>%s</MIGversion><MsgId>%s</MsgId></MsgInfo></MsgHead>" % (said, said),
    ]  # fmt: skip


class Served:
    """A program that serves everything, with what it tells kept in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[str, str] = {}
        with as_file(resources("pathway_engine.demonstration") / "directory.yaml") as file:
            shutil.copy(file, folder / "community.yaml")
        (folder / "keys").write_text(f"* {KEY}\n")
        (folder / "drop").mkdir()
        ran("db", "upgrade", folder=folder)
        settings = {
            "directory": "community.yaml", "secret_key": SECRET, "web_port": "0", "mllp_port": "0",
            "drop_folder": "drop", "drop_settle_seconds": "0", "message_keys": "keys", "demo_sign_in": "true",
            "log_level": "debug", "log_format": "json", "sweep_seconds": "0.2",
        }  # fmt: skip
        with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "pathway_engine.cli", "serve"], cwd=folder, env=environment(**settings),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip
        told = self._ready()
        self.port = int(told["mllp"].rpartition(":")[2])
        self.web = urllib.parse.urlsplit(told["web"])

    def _ready(self) -> dict[str, str]:
        for _ in range(600):
            lines = (self.folder / "out").read_text().splitlines()
            if "ready" in lines:
                return dict(line.split(" ", 1) for line in lines if " " in line)
            time.sleep(0.1)
        raise AssertionError((self.folder / "err").read_text())

    def by_mllp(self, raw: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as wire, suppress(OSError):
            wire.sendall(START + raw + END)
            wire.recv(1 << 16)

    def by_http(self, method: str, path: str, raw: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self.web.hostname or "", self.web.port, timeout=60)
        connection.request(method, path, raw, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        told = answer.read().decode("utf-8", "replace") + str(answer.headers)
        if answer.status != 200 or path in ("/health", "/sign-in"):  # others answer with the asker's own words
            self.pages[f"{method} {path} {answer.status} {len(self.pages)}"] = told
        connection.close()
        return answer

    def by_file(self, name: str, raw: bytes) -> None:
        part = self.folder / "drop" / "in" / f".{abs(hash(raw))}.part"
        part.write_bytes(raw)
        part.rename(part.with_name(name))

    def end(self) -> None:
        self.running.terminate()
        self.running.wait(60)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    program = Served(tmp_path_factory.mktemp("served"))
    yield program
    program.running.kill()
    program.running.wait()


FORM = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin"}


def signed_in(served: Served) -> str:
    """The cookie of a session of Kari's."""
    asked = served.by_http("GET", "/sign-in")
    cookie = (asked.getheader("set-cookie") or "").split(";")[0]
    (page,) = served.pages.values()
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    form = urllib.parse.urlencode({"form_token": token, "demo": "kari/home_care_nurse", "next": "/"})
    answer = served.by_http("POST", "/sign-in", form.encode(), Cookie=cookie, **FORM)
    assert (answer.status, token != "") == (303, True)
    return (answer.getheader("set-cookie") or "").split(";")[0]


def everything_sent(served: Served, sample: bytes) -> None:
    cookie = signed_in(served)
    for number, (name, form) in enumerate(forms(NUMBER).items()):
        quoted, kinds = urllib.parse.quote(form, safe=""), ["application/hl7-v2", "application/xml"]
        for place, raw in enumerate(messages(sample, form)):
            served.by_mllp(raw)
            served.by_http("POST", "/messages", raw, Content_Type=kinds[b"<" in raw[:1]], Authorization=f"Bearer {KEY}")
            served.by_file(f"{form.replace('/', '_')[:60]}-{number}-{place}.hl7", raw)
        for path in (f"/tasks/{quoted}", f"/api/tasks/{quoted}", f"/{quoted}", f"/?view={quoted}&lang={quoted}"):
            served.by_http("GET", path, Cookie=cookie)
            served.by_http("GET", path)
            served.by_http("POST", path, f"comment={quoted}&act={quoted}".encode(), Cookie=cookie, **FORM)
        for address in (f"Patient/{quoted}", f"Task?patient:identifier={quoted}&{quoted}=x", quoted):
            status = served.by_http("GET", f"/fhir/{address}").status
            assert status in (400, 404), name  # no route has a line's end in it
        for path, field in (("/fhir/Patient/_search", "identifier"), ("/fhir/auth/token", "client_assertion")):
            form_sent = f"{field}={quoted}&{quoted}=1".encode()
            served.by_http("POST", path, form_sent, Authorization=f"Bearer {name}", **FORM)
        served.by_http("POST", "/fhir/Patient", form.encode(), If_None_Exist=f"identifier={quoted}", **FORM)
        served.by_http("POST", "/sign-in", f"key={quoted}&demo={quoted}".encode(), **FORM)
        served.by_http("GET", "/health", Authorization=f"Bearer {name}")
        served.by_http("POST", "/messages", form.encode(), Content_Type="text/x", Authorization="Bearer 1")


@pytest.mark.slow
def test_no_way_in_leads_to_a_log_a_reason_or_a_page(served: Served, repository: Path) -> None:
    """18 forms in 12 messages by three roads, and in addresses and forms of the pages: 0 found."""
    sample = (repository / "samples" / "adt" / "06-A03-discharged.hl7").read_bytes()
    everything_sent(served, sample)
    for _ in range(100):
        if not list((served.folder / "drop" / "in").iterdir()):
            break
        time.sleep(0.2)
    time.sleep(2)
    served.end()
    log = (served.folder / "err").read_text()
    assert log.count("\n") > 100, "a program that says nothing proves nothing"
    sinks = {"log": log, "output": (served.folder / "out").read_text(), **served.pages}
    sinks["file names"] = "\n".join(path.name for path in (served.folder / "drop").rglob("*") if path.is_file())
    for path in (served.folder / "drop" / "quarantine").glob("*.reason.txt"):
        sinks[f"reason {path.name}"] = path.read_text()
    sinks |= reasons(served.folder)
    lines = [f"{name}: {line}" for name, text in sinks.items() for line in text.splitlines() if held(line, NUMBER)]
    lines += [name for name, text in sinks.items() if held(text, NUMBER)]
    assert lines == []


def reasons(folder: Path) -> dict[str, str]:
    """What the database says of why, and the audit."""
    connection = sqlite3.connect(folder / "pathway.sqlite")
    asked = {
        "reasons": "SELECT reason_code || ' ' || reason FROM inbox", "notes": "SELECT notes FROM inbox",
        "parked": "SELECT coalesce(parked_reason, '') FROM episode", "outbox": "SELECT reason FROM outbox",
        "audit": "SELECT actor || ' ' || role || ' ' || action || ' ' || coalesce(object_id, '') || detail FROM audit",
    }  # fmt: skip
    told = {name: "\n".join(row[0] for row in connection.execute(query)) for name, query in asked.items()}
    connection.close()
    assert told["reasons"].strip()
    return told


@pytest.mark.parametrize("name", forms(NUMBER))
def test_a_command_does_not_repeat_what_was_typed(run_seeded: Run, tmp_path: Path, name: str) -> None:
    form = forms(NUMBER)[name]
    (tmp_path / "number").write_text(form, "utf-8")
    for words in (
        ["episode", form], ["episode", "--identifier-file", "number"], ["account", "--patient", form],
        ["message", form],
        ["worklist", "--as", form], ["worklist", "--unit", form], ["task", "claim", form, "--as", "kari"],
        ["audit", "export", "--patient", form], ["log", "export", form], ["inbox", "--run-again", form],
        ["audit", "verify", "--heads", "number"], [f"--{form}"], ["outbox", "--status", form],
        ["log", "import", form],
    ):  # fmt: skip
        ended = run_seeded(*words)
        assert ended.exit_code != 0 and held(ended.output, NUMBER) == [], words


@pytest.mark.parametrize("name", forms(NUMBER))
def test_every_form_is_starred_out(name: str) -> None:
    assert held(starred(f"Found {forms(NUMBER)[name]} there"), NUMBER) == []


def test_other_texts_are_left_as_they_are() -> None:
    for text in ("patient 5f0c9a5e1d2b4c3f8a7e6d5c4b3a2f1e", "2026-11-20", "7322 Trondheim", "IntegrityError 23505"):
        assert starred(text) == text
