"""The file of programs is read strictly: each fault is told with its client and what would be right, without a key."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from pathway_engine.domain.directory import Sender
from pathway_engine.serving.fhir_clients import clients_of, read_clients
from pathway_engine.settings import SettingsError, read_settings
from tests.service.community import START, directory

EC = ECKey.generate_key("P-256", parameters={"kid": "a"})
PUBLIC = EC.as_dict(private=False)
RIGHT = {"client_id": '"epj"', "name": '"EPJ"', "person": '"kari"', "scopes": '["system/Task.rs"]'}


def short_rsa() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return dict(RSAKey.generate_key(1024, {"kid": "a"}).as_dict(private=False))


def inline(key: dict[str, Any]) -> str:
    return "{keys = [{" + ", ".join(f"{name} = {json.dumps(value)}" for name, value in key.items()) + "}]}"


def written(folder: Path, **changes: str | None) -> Path:
    told = {**RIGHT, "jwks": inline(PUBLIC), **changes}
    lines = [f"{name} = {value}" for name, value in told.items() if value is not None]
    file = folder / "clients.toml"
    file.write_text("[[client]]\n" + "\n".join(lines) + "\n")
    return file


def test_a_program_is_read(tmp_path: Path) -> None:
    known = directory()
    known.senders[("fhir", "EPJ1")] = Sender(id="epj1", application="fhir", facility="EPJ1", organisation="fjord")  # type: ignore[index]
    (client,) = read_clients(written(tmp_path, sender='"EPJ1"'), known).values()
    assert (client.client_id, client.person, client.sender) == ("epj", "kari", "EPJ1")
    assert client.keys.named("a", START) is not None and client.keys.named("b", START) is None


def test_keys_may_lie_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [PUBLIC]}))
    (client,) = read_clients(written(tmp_path, jwks=None, jwks_file='"keys.json"'), directory()).values()
    assert client.keys.named("a", START) is not None


def test_without_a_file_no_program_is_known(tmp_path: Path) -> None:
    assert clients_of(read_settings(), directory()) == {}
    settings = read_settings(fhir_clients=written(tmp_path))
    assert set(clients_of(settings, directory())) == {"epj"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_id": None}, "client_id as a text"),
        ({"client_id": '"kari"'}, "client_id: a name that no person"),
        ({"client_id": '"fjord-epj"'}, "client_id: a name that no person"),
        ({"name": "7"}, "name as a text"),
        ({"person": '"nobody"'}, "person: somebody of the directory"),
        ({"scopes": "[]"}, "scopes: a list"),
        ({"scopes": '["system/Task.rs", "openid"]'}, "scope 2: such as"),
        ({"sender": '"FJORD"'}, "sender: the facility of a sender of application fhir"),
        ({"secret": '"x"'}, "found 'secret'"),
        ({"jwks": None}, "one of jwks"),
        ({"jwks_file": '"keys.json"'}, "one of jwks"),
        ({"jwks": None, "jwks_file": '"none.json"'}, "jwks_file: a JWKS as JSON"),
        ({"jwks": None, "jwks_url": '"https://keys.example/jwks"'}, "jwks_url: an address on a host of"),
        ({"jwks": "{}"}, "no list of keys"),
        ({"jwks": "{keys = []}"}, "no list of keys"),
        ({"jwks": inline(EC.as_dict(private=True))}, "private key"),
        ({"jwks": inline(OctKey.generate_key(256, {"kid": "a"}).as_dict())}, "of another kind"),
        ({"jwks": inline({name: value for name, value in PUBLIC.items() if name != "kid"})}, "no kid"),
        ({"jwks": inline({**PUBLIC, "use": "enc"})}, "not for signing"),
        ({"jwks": inline({**PUBLIC, "alg": "HS256"})}, "not for signing"),
        ({"jwks": inline({**PUBLIC, "x": "AA"})}, "cannot be read"),
        (
            {"jwks": inline(ECKey.generate_key("P-521", {"kid": "a"}).as_dict(private=False))},
            "on another curve",
        ),
        ({"jwks": "SHORT"}, "too short"),
        ({"jwks": inline(PUBLIC)[:-2] + ", " + inline(PUBLIC)[9:]}, "kid of another one"),
    ],
)
def test_a_fault_is_told_with_its_client_and_without_its_keys(
    tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    if changes.get("jwks") == "SHORT":
        changes = {"jwks": inline(short_rsa())}
    with pytest.raises(SettingsError) as refused:
        read_clients(written(tmp_path, **changes), directory())
    text = str(refused.value)
    assert text.startswith("PATHWAY_FHIR_CLIENTS, client 1") and said in text
    assert not [value for value in EC.as_dict(private=True).values() if len(str(value)) > 20 and str(value) in text]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[client]]\nname = \n", "line 2"),
        ("[client]\nname = 'x'\n", "[[client]] for each"),
        ("client = ['x']", "[[client]] for each"),
        ("[[klient]]\n", "found 'klient'"),
    ],
)
def test_a_file_of_another_form_is_told_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "clients.toml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        read_clients(tmp_path / "clients.toml", directory())
    assert said in str(refused.value)


def test_a_name_is_registered_once(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text() * 2)
    with pytest.raises(SettingsError, match=r"client 2 \(epj\): the client_id of another|client_id of another"):
        read_clients(file, directory())


@pytest.mark.parametrize(
    "address", ["http://keys.example/jwks", "https://keys.example@other.example/", "ftp://keys.example/"]
)
def test_keys_are_fetched_over_https_alone(tmp_path: Path, address: str) -> None:
    file = written(tmp_path, jwks=None, jwks_url=f'"{address}"')
    with pytest.raises(SettingsError, match="jwks_url"):
        read_clients(file, directory(), {"keys.example"})
