"""The port that is scraped: one question, an answer also when the database is away or slow, one look at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.metrics.endpoint import measuring
from pathway_engine.metrics.look import Look
from pathway_engine.metrics.watched import Watched
from pathway_engine.service.health import State
from pathway_engine.settings import SettingsError
from tests.metrics.reading import value
from tests.service.community import Community

Ask = Callable[[httpx.AsyncClient, str], Awaitable[None]]


def asked(watched: Watched, community: Community, ask: Ask) -> None:
    async def run() -> None:
        serving = measuring("127.0.0.1", 0, watched, lambda: community.now)
        async with serving as address, httpx.AsyncClient() as client:
            await ask(client, address)

    asyncio.run(run())


def test_the_metrics_are_at_one_address_and_nothing_else_is(watched: Watched, community: Community) -> None:
    async def ask(client: httpx.AsyncClient, address: str) -> None:
        given = await client.get(address)
        assert given.status_code == 200 and given.headers["cache-control"] == "no-store"
        assert value(given.text, "pathway_info", version="0.1.0", tenant="default", parts="web worker") == 1
        assert (await client.get(address.replace("/metrics", "/"))).status_code == 404
        refused = await client.post(address, content=b"x")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")

    asked(watched, community, ask)


def test_a_database_that_is_lost_is_a_figure_and_no_error_page(watched: Watched, community: Community) -> None:
    async def ask(client: httpx.AsyncClient, address: str) -> None:
        given = await client.get(address)
        assert given.status_code == 200 and value(given.text, "pathway_database_up") == 0
        assert value(given.text, "pathway_up") == 0

    lost = replace(watched, engine=_Lost(watched.engine.context))  # type: ignore[arg-type]
    asked(lost, community, ask)


class _Lost:
    """An engine whose database is away."""

    def __init__(self, context: object) -> None:
        self.context = context

    def state(self, *_: object) -> State:
        raise StorageError("away")


def test_a_port_that_is_taken_is_named(watched: Watched, community: Community) -> None:
    async def ask(_client: httpx.AsyncClient, address: str) -> None:
        port = int(address.removesuffix("/metrics").rpartition(":")[2])
        with pytest.raises(SettingsError, match="PATHWAY_METRICS_PORT"):
            async with measuring("127.0.0.1", port, watched, lambda: community.now):
                raise AssertionError("two listen on one port")

    asked(watched, community, ask)


# -- the look


def test_within_some_seconds_the_database_is_asked_once(community: Community) -> None:
    looks: list[int] = []
    time = [0.0]

    def state() -> State:
        looks.append(1)
        return community.engine.state(community.now)

    async def run() -> list[int]:
        look = Look(state, ticks=lambda: time[0])
        await asyncio.gather(look.seen(), look.seen())
        time[0] = 4.9
        await look.seen()
        before = len(looks)
        time[0] = 5.0
        await look.seen()
        look.close()
        return [before, len(looks)]

    assert asyncio.run(run()) == [1, 2]


def test_a_slow_database_is_not_waited_for_and_is_asked_by_one(community: Community) -> None:
    go, looks = threading.Event(), []

    def state() -> State:
        looks.append(1)
        go.wait(30)
        return community.engine.state(community.now)

    async def run() -> None:
        look = Look(state, patience_seconds=0.05)
        assert [(await look.seen()).state for _ in range(3)] == [None, None, None]
        go.set()
        await asyncio.sleep(0.5)
        assert len(looks) == 1
        look.close()

    asyncio.run(run())


def test_a_fault_of_the_look_is_no_fault_of_the_scrape() -> None:
    def state() -> State:
        raise ZeroDivisionError

    async def run() -> None:
        look = Look(state)
        assert (await look.seen()).state is None
        look.close()

    asyncio.run(run())
