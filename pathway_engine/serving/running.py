"""What runs until it is told to stop: pages, the MLLP listener and the heartbeat, in one event loop."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from pathway_engine.channels.hl7v2 import HL7V2, Wanted, refuse, wanted
from pathway_engine.clock import Clock, ticks
from pathway_engine.metrics.watched import Watched
from pathway_engine.service import waking
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.service.waking import Woken
from pathway_engine.serving.collecting import collecting_rarely
from pathway_engine.settings import Settings, SettingsError, bindable, check_audit, check_mllp, check_web
from pathway_engine.sign_on.settings import check_issuer
from pathway_engine.transports.mllp import END, START, MllpServer, MllpSettings, Peer
from pathway_engine.workers.audit_keeper import AuditKeeper
from pathway_engine.workers.inbox_applier import InboxApplier
from pathway_engine.workers.inbox_writer import InboxWriter

if TYPE_CHECKING:
    from pathway_engine.serving.fetching import Fetcher
    from pathway_engine.workers.scheduler import Heartbeat

PARTS = ("web", "mllp", "worker")
WATCH_SECONDS = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts listen; None for a part that does not run."""

    web: str | None = None
    mllp: tuple[str, int] | None = None
    metrics: str | None = None


Ready = Callable[[Addresses], Awaitable[bool]]
"""Called when everything listens; returns whether to go on until told to stop."""


def check_parts(settings: Settings, parts: tuple[str, ...]) -> None:
    """Raise SettingsError when a part may not start with these settings."""
    if "web" in parts:
        check_web(settings)
        check_issuer(settings)
    if "mllp" in parts:
        check_mllp(settings)
    if "worker" in parts:
        check_audit(settings)


def run(engine: Engine, settings: Settings, parts: tuple[str, ...], clock: Clock, ready: Ready) -> None:
    """Run *parts* until SIGTERM or SIGINT; then answer what has been taken, and end."""
    check_parts(settings, parts)
    asyncio.run(_run(engine, settings, parts, clock, ready))


async def _run(engine: Engine, settings: Settings, parts: tuple[str, ...], clock: Clock, ready: Ready) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watched = Watched(engine, parts)
    applier = InboxApplier(engine.context, clock, settings.sweep_seconds)
    async with AsyncExitStack() as stack:
        if "worker" in parts:
            fetching = await stack.enter_async_context(_fetching(engine, settings, clock))
            await stack.enter_async_context(_applying(applier))
            await stack.enter_async_context(_relaying(engine, settings, clock))
            notifying = await stack.enter_async_context(_notifying(engine, settings, clock))
            work = _Work(engine, [applier, *fetching, *notifying], _audit_keeper(engine, settings), watched)
            await stack.enter_async_context(_beating(work, settings, clock))
        mllp = (
            await stack.enter_async_context(_listening(engine, settings, clock, applier.tell, watched))
            if "mllp" in parts
            else None
        )
        web = (
            await stack.enter_async_context(_serving(engine, settings, clock, stop, watched))
            if "web" in parts
            else None
        )
        metrics = await stack.enter_async_context(_measuring(settings, clock, watched))
        stack.enter_context(collecting_rarely())
        if await ready(Addresses(web, mllp, metrics)):
            await stop.wait()
            log.info("stopping")


# -- the heartbeat


class Living(Protocol):
    """A thread that must not die unseen."""

    @property
    def lives(self) -> bool:
        """Whether the thread is there."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A worker's work as its heartbeat sees it: inbox, other ways in and notifier have threads, which must live."""

    engine: Engine
    threads: Sequence[Living]
    audit: AuditKeeper
    watched: Watched

    def wake_due(self, now: datetime, limit: int) -> Woken:
        since = ticks()
        try:
            return waking.wake_due(self.engine.context, now, limit)
        finally:
            self.watched.tally.time("pathway_sweep_seconds", ticks() - since)

    def beat(self, name: str, now: datetime) -> None:
        self.audit.beat(now)
        if all(thread.lives for thread in self.threads):
            self.engine.beat(name, now)
        else:
            log.error("a thread that takes messages in, or that notifies, has died")


def _audit_keeper(engine: Engine, settings: Settings) -> AuditKeeper:
    days = settings.audit_retention_days
    return AuditKeeper(engine.context, timedelta(days=days) if days else None)


@asynccontextmanager
async def _beating(work: _Work, settings: Settings, clock: Clock) -> AsyncIterator[None]:
    from pathway_engine.workers.scheduler import Heartbeat  # what a part needs is loaded for that part alone

    heartbeat = Heartbeat(work, clock, every_seconds=settings.sweep_seconds)
    # A program that was updated may well manage what its predecessor could not.
    await asyncio.to_thread(work.engine.try_parked_again, clock())
    heartbeat.start()
    watch = asyncio.create_task(_watching(heartbeat))
    work.watched.counted["pathway_heartbeat_restarts_total"] = lambda: {(): heartbeat.restarts}
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.to_thread(heartbeat.stop)


