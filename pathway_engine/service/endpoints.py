"""Where notifications may go: the origins that the installation has listed, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from pathway_engine.domain.errors import PathwayEngineError

LONGEST = 2000
PORTS = {"https": 443, "http": 80}
ANY_OF = "*."
NUMBER = re.compile(r"(?<!\d)\d{11}(?!\d)")
Address = IPv4Address | IPv6Address


class WrongEndpoint(PathwayEngineError):
    """Nothing may be sent there; the text says what would be right, and does not repeat the address."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host in lower case, port."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The origins that are listed. `under` are hosts of which every name below them is allowed too."""

    origins: frozenset[Origin] = frozenset()
    under: frozenset[Origin] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nobody may be told anything."""
        return not (self.origins or self.under)

    def check(self, url: str) -> Origin:
        """Return the origin of *url*, a complete endpoint. Raises WrongEndpoint."""
        origin = _checked(url)
        if origin not in self.origins and not self._is_under(origin):
            raise WrongEndpoint("Its origin is not one that this installation sends to; those who run it can list it.")
        return origin

    def _is_under(self, origin: Origin) -> bool:
        parents = (each for each in self.under if (each.scheme, each.port) == (origin.scheme, origin.port))
        return any(origin.host.endswith(f".{each.host}") for each in parents)

    def may_reach(self, origin: Origin, address: Address) -> bool:
        """Whether *address*, to which the host of *origin* leads now, is one that may be spoken to.

        A public one always; one of a private network when the very origin is listed; this machine when it is listed
        as such. Link-local and other special addresses never: the metadata of a cloud's machines lives there.
        """
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address.is_loopback:
            return origin in self.origins and is_this_machine(origin.host)
        if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            return False
        return address.is_global or (origin in self.origins and address.is_private)


NOWHERE = Endpoints()


def read_endpoints(text: str) -> Endpoints:
    """Read origins with commas between, as ``https://ehr.example,https://*.hooks.example:8443``.

    Raises WrongEndpoint. Plain http is for this machine alone.
    """
    named = [part.strip() for part in text.split(",") if part.strip()]
    exact = [_listed(each) for each in named if f"//{ANY_OF}" not in each]
    under = [_listed(each.replace(f"//{ANY_OF}", "//", 1)) for each in named if f"//{ANY_OF}" in each]
    if any(is_this_machine(each.host) or "." not in each.host or _is_number(each.host) for each in under):
        raise WrongEndpoint("Names below a host are meant by https://*.host.example.")
    return Endpoints(frozenset(exact), frozenset(under))


def is_this_machine(host: str) -> bool:
    """Whether *host* means this machine by its very name."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listed(text: str) -> Origin:
    parts = _split(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise WrongEndpoint("An origin without a path, as https://ehr.example or https://ehr.example:8443, is right.")
    return _origin(parts)


def _checked(url: str) -> Origin:
    parts = _split(url)
    if parts.fragment:
        raise WrongEndpoint("It has a fragment (#); without it would be right.")
    if NUMBER.search(url):
        raise WrongEndpoint("It holds eleven digits, as an identity number does; an address without would be right.")
    return _origin(parts)


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise WrongEndpoint(f"An address of at most {LONGEST} ASCII characters without blanks would be right.")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise WrongEndpoint("It is no address; https://ehr.example/hook would be right.") from None
    if parts.username is not None or parts.password is not None:
        raise WrongEndpoint("It holds a user or password; put a secret into channel.header instead.")
    return parts


def _origin(parts: SplitResult) -> Origin:
    host, scheme = parts.hostname or "", parts.scheme.lower()
    if not host or scheme not in PORTS or (scheme == "http" and not is_this_machine(host)):
        raise WrongEndpoint("An address that begins with https:// would be right.")
    return Origin(scheme, host.rstrip("."), parts.port or PORTS[scheme])


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
