"""Settings: read from the environment, refused where unsafe, shown without secrets, each documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathway_engine.app import pathway_folders
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.settings import (
    PREFIX,
    Settings,
    SettingsError,
    check_mllp,
    check_web,
    masked,
    read_settings,
    without_password,
)

SECRET = "s" * 32


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that the tests run on."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATHWAY_MLLP_PORT", "2600")
    monkeypatch.setenv("PATHWAY_TENANT", "")
    settings = read_settings()
    assert (settings.mllp_port, settings.tenant) == (2600, "default")


def test_every_wrong_setting_is_named_and_none_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATHWAY_MLLP_PORT", "hemmelig")
    monkeypatch.setenv("PATHWAY_SWEEP_SECONDS", "0")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    said = str(refused.value)
    assert "PATHWAY_MLLP_PORT" in said and "PATHWAY_SWEEP_SECONDS" in said and "hemmelig" not in said


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"mllp_host": "0.0.0.0"}, id="open-to-the-network"),
        pytest.param({"mllp_host": "epj.example"}, id="a-name-may-be-anywhere"),
        pytest.param({"mllp_tls_cert": "cert.pem"}, id="a-certificate-without-its-key"),
        pytest.param({"mllp_tls_client_ca": "ca.pem"}, id="client-certificates-without-tls"),
    ],
)
def test_mllp_in_clear_text_beyond_this_machine_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        check_mllp(read_settings(**given))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="this-machine"),
        pytest.param({"mllp_host": "::1"}, id="this-machine-ipv6"),
        pytest.param({"mllp_host": "0.0.0.0", "mllp_allow_plaintext": True}, id="openly-by-choice"),
        pytest.param({"mllp_host": "0.0.0.0", "mllp_tls_cert": "c.pem", "mllp_tls_key": "k.pem"}, id="over-tls"),
    ],
)
def test_mllp_starts_where_it_is_safe(given: dict[str, object]) -> None:
    check_mllp(read_settings(**given))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="no-secret"),
        pytest.param({"secret_key": "short"}, id="a-short-secret"),
        pytest.param({"secret_key": SECRET, "web_host": "0.0.0.0"}, id="clear-text-to-the-network"),
        pytest.param(
            {"secret_key": SECRET, "web_host": "0.0.0.0", "web_behind_tls": True, "demo_sign_in": True},
            id="anybody-may-sign-in-from-anywhere",
        ),
    ],
)
def test_pages_that_would_be_unsafe_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        check_web(read_settings(**given))


def test_pages_start_on_this_machine_and_behind_tls() -> None:
    check_web(read_settings(secret_key=SECRET))
    check_web(read_settings(secret_key=SECRET, web_host="0.0.0.0", web_behind_tls=True))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("sqlite:///pathway.sqlite", "sqlite:///pathway.sqlite", id="sqlite"),
        pytest.param("postgresql://me:pw@db:5432/x", "postgresql://***@db:5432/x", id="user-and-password"),
        pytest.param("postgresql://db/x?password=pw", "postgresql://db/x?***", id="password-as-option"),
        pytest.param("postgresql://me:p@w@db/x", "postgresql://***@db/x", id="at-sign-in-the-password"),
    ],
)
def test_the_database_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_no_secret_is_printed() -> None:
    settings = read_settings(database_url="postgresql://me:hunter2@db/x", secret_key="hunter2" * 5)
    assert "hunter2" not in f"{masked(settings)} {settings!r}"
    assert set(masked(settings)) == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def test_every_setting_is_documented_and_nothing_else(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "settings.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(PATHWAY_[A-Z_]+)` \|", page, re.MULTILINE))
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert documented == settings, "write each setting into docs/reference/settings.md"


def test_a_hospital_takes_the_pathways_of_a_hospital_alone() -> None:
    assert [each["pathway.yaml"].split(b"pathway: ")[1].split()[0] for each in pathway_folders(read_settings())] == [
        b"dialogue", b"heart_failure", b"hph", b"ward_stay",
    ]  # fmt: skip
    chosen = pathway_folders(read_settings(shipped_pathways="ward_stay, dialogue"))
    assert [b"pathway: ward_stay" in each["pathway.yaml"] for each in chosen] == [True, False]


def test_a_pathway_that_does_not_ship_is_told() -> None:
    with pytest.raises(DefinitionError, match=r"ward_stai.*would be right: dialogue"):
        pathway_folders(read_settings(shipped_pathways="ward_stai"))
