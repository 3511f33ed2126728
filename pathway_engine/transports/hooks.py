"""Posts to the endpoints of subscriptions: only where it was allowed to, and never led elsewhere.

The host is looked up here, each of its addresses is checked, and the connection goes to the very address that was
checked: a name that leads elsewhere a moment later leads nobody into the house. No redirect is followed, no proxy
of the environment is used, certificates are checked against the host's name, nothing of an answer but its status is
read, and the whole call ends in its time however slowly the other side speaks.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.service.endpoints import Address, Endpoints, Origin

AGENT = "pathway-engine"
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class ForbiddenAddress(PathwayEngineError):
    """The host leads to an address that must not be spoken to."""


class HookPost:
    """Posts bytes; *endpoints* are where it may."""

    def __init__(self, endpoints: Endpoints, resolve: Resolve | None = None) -> None:
        self._endpoints = endpoints
        self._resolve = resolve or _looked_up

    def __call__(self, url: str, headers: Sequence[tuple[str, str]], raw: bytes, seconds: float) -> int:
        """Post *raw* and return the HTTP status. Raises WrongEndpoint, ForbiddenAddress, TimeoutError, HTTPError."""
        return asyncio.run(self._within(seconds, url, headers, raw))

    async def _within(self, seconds: float, url: str, headers: Sequence[tuple[str, str]], raw: bytes) -> int:
        async with asyncio.timeout(seconds):
            origin = self._endpoints.check(url)
            address = await self._address(origin)
            return await _posted(url, origin, address, headers, raw, seconds)

    async def _address(self, origin: Origin) -> Address:
        """The first address of the host. Raises ForbiddenAddress when any of them is one that it must not have."""
        found = await self._resolve(origin.host, origin.port)
        if not found or not all(self._endpoints.may_reach(origin, address) for address in found):
            raise ForbiddenAddress
        return found[0]


async def _looked_up(host: str, port: int) -> Sequence[Address]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]


async def _posted(
    url: str, origin: Origin, address: Address, headers: Sequence[tuple[str, str]], raw: bytes, seconds: float
) -> int:
    parts = urlsplit(url)
    host = f"[{address}]" if address.version == 6 else f"{address}"
    target = parts._replace(scheme=origin.scheme, netloc=f"{host}:{origin.port}", path=parts.path or "/").geturl()
    own = [("Host", parts.netloc), ("User-Agent", AGENT)]
    request = httpx.Request(
        "POST", target, headers=[*own, *headers], content=raw,
        extensions={"sni_hostname": origin.host, "timeout": httpx.Timeout(seconds).as_dict()},
    )  # fmt: skip
    # The bare transport: a client would log the address, follow cookies, and look into the environment.
    async with httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False) as transport:
        answer = await transport.handle_async_request(request)
        await answer.aclose()
        return answer.status_code


@cache
def _trust() -> ssl.SSLContext:
    """Whom the machine trusts; made once, since that costs more than the call."""
    return ssl.create_default_context()
