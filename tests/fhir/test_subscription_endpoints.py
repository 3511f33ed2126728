"""Nothing is sent but where it was allowed to, whatever an address says and wherever a name leads."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from pathway_engine.app import endpoints_of
from pathway_engine.service.endpoints import Address, WrongEndpoint, read_endpoints
from pathway_engine.settings import Settings, SettingsError
from pathway_engine.transports.hooks import ForbiddenAddress, HookPost
from tests.fhir.hook import Endpoint

LISTED = (
    "https://ehr.example, https://hooks.example:8443,https://*.tenants.example,http://127.0.0.1:8099,https://10.1.2.3"
)


@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example/hook", "https://EHR.example:443/a?b=c", "https://hooks.example:8443/",
        "https://a.tenants.example/x", "https://a.b.tenants.example/x", "http://127.0.0.1:8099/x", "https://10.1.2.3/x",
    ],
)  # fmt: skip
def test_what_is_listed_may_be_told(url: str) -> None:
    assert read_endpoints(LISTED).check(url).host


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://ehr.example/hook", id="plain-http"),
        pytest.param("https://ehr.example:8443/hook", id="another-port"),
        pytest.param("https://ehr.example.evil.example/", id="a-longer-name"),
        pytest.param("https://tenants.example/", id="the-parent-itself"),
        pytest.param("https://eviltenants.example/", id="no-name-below"),
        pytest.param("https://ehr.example@evil.example/", id="user"),
        pytest.param("https://user:word@ehr.example/", id="password"),
        pytest.param("https://ehr.example\\@evil.example/", id="backslash"),
        pytest.param("https://evil.example#@ehr.example/", id="fragment"),
        pytest.param("https://ehr.example/ hook", id="blank"),
        pytest.param("https://ehr.example/\r\nHost: evil", id="line-end"),
        pytest.param("https://ehr.exa\u043cple/", id="a-letter-that-looks-so"),
        pytest.param("https://ehr.example:99999/", id="no-port"),
        pytest.param("https://[::1", id="half-an-address"),
        pytest.param("https:///hook", id="no-host"),
        pytest.param("http://127.0.0.1/x", id="this-machine-elsewhere"),
        pytest.param("http://2130706433:8099/x", id="this-machine-as-a-number"),
        pytest.param("file:///etc/passwd", id="a-file"),
        pytest.param("https://ehr.example/patients/01814012345", id="identity-number"),
        pytest.param("https://ehr.example/" + "x" * 2000, id="long"),
    ],
)
def test_what_is_not_listed_may_not(url: str) -> None:
    with pytest.raises(WrongEndpoint) as wrong:
        read_endpoints(LISTED).check(url)
    assert url not in str(wrong.value) and "01814012345" not in str(wrong.value)


@pytest.mark.parametrize(
    ("url", "address", "may"),
    [
        pytest.param("https://ehr.example/", "93.184.216.34", True, id="public"),
        pytest.param("https://ehr.example/", "10.0.0.1", True, id="private-and-listed-by-name"),
        pytest.param("https://a.tenants.example/", "10.0.0.1", False, id="private-and-listed-by-its-parent"),
        pytest.param("https://a.tenants.example/", "93.184.216.34", True, id="public-below-a-parent"),
        pytest.param("https://ehr.example/", "127.0.0.1", False, id="this-machine-by-another-name"),
        pytest.param("https://ehr.example/", "::1", False, id="this-machine-in-ipv6"),
        pytest.param("https://ehr.example/", "::ffff:127.0.0.1", False, id="this-machine-mapped"),
        pytest.param("https://ehr.example/", "169.254.169.254", False, id="metadata-of-a-cloud"),
        pytest.param("https://ehr.example/", "fe80::1", False, id="link-local"),
        pytest.param("https://ehr.example/", "0.0.0.0", False, id="unspecified"),
        pytest.param("https://ehr.example/", "224.0.0.1", False, id="multicast"),
        pytest.param("https://a.tenants.example/", "fc00::1", False, id="private-in-ipv6"),
        pytest.param("http://127.0.0.1:8099/", "127.0.0.1", True, id="this-machine-listed"),
        pytest.param("https://10.1.2.3/", "10.1.2.3", True, id="a-private-address-listed"),
    ],
)
def test_where_a_name_leads_is_looked_at(url: str, address: str, may: bool) -> None:
    endpoints = read_endpoints(LISTED)
    assert endpoints.may_reach(endpoints.check(url), ip_address(address)) is may


@pytest.mark.parametrize(
    "text",
    [
        "http://ehr.example", "https://ehr.example/path", "ehr.example", "https://*.example", "https://*.10.0.0.1",
        "https://a@ehr.example", "http://*.localhost", "https://",
    ],
)  # fmt: skip
def test_a_list_that_is_wrong_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="PATHWAY_FHIR_HOOKS"):
        endpoints_of(Settings(fhir_hooks=text, fhir_base_url="https://we.example/fhir"))


def test_a_list_needs_our_own_address() -> None:
    with pytest.raises(SettingsError, match="PATHWAY_FHIR_BASE_URL"):
        endpoints_of(Settings(fhir_hooks="https://ehr.example"))
    assert endpoints_of(Settings()).is_empty


def test_the_address_that_was_checked_is_the_one_that_is_spoken_to() -> None:
    """A name that leads elsewhere the second time. Mutant: the host is looked up again for the call."""
    endpoint, asked = Endpoint(), []

    async def resolve(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1")]

    port = endpoint.origin.rpartition(":")[2]
    post = HookPost(read_endpoints(f"http://localhost:{port}"), resolve)
    assert post(f"http://localhost:{port}/hook", (), b"{}", 5.0) == 200
    assert (asked, endpoint.headers[0]["host"]) == (["localhost"], f"localhost:{port}")
    endpoint.stop()


def test_one_forbidden_address_of_several_forbids_all() -> None:
    """Mutant: only the first address is looked at."""

    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ip_address("93.184.216.34"), ip_address("127.0.0.1")]

    with pytest.raises(ForbiddenAddress):
        HookPost(read_endpoints("https://ehr.example"), resolve)("https://ehr.example/hook", (), b"{}", 5.0)


def test_an_answer_that_trickles_is_given_up_in_its_time() -> None:
    """Mutant: a time limit for each read alone."""
    listener = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        connection, _ = listener.accept()
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            for number in range(100):
                connection.sendall(f"X-{number}: y\r\n".encode())
                time.sleep(0.1)
        except OSError:
            pass
        connection.close()

    thread = threading.Thread(target=trickle)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        HookPost(read_endpoints(url.removesuffix("/hook")))(url, (), b"{}", 0.5)
    assert time.monotonic() - begun < 3
    thread.join()
    listener.close()


def test_what_an_endpoint_says_beside_its_status_is_not_read() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def endless() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)
        except OSError:
            connection.close()

    thread = threading.Thread(target=endless)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    assert HookPost(read_endpoints(url.removesuffix("/hook")))(url, (), b"{}", 5.0) == 200
    thread.join()
    listener.close()
