"""Programs that may ask the FHIR face: registered in a TOML file of the installation's, read strictly."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from pathway_engine.domain.directory import Directory
from pathway_engine.fhir.callers import APPLICATION
from pathway_engine.fhir.clients import Client, Clients, FetchedKeys, FixedKeys, Keys, UnfitKeys, read_keys
from pathway_engine.fhir.scopes import UnfitScope, read_scope
from pathway_engine.settings import Settings, SettingsError, is_loopback

NAME = "PATHWAY_FHIR_CLIENTS"
NEEDED = ("client_id", "name", "person", "scopes")
KEYS = ("jwks", "jwks_file", "jwks_url")
KNOWN = {*NEEDED, *KEYS, "sender"}


def clients_of(settings: Settings, directory: Directory) -> Clients:
    """Return the programs of the settings' file, none without one. Raises SettingsError, which shows no key."""
    if settings.fhir_clients is None:
        return {}
    return read_clients(settings.fhir_clients, directory, hosts_of(settings))


def hosts_of(settings: Settings) -> frozenset[str]:
    """Return the hosts from which keys may be fetched."""
    return frozenset(host.strip().lower() for host in settings.fhir_jwks_hosts.split(",") if host.strip())


def read_clients(file: Path, directory: Directory, hosts: Collection[str] = ()) -> Clients:
    """Return the programs of *file* by client id; keys may be fetched from *hosts* alone.

    Raises SettingsError, which names the client and what would be right, and never a key.
    """
    found: dict[str, Client] = {}
    for number, told in enumerate(_tables(file), 1):
        client = _Reader(file, number, told, directory, hosts).client()
        if client.client_id in found:
            raise SettingsError(
                f"{NAME}, client {number}: the client_id of another one; one of its own would be right."
            )
        found[client.client_id] = client
    return found


def _tables(file: Path) -> list[Mapping[str, object]]:
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{NAME}: the file is no TOML at line {_line(error)}.") from None
    except (OSError, ValueError):
        raise SettingsError(f"{NAME} is {file}; a TOML file that can be read would be right.") from None
    clients = told.pop("client", [])
    if told:
        raise SettingsError(f"{NAME}: found {sorted(told)[0]!r}; [[client]] for each program would be right.")
    if not isinstance(clients, list) or not all(isinstance(each, dict) for each in clients):
        raise SettingsError(f"{NAME}: [[client]] for each program would be right.")
    return clients


def _line(error: tomllib.TOMLDecodeError) -> str:
    """The line that the error names; its text may quote what stands there."""
    _, _, place = str(error).rpartition("(at ")
    return place.removeprefix("line ").partition(",")[0] if place.startswith("line ") else "its end"


class _Reader:
    """Reads one client; what is wrong is told with its number, and its name where it has one."""

    def __init__(
        self, file: Path, number: int, told: Mapping[str, object], directory: Directory, hosts: Collection[str]
    ) -> None:
        self._folder, self._told, self._directory, self._hosts = file.parent, told, directory, hosts
        name = told.get("client_id")
        self._what = f"{NAME}, client {number}" + (f" ({name})" if isinstance(name, str) and name.isprintable() else "")

    def client(self) -> Client:
        unknown = sorted(set(self._told) - KNOWN)
        if unknown:
            raise self._wrong(f"found {unknown[0]!r}; would be right: {', '.join(sorted(KNOWN))}.")
        return Client(
            client_id=self._client_id(), name=self._text("name"), person=self._person(), scopes=self._scopes(),
            sender=self._sender(), keys=self._keys(),
        )  # fmt: skip

    def _wrong(self, text: str) -> SettingsError:
        return SettingsError(f"{self._what}: {text}")

    def _text(self, key: str) -> str:
        said = self._told.get(key)
        if not isinstance(said, str) or not said.strip() or not said.isprintable() or len(said) > 200:
            raise self._wrong(f"{key} as a text of 1 to 200 characters would be right.")
        return said

    def _client_id(self) -> str:
        said = self._text("client_id")
        senders = {each.id for each in self._directory.senders.values()}
        if said in self._directory.people or said in senders:
            raise self._wrong("client_id: a name that no person and no sender of the directory has would be right.")
        return said

    def _person(self) -> str:
        said = self._text("person")
        known = self._directory.people.get(said)
        if known is None or not known.seats:
            raise self._wrong("person: somebody of the directory with a seat would be right; it decides who is seen.")
        return said

    def _scopes(self) -> frozenset[str]:
        listed = self._told.get("scopes")
        if not isinstance(listed, list) or not listed:
            raise self._wrong('scopes: a list such as ["system/Task.rs"] would be right.')
        for number, each in enumerate(listed, 1):
            try:
                read_scope(str(each))
            except UnfitScope:
                raise self._wrong(f"scope {number}: such as system/Task.rs would be right.") from None
        return frozenset(map(str, listed))

    def _sender(self) -> str:
        if "sender" not in self._told:
            return ""
        said = self._text("sender")
        if self._directory.sender(APPLICATION, said) is None:
            raise self._wrong(f"sender: the facility of a sender of application {APPLICATION} would be right.")
        return said

    # -- keys

    def _keys(self) -> Keys:
        given = [key for key in KEYS if key in self._told]
        if len(given) != 1:
            raise self._wrong(f"one of {', '.join(KEYS)} would be right.")
        try:
            return FixedKeys(read_keys(self._told["jwks"])) if given == ["jwks"] else self._from(given[0])
        except UnfitKeys as error:
            raise self._wrong(f"{given[0]}: {error}.") from None

    def _from(self, key: str) -> Keys:
        said = self._text(key)
        return FetchedKeys(self._address(said), httpx.Client()) if key == "jwks_url" else self._of_file(said)

    def _of_file(self, said: str) -> Keys:
        try:
            document = json.loads((self._folder / said).read_text("utf-8"))
        except (OSError, ValueError):
            raise self._wrong("jwks_file: a JWKS as JSON, named from where this file lies, would be right.") from None
        return FixedKeys(read_keys(document))

    def _address(self, said: str) -> str:
        parts = urlsplit(said)
        if (parts.hostname or "") not in self._hosts:
            raise self._wrong("jwks_url: an address on a host of PATHWAY_FHIR_JWKS_HOSTS would be right.")
        if parts.username or not (parts.scheme == "https" or _is_here(parts.scheme, parts.hostname)):
            raise self._wrong("jwks_url: an address that begins with https:// would be right.")
        return said


def _is_here(scheme: str, host: str | None) -> bool:
    return scheme == "http" and is_loopback(host or "")
