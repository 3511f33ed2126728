"""What an installation chooses, read from the environment; what would be unsafe is refused at the start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pathway_engine.domain.errors import PathwayEngineError

PREFIX = "PATHWAY_"
SHORTEST_SECRET = 32
SHORTEST_RETENTION_DAYS = 365
HIDDEN = "***"


class SettingsError(PathwayEngineError):
    """A setting cannot be used."""


class Settings(BaseSettings):
    """Every setting is the environment variable ``PATHWAY_<NAME>``; times in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: SecretStr = SecretStr("sqlite:///pathway.sqlite")
    database_seconds: float = Field(15.0, ge=1, le=600)
    tenant: str = Field("default", min_length=1, max_length=64)
    directory: Path | None = None
    pathways: Path | None = None
    shipped_pathways: str = ""
    ukp_rules: Path | None = None
    board_target_days: float = Field(1.0, ge=0, le=365)
    schema_dir: Path | None = None
    outbox_folder: Path | None = None
    drop_folder: Path | None = None
    drop_settle_seconds: float = Field(2.0, ge=0, le=600)
    message_max_bytes: int = Field(25 * 1024 * 1024, ge=1024, le=1024 * 1024 * 1024)
    message_keys: Path | None = None
    message_service_url: str = ""
    message_service_token_file: Path | None = None
    message_service_her_ids: str = ""
    message_service_seconds: float = Field(10.0, ge=1, le=3600)
    sweep_seconds: float = Field(1.0, gt=0, le=60)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    audit_retention_days: int = Field(0, ge=0, le=36_500)

    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(None, ge=0, le=65535)

    mllp_host: str = "127.0.0.1"
    mllp_port: int = Field(2575, ge=0, le=65535)
    mllp_tls_cert: Path | None = None
    mllp_tls_key: Path | None = None
    mllp_tls_client_ca: Path | None = None
    mllp_allow_plaintext: bool = False
    mllp_max_frame_bytes: int = Field(1024 * 1024, ge=1024)
    mllp_max_connections: int = Field(100, ge=1)
    mllp_max_connections_per_peer: int = Field(20, ge=1)
    mllp_frame_idle_seconds: float = Field(10.0, gt=0)
    mllp_frame_total_seconds: float = Field(30.0, gt=0)
    mllp_connection_idle_seconds: float = Field(300.0, gt=0)

    web_host: str = "127.0.0.1"
    web_port: int = Field(8080, ge=0, le=65535)
    web_max_connections: int = Field(400, ge=1)
    web_behind_tls: bool = False
    web_allow_plaintext: bool = False
    secret_key: SecretStr | None = None
    demo_sign_in: bool = False
    fhir_base_url: str = ""
    fhir_clients: Path | None = None
    fhir_jwks_hosts: str = ""
    fhir_hooks: str = ""

    session_idle_minutes: float = Field(30.0, ge=1, le=720)
    session_hours: float = Field(10.0, ge=0.25, le=12)
    relation_days: float = Field(90.0, ge=0, le=3650)
    relation_stay_days: float = Field(30.0, ge=0, le=3650)
    emergency_hours: float = Field(4.0, ge=0.25, le=24)
    oidc_issuer: str = ""
    oidc_name: str = "HelseID"
    oidc_client_id: str = ""
    oidc_client_key: Path | None = None
    oidc_redirect_url: str = ""
    oidc_scopes: str = "openid profile"
    oidc_person_claim: str = ""
    oidc_acr: str = ""
    oidc_after_logout_url: str = ""


def read_settings(**given: object) -> Settings:
    """Return the settings of the environment, *given* ones first. Raises SettingsError naming each fault."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = [f"{PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()]
        raise SettingsError("; ".join(faults)) from None


def database_url(settings: Settings) -> str:
    """The address of the database, password and all: for the database's driver only."""
    return settings.database_url.get_secret_value()


def check_mllp(settings: Settings) -> None:
    """Raise SettingsError unless messages are read on this machine only, or over TLS, or openly by choice."""
    if bool(settings.mllp_tls_cert) != bool(settings.mllp_tls_key):
        raise SettingsError("Found one of PATHWAY_MLLP_TLS_CERT and PATHWAY_MLLP_TLS_KEY; give both or none.")
    if settings.mllp_tls_client_ca and not settings.mllp_tls_cert:
        raise SettingsError("PATHWAY_MLLP_TLS_CLIENT_CA asks for client certificates; give PATHWAY_MLLP_TLS_CERT too.")
    if not (settings.mllp_tls_cert or settings.mllp_allow_plaintext or is_loopback(settings.mllp_host)):
        raise SettingsError(
            f"MLLP on {settings.mllp_host} would carry patient data in clear text. Give PATHWAY_MLLP_TLS_CERT and "
            "PATHWAY_MLLP_TLS_KEY, or set PATHWAY_MLLP_ALLOW_PLAINTEXT=true where the network itself is protected."
        )