async def _watching(heartbeat: Heartbeat) -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        heartbeat.watch()


# -- what is sent


@asynccontextmanager
async def _relaying(engine: Engine, settings: Settings, clock: Clock) -> AsyncIterator[None]:
    from pathway_engine.workers.relay import Relay

    relay = Relay(engine, clock, every_seconds=settings.sweep_seconds)
    relay.start()
    try:
        yield
    finally:
        await asyncio.to_thread(relay.stop)


@asynccontextmanager
async def _notifying(engine: Engine, settings: Settings, clock: Clock) -> AsyncIterator[list[Living]]:
    if engine.context.endpoints.is_empty:
        yield []
        return
    from pathway_engine.fhir.subscription_messenger import HookMessenger
    from pathway_engine.transports.hooks import HookPost
    from pathway_engine.workers.notifier import Notifier

    messenger = HookMessenger(HookPost(engine.context.endpoints), settings.fhir_base_url)
    notifier = Notifier(engine.context, messenger, clock, every_seconds=settings.sweep_seconds)
    notifier.start()
    try:
        yield [notifier]
    finally:
        await asyncio.to_thread(notifier.stop)


# -- the inbox


@asynccontextmanager
async def _applying(applier: InboxApplier) -> AsyncIterator[None]:
    applier.start()
    try:
        yield
    finally:
        await asyncio.to_thread(applier.stop)


# -- other ways in


@asynccontextmanager
async def _fetching(engine: Engine, settings: Settings, clock: Clock) -> AsyncIterator[list[Fetcher]]:
    from pathway_engine.serving.fetching import fetchers

    running = fetchers(engine.context, settings, clock)
    for each in running:
        each.start()
    try:
        yield running
    finally:
        for each in running:
            await asyncio.to_thread(each.stop)


# -- pages


def _serving(
    engine: Engine, settings: Settings, clock: Clock, stop: asyncio.Event, watched: Watched
) -> AbstractAsyncContextManager[str]:
    from pathway_engine.serving.pages import serving

    return serving(engine, settings, clock, stop, watched.tally)


# -- metrics


@asynccontextmanager
async def _measuring(settings: Settings, clock: Clock, watched: Watched) -> AsyncIterator[str | None]:
    if settings.metrics_port is None:
        yield None
        return
    from pathway_engine.metrics.endpoint import measuring

    async with measuring(settings.metrics_host, settings.metrics_port, watched, clock) as address:
        yield address


# -- MLLP


@asynccontextmanager
async def _listening(
    engine: Engine, settings: Settings, clock: Clock, left: Callable[[], None], watched: Watched
) -> AsyncIterator[tuple[str, int]]:
    writer = InboxWriter(engine.context, clock, lambda incoming: _wanted(engine, incoming), left)

    async def handle(frame: bytes, peer: Peer) -> bytes | None:
        incoming = Incoming(frame, HL7V2, f"mllp:{peer.host}")
        return _joined(await asyncio.wrap_future(writer.take(incoming)))

    server = MllpServer(handle, mllp_settings(settings), refuse=lambda reason, head: refuse(reason, head, clock()))
    with bindable("PATHWAY_MLLP_PORT", settings.mllp_host, settings.mllp_port):
        await server.start()
    watched.counted["pathway_mllp_events_total"] = lambda: {(event,): count for event, count in server.counts.items()}
    watched.gauges["pathway_mllp_connections"] = lambda: server.open_connections
    writer.start()
    try:
        yield settings.mllp_host, server.port
    finally:
        await server.stop()
        await asyncio.to_thread(writer.stop)


def _wanted(engine: Engine, incoming: Incoming) -> Wanted:
    header = engine.context.channels[incoming.channel].header(incoming.raw)
    sender = engine.context.directory.sender(header.application, header.facility)
    acknowledge_when = sender.acknowledge if sender and header.problem is None else "applied"
    return wanted(incoming.raw, acknowledge_when)


def _joined(answers: list[bytes]) -> bytes | None:
    """Several answers to one message are several frames; the listener adds the outer marks."""
    return (END + START).join(answers) if answers else None


def mllp_settings(settings: Settings) -> MllpSettings:
    """The listener's share of the settings."""
    return MllpSettings(
        host=settings.mllp_host, port=settings.mllp_port, max_frame_bytes=settings.mllp_max_frame_bytes,
        frame_idle_seconds=settings.mllp_frame_idle_seconds, frame_total_seconds=settings.mllp_frame_total_seconds,
        connection_idle_seconds=settings.mllp_connection_idle_seconds, max_connections=settings.mllp_max_connections,
        max_connections_per_peer=settings.mllp_max_connections_per_peer, tls=_tls(settings),
    )  # fmt: skip


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.mllp_tls_cert is None or settings.mllp_tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.mllp_tls_cert, settings.mllp_tls_key)
        if settings.mllp_tls_client_ca is not None:
            context.load_verify_locations(settings.mllp_tls_client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise SettingsError(f"The TLS files of PATHWAY_MLLP_TLS_* cannot be used: {error.strerror}.") from None
    return context
