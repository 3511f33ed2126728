"""Part `pages`: the list as a page, out of a million tasks: how long it takes, and how many bytes it is."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import uvicorn
from sqlalchemy import text

from pathway_engine.service.engine import Engine
from pathway_engine.service.views import Principal
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.pages import libraries
from tests.bench.job.ours import opened
from tests.bench.large_database import ROLE, UNITS, Large, Size, unit
from tests.bench.report import Section, Table, ms, percentile, verdict
from tests.service.community import START
from tests.web.visitor import SECRET, hidden_fields

TITLE = "The list as a page, out of a million tasks"
FIRST_LOAD, LATER_LOAD = 150_000, 30_000
SHORT = 50
LOOKS = 20
HOW = f"""\
The pages are served over loopback from the database of the part above, and read one after the other by a client in the
same process: {LOOKS} units' lists, each for the first time, then as many again. *Request* is from asking to the
last byte read, compressed by gzip. *First load* is the page and every style sheet and script that it links;
*later load* the page alone, as the others are kept by the browser: their addresses name their content.

Targets: a first load under {FIRST_LOAD // 1000} kB and a later load under {LATER_LOAD // 1000} kB, compressed."""


def measured(databases: Mapping[str, Large], size: Size) -> Section:
    """Read pages over each database."""
    columns = (
        "database",
        "tasks",
        "on the list",
        "request, p50 ms",
        "p95 ms",
        "first load, kB",
        "later load, kB",
        "target",
    )
    table = Table(columns)
    for kind, large in databases.items():
        engine = opened(large.url)
        shorter = min(SHORT, size.on_a_list)
        _shorten(engine, shorter)
        for lines, first in ((shorter, UNITS - LOOKS), (size.on_a_list, 0)):
            with _served(engine) as port:
                taken, page, shared = _read(port, first)
            reached = page + shared < FIRST_LOAD and page < LATER_LOAD
            shown = (
                ms(percentile(taken, 0.5)),
                ms(percentile(taken, 0.95)),
                f"{(page + shared) / 1000:.1f}",
                f"{page / 1000:.1f}",
            )
            table.rows.append((kind, f"{size.tasks:,}", str(lines), *shown, verdict(reached)))
            print("  " + " ".join(f"{each:>10}" for each in table.rows[-1]), flush=True)
        engine.context.store.close()
    return Section(TITLE, HOW, (table,))


def _shorten(engine: Engine, lines: int) -> None:
    """Leave only so many tasks on the lists of the last units."""
    kept = "SELECT task_id FROM task_audience WHERE unit = :unit AND open LIMIT :lines"
    with engine.context.store.engine.begin() as connection:
        for number in range(UNITS - LOOKS, UNITS):
            connection.execute(
                text(f"DELETE FROM task_audience WHERE unit = :unit AND open AND task_id NOT IN ({kept})"),
                {"unit": unit(number), "lines": lines},
            )


class _Known:
    """The service, with a nurse of every unit whose key is the unit's number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def principal_of_access_key(self, key: str) -> Principal | None:
        return self.principal(key, ROLE)

    def principal(self, person: str, role: str) -> Principal:
        seats = tuple((unit(int(person)), seat) for seat in (ROLE, "primary_contact"))
        return Principal(person=person, name="Kari Sykepleier", role=role, seats=seats, unit_names=("Enheten",))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


@contextmanager
def _served(engine: Engine) -> Iterator[int]:
    settings = WebSettings(session_secret=SECRET, https_only=False)
    app = create_app(_Known(engine), settings, lambda: START + timedelta(days=3))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield door.getsockname()[1]
        server.should_exit = True
        thread.join()


def _read(port: int, first: int) -> tuple[list[float], int, int]:
    """The seconds of each request, the bytes of the largest page, and those of all that it links."""
    reader = _Reader(port)
    taken, sizes = [], []
    for number in [*range(first, first + LOOKS)] * 2:
        reader.sign_in(number)
        begun = time.perf_counter()
        body = reader.get("/?view=unit")
        taken.append(time.perf_counter() - begun)
        sizes.append(len(body))
    return taken, max(sizes), sum(len(reader.get(each)) for each in (*libraries().styles, *libraries().scripts))


class _Reader:
    """A browser that keeps one connection and one cookie, and counts what crosses the wire."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._cookie = ""

    def sign_in(self, number: int) -> None:
        self._cookie = ""
        shown = gzip.decompress(self.get("/sign-in")).decode()
        self._send("POST", "/sign-in", urlencode({**hidden_fields(shown), "key": f"{number}"}))

    def get(self, path: str) -> bytes:
        return self._send("GET", path)

    def _send(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin", "Cookie": self._cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        assert answer.status in (200, 303), (path, answer.status)
        self._cookie = (answer.getheader("Set-Cookie") or self._cookie).partition(";")[0]
        return answer.read()