def check_web(settings: Settings) -> None:
    """Raise SettingsError unless pages have a secret, and stay on this machine or behind TLS, or are open by choice."""
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"PATHWAY_SECRET_KEY has {len(secret)} characters; at least {SHORTEST_SECRET} random ones would be right,"
            " as `head -c 32 /dev/urandom | base64` prints."
        )
    if not (settings.web_behind_tls or settings.web_allow_plaintext or is_loopback(settings.web_host)):
        raise SettingsError(
            f"Pages on {settings.web_host} would show patient data in clear text. Put a proxy with TLS before them and "
            "set PATHWAY_WEB_BEHIND_TLS=true, or set PATHWAY_WEB_ALLOW_PLAINTEXT=true where the network is protected."
        )
    if settings.demo_sign_in and not is_loopback(settings.web_host):
        raise SettingsError("PATHWAY_DEMO_SIGN_IN lets anybody in; it is for 127.0.0.1 only.")


def check_audit(settings: Settings) -> None:
    """Raise SettingsError unless the audit is kept for ever, or for a year at least."""
    if 0 < settings.audit_retention_days < SHORTEST_RETENTION_DAYS:
        raise SettingsError(
            f"PATHWAY_AUDIT_RETENTION_DAYS is {settings.audit_retention_days}; 0, which keeps everything, or at least "
            f"{SHORTEST_RETENTION_DAYS} would be right."
        )


def check_outbox(settings: Settings) -> None:
    """Raise SettingsError unless there is at most one way out, and the folders, if any, can be written to."""
    for name, folder in (("OUTBOX_FOLDER", settings.outbox_folder), ("DROP_FOLDER", settings.drop_folder)):
        if folder is not None and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise SettingsError(f"{PREFIX}{name} is {folder}; a folder that can be written to would be right.")
    if settings.outbox_folder is not None and settings.message_service_url:
        raise SettingsError(
            "Found PATHWAY_OUTBOX_FOLDER and PATHWAY_MESSAGE_SERVICE_URL; messages leave by one of them."
        )
    check_message_service(settings)


def check_message_service(settings: Settings) -> None:
    """Raise SettingsError unless the message service, if there is one, is asked over TLS, with a token."""
    if not settings.message_service_url:
        return
    parts = urlsplit(settings.message_service_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise SettingsError("PATHWAY_MESSAGE_SERVICE_URL: an address that begins with https:// would be right.")
    if parts.username or parts.password or parts.query:
        raise SettingsError(
            "PATHWAY_MESSAGE_SERVICE_URL: an address without user, password and options would be right."
        )
    token = settings.message_service_token_file
    if token is None or not os.access(token, os.R_OK):
        raise SettingsError("PATHWAY_MESSAGE_SERVICE_TOKEN_FILE: a file with the bearer token would be right.")
    if not her_ids(settings):
        raise SettingsError(
            "PATHWAY_MESSAGE_SERVICE_HER_IDS: HER-ids with commas between, as 80123,80124, would be right."
        )


def her_ids(settings: Settings) -> list[int]:
    """The HER-ids that the message service is read for. Raises SettingsError."""
    said = [part.strip() for part in settings.message_service_her_ids.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in said):
        raise SettingsError(
            "PATHWAY_MESSAGE_SERVICE_HER_IDS: HER-ids with commas between, as 80123,80124, would be right."
        )
    return [int(part) for part in said]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches *host*."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def bindable(name: str, host: str, port: int) -> Iterator[None]:
    """Turn the system's refusal to listen into a word about the setting. Raises SettingsError."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{name}: {host} port {port} cannot be listened on: {error.strerror}.") from None


def masked(settings: Settings) -> dict[str, str]:
    """Every setting as NAME and text, without the passwords and keys; what is not set is empty."""
    return {f"{PREFIX}{name.upper()}": _shown(name, value) for name, value in settings}


def _shown(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return without_password(value.get_secret_value()) if name == "database_url" else HIDDEN
    return "" if value is None else str(value)


def without_password(url: str) -> str:
    """The database's address without user, password and options, any of which may hold a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    place = parts.netloc.rpartition("@")
    user = f"{HIDDEN}@" if place[1] else ""
    options = f"?{HIDDEN}" if parts.query else ""
    return f"{parts.scheme}://{user}{place[2]}{parts.path}{options}"
