"""Signing in at an issuer of OpenID Connect: authorization code with PKCE, PAR and DPoP where they are offered."""

from __future__ import annotations

from pathway_engine.sign_on.client import Client, Done, Started
from pathway_engine.sign_on.issuer import IssuerSettings, SignOnFailed

__all__ = ["Client", "Done", "IssuerSettings", "SignOnFailed", "Started"]
