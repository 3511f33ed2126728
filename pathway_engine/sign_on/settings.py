"""The issuer of the settings: whether people sign in there, and how this program proves itself to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pathway_engine.settings import Settings, SettingsError, is_loopback

if TYPE_CHECKING:  # what is heavy is loaded where there is an issuer
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    from pathway_engine.sign_on.client import Client

BACK = "/sign-on/back"
KEY_IS = "PATHWAY_OIDC_CLIENT_KEY: a file with the client's private key, a JWK or PEM, would be right."


def check_issuer(settings: Settings) -> None:
    """Raise SettingsError unless there is no issuer, or all that signing in there takes."""
    if not settings.oidc_issuer:
        return
    for name, said in (("OIDC_CLIENT_ID", settings.oidc_client_id), ("OIDC_REDIRECT_URL", settings.oidc_redirect_url)):
        if not said:
            raise SettingsError(f"PATHWAY_{name} is missing; PATHWAY_OIDC_ISSUER needs it.")
    _check_address("PATHWAY_OIDC_ISSUER", settings.oidc_issuer)
    _check_address("PATHWAY_OIDC_REDIRECT_URL", settings.oidc_redirect_url)
    if urlsplit(settings.oidc_redirect_url).path != BACK:
        raise SettingsError(f"PATHWAY_OIDC_REDIRECT_URL: the address of these pages with {BACK} would be right.")
    if settings.oidc_after_logout_url:
        _check_address("PATHWAY_OIDC_AFTER_LOGOUT_URL", settings.oidc_after_logout_url)
    client_key(settings)


def _check_address(name: str, address: str) -> None:
    parts = urlsplit(address)
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise SettingsError(f"{name}: an address over https would be right.")


def client_key(settings: Settings) -> RSAKey | ECKey | OKPKey:
    """Return the client's private key. Raises SettingsError, which shows nothing of it."""
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

    if settings.oidc_client_key is None:
        raise SettingsError(KEY_IS)
    try:
        text = settings.oidc_client_key.read_text("utf-8")
        if text.lstrip().startswith("{"):
            key = import_key(json.loads(text))
        else:
            key = ECKey.import_key(text) if "BEGIN EC" in text else RSAKey.import_key(text)
    except (OSError, ValueError, JoseError, KeyError, TypeError):
        raise SettingsError(KEY_IS) from None
    if not isinstance(key, RSAKey | ECKey | OKPKey) or not key.is_private:
        raise SettingsError(KEY_IS)
    return key


def sign_on_of(settings: Settings) -> Client | None:
    """Return the client of the settings' issuer, None without one. Raises SettingsError."""
    if not settings.oidc_issuer:
        return None
    import httpx

    from pathway_engine.sign_on.client import Client
    from pathway_engine.sign_on.issuer import IssuerSettings

    check_issuer(settings)
    agreed = IssuerSettings(
        issuer=settings.oidc_issuer, client_id=settings.oidc_client_id, key=client_key(settings),
        redirect_url=settings.oidc_redirect_url, scopes=settings.oidc_scopes,
        person_claim=settings.oidc_person_claim, acr=settings.oidc_acr,
        after_logout_url=settings.oidc_after_logout_url,
    )  # fmt: skip
    return Client(agreed, httpx.Client())
