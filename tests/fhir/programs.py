"""A program with keys of its own, as an integrator would write it: signs assertions and asks for tokens."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from httpx import Response
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.web.visitor import TestClient

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
JTIS = itertools.count(1)


@dataclass
class Program:
    """One registered program, and what it would send."""

    client_id: str
    key: ECKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-384", parameters={"kid": "k1"}))
    alg: str = "ES384"

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def claims(self, now: datetime, audience: str, **changes: Any) -> dict[str, Any]:
        at = int(now.timestamp())
        told = {
            "iss": self.client_id, "sub": self.client_id, "aud": audience, "jti": f"jti-{next(JTIS)}", "exp": at + 240,
        }  # fmt: skip
        return {name: value for name, value in {**told, **changes}.items() if value is not None}

    def signed(self, claims: Mapping[str, Any], **header: Any) -> str:
        told = {"alg": self.alg, "kid": self.key.kid, **header}
        told = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(told, dict(claims), self.key, algorithms=[self.alg])

    def ask(self, face: TestClient, now: datetime, scope: str = "system/*.cruds", **changes: Any) -> Response:
        """Ask for a token; *changes* are claims of the assertion."""
        assertion = self.signed(self.claims(now, f"{face.base_url}/auth/token", **changes))
        return send(face, assertion, scope=scope)

    def token(self, face: TestClient, now: datetime, scope: str = "system/*.cruds") -> str:
        answer = self.ask(face, now, scope)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def send(face: TestClient, assertion: str, **form: str) -> Response:
    """Send an assertion to the token endpoint, as a form."""
    told = {
        "grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion,
        "scope": "system/*.cruds", **form,
    }  # fmt: skip
    answer: Response = face.post("/auth/token", data={name: value for name, value in told.items() if value != ""})
    return answer
